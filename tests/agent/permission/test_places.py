"""A place has many names: a refusal holds under all of them, and a grant follows no link out of what it says.

Each comes with its control: the rule over the bare text, which the other name walks around.
"""

from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from homewit.agent.config import Settings
from homewit.agent.permission.places import looking_from
from homewit.agent.permission.rules import parse_refusal, parse_rule

from ..wire_events import of_type


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with something private in it, and links."""
    place = tmp_path / "project"
    for folder in ("private", "out", "src"):
        (place / folder).mkdir(parents=True)
    (place / "private/diary").write_text("dear")
    (place / "link").symlink_to("private")
    (place / "out/elsewhere").symlink_to("../src")
    (place / "file").symlink_to("private/diary")
    (tmp_path / "entrance").symlink_to("project")
    monkeypatch.setenv("HOME", str(tmp_path))
    return place


OTHER_NAMES = (
    "./private/diary",
    "out/../private/diary",
    "{project}/private/diary",
    "~/project/private/diary",
    "link/diary",
    "file",
    "../entrance/private/diary",
    "  private/diary",
)


@pytest.mark.parametrize("glob", ["private/*", "{project}/private/*", "~/project/private/*", "./private/*"])
@pytest.mark.parametrize("name", OTHER_NAMES)
def test_a_refusal_holds_under_every_name(glob: str, name: str, project: Path):
    """However rule and path are written, and whichever link leads there; beside it, it refuses nothing."""
    rule, look = parse_refusal(f"read_file:path={glob.format(project=project)}"), looking_from(project)
    assert rule.touches({"path": name.format(project=project)}, look)
    assert rule.touches({"paths": 1, "path": ["x", name.format(project=project)]}, look)
    assert not rule.touches({"path": "src/diary"}, look)
    assert not rule.touches({"path": "what is in private/diary"}, look)


def test_control_the_bare_text_is_walked_around(project: Path):
    """Without looking, most names pass."""
    rule = parse_refusal("read_file:path=private/*")
    passed = [name for name in OTHER_NAMES if not rule.touches({"path": name.format(project=project)})]
    assert len(passed) >= 5


@pytest.mark.parametrize(
    ("glob", "path", "granted"),
    [
        ("out/*", "out/new.txt", True),
        ("out/*", "out/elsewhere/main.py", False),
        ("*", "out/elsewhere/main.py", True),
        ("out/elsewhere/*", "out/elsewhere/main.py", True),
        ("src/*", "src/main.py", True),
        ("out/*", "{project}/out/new.txt", False),
        ("{project}/out/*", "{project}/out/elsewhere/main.py", False),
        ("{entrance}/out/*", "{entrance}/out/new.txt", True),
        ("{entrance}/out/*", "{entrance}/out/elsewhere/main.py", False),
    ],
)
def test_a_grant_follows_no_link_out_of_what_it_says(glob: str, path: str, granted: bool, project: Path):
    """A link that the rule itself names was meant; one that lies in what its wildcard covers was not.

    Control: the text fits in each case but one, where another form of the path was not meant.
    """
    names = {"project": project, "entrance": project.parent / "entrance"}
    glob, path = glob.format(**names), path.format(**names)
    assert parse_rule(f"write_file:path={glob}").matches({"path": path}, (), looking_from(project)) is granted
    assert fnmatchcase(path, glob) or path == f"{project}/out/new.txt"


@pytest.mark.parametrize(
    ("glob", "value", "granted"),
    [
        ("https://*.good.org/*", "https://www.good.org/page?q=1", True),
        ("https://*.good.org/*", "https://evil.org/?.good.org/my-secrets", False),
        ("https://*.good.org/*", "https://evil.org#.good.org/my-secrets", False),
        ("https://good.org*", "https://good.org/page", True),
        ("https://good.org*", "https://good.org.evil.org/page", False),
        ("https://*", "https://anything.org/at/all", True),
        ("http://localhost:*", "http://localhost:8080", True),
        ("*@good.org", "ann@good.org", True),
        ("*@good.org", "eve@evil.org, ann@good.org", False),
        ("*@good.org", "eve@evil.org\nann@good.org", False),
    ],
)
def test_a_wildcard_over_a_host_or_an_address_stays_there(glob: str, value: str, granted: bool):
    """Control: as mere text, all of them fit."""
    assert parse_rule(f"t:to={glob}").matches({"to": value}) is granted
    assert fnmatchcase(value, glob)


@pytest.mark.parametrize(
    ("glob", "value"),
    [
        ("https://evil.org/*", "HTTPS://EVIL.org/x"),
        ("https://evil.org/*", "https://evil.org.:443/x"),
        ("https://evil.org/*", "https://evil.org"),
        ("https://evil.org/private", "https://evil.org/%70rivate"),
        ("*@evil.org", "eve@evil.org, ann@good.org"),
        ("*@evil.org", "Eve <eve@evil.org>"),
    ],
)
def test_a_refusal_knows_addresses_in_other_spellings(glob: str, value: str, tmp_path: Path):
    """Control: as mere text, none of them fits."""
    assert parse_refusal(f"t:to={glob}").touches({"to": value}, looking_from(tmp_path))
    assert not fnmatchcase(value, glob)


async def test_a_folder_that_is_refused_is_not_read_by_another_path(opened, plan, project: Path):
    """Through the whole program: the plan of a hostile model names the folder by its full path.

    Control: beside the folder it is read.
    """
    settings = Settings(deny=("read_file:path=private/*",))
    (project / "src/plain").write_text("dear reader")
    for path, ended in ((project / "private/diary", "denied"), (project / "src/plain", "done")):
        outputs = ["act", plan(("read_file", {"path": str(path)})), "told"]
        async with opened(*outputs, cwd=project, settings=settings) as agent:
            events = [event.to_wire() async for event in agent.stream("what does it say?")]
        (finished,) = of_type(events, "step.finished")
        assert finished["status"] == ended
