"""What the reader of YAML takes, what it refuses, and that it knows where everything stands."""

import pytest

from homewit.agent.workflows.problems import Place
from homewit.agent.workflows.yaml_text import DEEPEST, MOST_CHARACTERS, read_yaml


def test_words_of_the_core_schema():
    """JSON's kinds are read; what only YAML 1.1 takes for something else stays text."""
    document, problems = read_yaml(
        "a: 1\nb: -1.5\nc: true\nd: null\ne: on\nf: 007\ng: 12:30\nh: 2026-11-28\n"
        "i: '1'\nj:\n  - 1e3\n  - .inf\n"
    )
    assert problems == []
    assert document.data == {
        "a": 1,
        "b": -1.5,
        "c": True,
        "d": None,
        "e": "on",
        "f": "007",
        "g": "12:30",
        "h": "2026-11-28",
        "i": "1",
        "j": [1000.0, ".inf"],
    }


def test_places_are_those_of_the_file():
    """Values and names are found again by their path; what is missing, at what lacks it."""
    document, _ = read_yaml("steps:\n  - id: a\n    args: {path: x}\n")
    assert document.place(("steps", 0, "args", "path")) == Place(3, 18)
    assert document.place(("steps", 0, "args"), key=True) == Place(3, 5)
    assert document.place(("steps", 0, "args", "nothing", 3)) == Place(3, 11)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("a: &x [1]\nb: *x\n", Place(1, 4), "anchors and aliases"),
        ("a: *x\n", Place(1, 4), "anchors and aliases"),
        ("a: !!python/object/apply:os.system [ls]\n", Place(1, 4), "the tag"),
        ("a: !secret x\n", Place(1, 4), "the tag '!secret'"),
        ("a: [1\n", Place(2, 1), "put ${…} in quotes"),
        ("a: 1\na: 2\n", Place(2, 1), "'a' stands here twice"),
        ("1: a\n", Place(1, 1), "a key has to be text; put 1 in quotes"),
        ("a: " + "[" * (DEEPEST + 2), Place(1, 4 + DEEPEST), "nested more than"),
        ("a: \x00", Place(1, 1), "this is not text"),
        ("x" * (MOST_CHARACTERS + 1), Place(1, 1), "longer than 256 KB"),
    ],
)
def test_what_is_refused(text: str, place: Place, message: str):
    """Everything that could build more than it says, or something else than data."""
    _, (problem, *_) = read_yaml(text)
    assert (problem.place, message in problem.message) == (place, True), problem
