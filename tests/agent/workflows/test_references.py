"""References in files and those of plans are the same thing in two spellings."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.agent.planning.arguments import Ask, Ref, Text, argument_from_wire, argument_to_wire
from homewit.agent.workflows.references import Malformed, from_argument, parse_text, to_argument


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        ("${steps.find.items.0.title}", Ref("find", "items.0.title")),
        ("${steps.find}", Ref("find", "")),
        ("${ inputs.to }", Ref("inputs", "to")),
        ("${item}", Ref("item", "")),
        ("plain $5 {x}", "plain $5 {x}"),
        ("Dear ${inputs.name}!", Text(("Dear ", Ref("inputs", "name"), "!"))),
        ("$${HOME}", "${HOME}"),
        ("$${a} ${item.b}", Text(("${a} ", Ref("item", "b")))),
    ],
)
def test_spellings(text: str, argument: Any):
    """What stands in a file, and what it means."""
    assert parse_text(text) == argument


@pytest.mark.parametrize(
    "text", ["${find.items}", "${steps}", "${}", "${steps.a b}", "x ${inputs.y", "${1+1}"]
)
def test_what_looks_like_a_reference_and_is_none(text: str):
    """Nothing is guessed, and nothing is evaluated."""
    with pytest.raises(Malformed, match=r"\$\{"):
        parse_text(text)


names = st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True)
refs = st.builds(
    Ref,
    names | st.sampled_from(["inputs", "item"]),
    st.lists(names | st.integers(0, 99).map(str), max_size=3).map(".".join),
)
words = st.text(st.sampled_from("ab ${}.:#\n'\"-"), max_size=8)
scalars = st.none() | st.booleans() | st.integers(-(10**6), 10**6) | words


def texts() -> st.SearchStrategy[Any]:
    """Words and references in turn, in the one form in which reading gives them."""

    def build(parts: list[tuple[str, Ref]], last: str) -> Any:
        flat = [piece for word, ref in parts for piece in (word, ref) if piece != ""]
        flat += [last] if last else []
        return flat[0] if len(flat) == 1 else Text(tuple(flat))

    return st.builds(build, st.lists(st.tuples(words, refs), min_size=1, max_size=3), words)


arguments = st.recursive(
    scalars | refs | texts() | st.builds(Ask, words),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@given(arguments)
def test_files_say_what_plans_say(argument: Any):
    """Written into a file and read again, and written into a plan and read again, an argument is itself."""
    wrong: list[Any] = []
    assert to_argument(from_argument(argument), (), wrong) == argument
    assert wrong == []
    assert argument_from_wire(argument_to_wire(argument)) == argument
