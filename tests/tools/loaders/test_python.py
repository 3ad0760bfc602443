"""Finding tools in code: what a file and an entry point give, and how a failure is told."""

import json
import sys
from pathlib import Path

import pytest

from homewit.tools import InvalidTool
from homewit.tools.loaders.python import describe, load_entry, load_file, tools_in

GOOD = '''
from __future__ import annotations
from dataclasses import dataclass
from homewit.tools import ToolContext, tool
from homewit.tools.builtin.arithmetic import calculate

@dataclass
class Throw:
    text: str
    eyes: int

@tool
def roll(sides: int = 6, *, ctx: ToolContext) -> Throw:
    """Roll a die.

    Args:
        sides: how many sides.
    """
    return Throw("4", 4)

again = roll
'''


def names(path: Path, code: str) -> list[str]:
    path.write_text(code)
    return [one.name for one in tools_in(load_file(path))]


async def test_a_file_gives_the_tools_that_it_defines(tmp_path: Path, ctx):
    """Once each; what it imports from elsewhere is not taken again."""
    path = tmp_path / "dice.py"
    assert names(path, GOOD) == ["roll"]
    (roll,) = tools_in(load_file(path))
    assert (await roll.call({}, ctx)).data == {"text": "4", "eyes": 4}


def test_a_tools_list_decides_what_a_file_gives(tmp_path: Path):
    """A module-level list `tools` is taken instead of everything that the file defines."""
    other = '\n@tool\ndef other() -> int:\n    "O."\n    return 1\n\ntools = [other]\n'
    assert names(tmp_path / "some.py", GOOD + other) == ["other"]


def test_a_file_shadows_no_module(tmp_path: Path):
    """A file called json.py is loaded, and `json` stays the standard library's."""
    assert names(tmp_path / "json.py", GOOD) == ["roll"]
    assert sys.modules["json"] is json


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("def broken(:\n", "line 1: invalid syntax"),
        ("\n\nraise ValueError('no config')\n", "line 3: ValueError: no config"),
        ("import sys\nsys.exit(2)\n", "line 2: SystemExit: 2"),
        (
            "import there_is_no_such_module\n",
            "line 1: ModuleNotFoundError: No module named 'there_is_no_such_module'",
        ),
        (
            'from homewit.tools import tool\n@tool\ndef f(x):\n    "F."\n',
            "line 2: tool 'f', parameter 'x' has no type hint; write for example x: str",
        ),
        ("def f():\n    f()\nf()\n", "line 2: RecursionError: maximum recursion depth exceeded"),
    ],
)
def test_a_failure_is_told_with_its_place(tmp_path: Path, code: str, told: str):
    """The line and the reason, in one line; nothing of the module is left behind."""
    with pytest.raises((Exception, SystemExit)) as failure:
        names(tmp_path / "broken.py", code)
    assert describe(failure.value) == told
    assert not [name for name in sys.modules if name.startswith("_homewit_plugin_broken")]


@pytest.mark.parametrize("attribute", ["", ":tools", ":roll", ":make"])
def test_an_entry_point_names_a_module_a_list_a_tool_or_a_function(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attribute: str
):
    """All four forms work."""
    more = "\ntools = [roll]\ndef make():\n    return [roll]\n"
    (tmp_path / "homewit_test_dice.py").write_text(GOOD + more)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert [one.name for one in tools_in(load_entry(f"homewit_test_dice{attribute}"))] == ["roll"]
    sys.modules.pop("homewit_test_dice", None)


def test_an_entry_point_that_leads_nowhere():
    """The module is named, or the attribute."""
    with pytest.raises(ModuleNotFoundError, match="homewit_no_such_plugin"):
        load_entry("homewit_no_such_plugin:tools")
    with pytest.raises(AttributeError, match="no_such_list"):
        load_entry("json:no_such_list")
    for found, kind in (({}, "dict"), ([1, 2], "int")):
        with pytest.raises(InvalidTool, match=f"expected tools made with @tool, found {kind}"):
            tools_in(found)
