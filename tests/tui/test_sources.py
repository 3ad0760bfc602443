"""What `homewit tools add` makes of its command line, and what it shows before it asks."""

from pathlib import Path
from typing import Any

import pytest

from homewit.tui.commands.sources import agrees, pair, place_of, show_source
from homewit.tui.errors import UsageProblem


def read(*source: str, **options: Any) -> dict[str, Any] | None:
    """The place for a command line with these options, the others as when they are not given."""
    usual = {"server": None, "network": False, "unconfined": False}
    lists = dict.fromkeys(("secret", "readable", "writable", "env"), ())
    return place_of(source, {**usual, **lists, **options})


def test_without_a_source_one_that_was_added_is_meant():
    """It is looked at again."""
    assert read() is None


def test_an_address_is_a_server(tmp_path: Path):
    """With the secrets that become headers."""
    assert read("https://tracker.example.org/mcp", secret=("Authorization=token",)) == {
        "kind": "mcp-address",
        "url": "https://tracker.example.org/mcp",
        "secrets": {"Authorization": "token"},
    }


def test_a_folder_is_a_skill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Named from where one is, kept with its whole path."""
    (tmp_path / "roses").mkdir()
    monkeypatch.chdir(tmp_path)
    assert read("roses") == {"kind": "skill", "folder": str(tmp_path / "roses")}


def test_a_document_needs_the_address_of_its_service(tmp_path: Path):
    """Here or elsewhere; without it nothing is guessed from what strangers wrote."""
    document = tmp_path / "pets.yaml"
    document.write_text("openapi: 3.1.0\n")
    expected = {"kind": "openapi", "server": "https://pets.example.org", "secrets": {}}
    assert read(str(document), server="https://pets.example.org") == {**expected, "document": str(document)}
    url = "https://pets.example.org/openapi.json"
    assert read(url, server="https://pets.example.org") == {**expected, "document": url}
    with pytest.raises(UsageProblem, match="--server URL"):
        read(str(document))


def test_everything_else_is_a_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A name is looked for as any command is; a path is kept whole, and so are folders that it may see."""
    monkeypatch.chdir(tmp_path)
    place = read(
        "npx", "-y", "server", readable=("docs",), writable=("~/notes",), env=("LEVEL=2=x",), network=True
    )
    assert place == {
        "kind": "mcp-program",
        "command": ["npx", "-y", "server"],
        "readable": [str(tmp_path / "docs")],
        "writable": [str(Path.home() / "notes")],
        "network": True,
        "confined": True,
        "variables": {"LEVEL": "2=x"},
        "secrets": {},
    }
    alone = read("./serve", unconfined=True)
    assert alone is not None
    assert (alone["command"], alone["confined"]) == ([str(tmp_path / "serve")], False)


@pytest.mark.parametrize("text", ["LEVEL", "=2", ""])
def test_what_is_no_pair_is_told(text: str):
    """In the words of the usage."""
    with pytest.raises(UsageProblem, match="is not NAME=VALUE"):
        pair(text)


TOOL = {"name": "pets_get", "description": "Get a pet.", "effect": "network", "arguments": ["id", "full"]}
PROGRAM = {
    "kind": "mcp-program",
    "command": ["/opt/pets/serve", "--name", "my pets"],
    "readable": ["/opt/pets"],
    "writable": [],
    "network": False,
    "confined": True,
}


def test_the_whole_command_and_every_tool_are_shown(capsys: pytest.CaptureFixture[str]):
    """On stderr: stdout is for the names of what was added. Words with spaces are quoted as in a shell."""
    new = {**TOOL, "state": "new", "changes": [], "says": ["readOnlyHint"]}
    changed = {**TOOL, "name": "pets_set", "state": "changed", "changes": ["it gained 'x'"], "says": []}
    show_source({"place": PROGRAM, "tools": [new, changed], "gone": ["pets_feed"]})
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [
        "The MCP server runs as: /opt/pets/serve --name 'my pets'",
        "It may read: /opt/pets",
        "It may not use the network.",
        "",
        "pets_get(id, full)  network, says of itself: readOnlyHint",
        "  Get a pet.",
        "",
        "pets_set(id, full)  network  (changed)",
        "  Get a pet.",
        "  changed: it gained 'x'",
        "",
        "pets_feed is not there any more",
    ]


@pytest.mark.parametrize(
    ("place", "lines"),
    [
        (
            {**PROGRAM, "confined": False},
            ["The MCP server runs as: /opt/pets/serve --name 'my pets'",
             "It runs without the sandbox and may do all that you may."],
        ),
        ({"kind": "mcp-address", "url": "https://x.org/mcp"}, ["The MCP server is at: https://x.org/mcp"]),
        ({"kind": "skill", "folder": "/skills/roses"}, ["The skill is in: /skills/roses"]),
        (
            {"kind": "openapi", "server": "https://x.org", "document": "/x.yaml"},
            ["The service is at: https://x.org", "Described by: /x.yaml"],
        ),
    ],
)  # fmt: skip
def test_each_kind_of_place_is_told(
    place: dict[str, Any], lines: list[str], capsys: pytest.CaptureFixture[str]
):
    """What it is, where, and what it may do."""
    show_source({"place": place, "tools": [], "gone": []})
    assert capsys.readouterr().err.splitlines() == lines


def test_what_a_source_says_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]):
    """A description is text by strangers."""
    evil = {**TOOL, "description": "Get\x1b[2J\x1b]0;x\x07 a pet.", "state": "new", "changes": [], "says": []}
    show_source({"place": PROGRAM, "tools": [evil], "gone": []})
    assert "\x1b" not in capsys.readouterr().err


def test_without_anybody_there_the_answer_is_no(capsys: pytest.CaptureFixture[str]):
    """And how to say yes is told."""
    assert agrees() is False
    assert "--yes does" in capsys.readouterr().err
