"""The registry and the loaders: plugins that work, and plugins that misbehave."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from homewit.tools import DuplicateTool, InvalidTool, PluginProblem, Registry, UnknownTool, tool

GOOD = '''
from __future__ import annotations
from dataclasses import dataclass
from homewit.tools import ToolContext, tool
from homewit.tools.builtin import calculate

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


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, source in files.items():
        (folder / f"{name}.py").write_text(source)
    return folder


@pytest.fixture
def registry() -> Registry:
    found = Registry()
    assert found.load_builtins() == []
    return found


async def test_a_drop_in_file_gives_its_tools(registry: Registry, tmp_path: Path, ctx):
    """Its own tools are added with their source; what it imports from elsewhere is not taken again."""
    assert registry.load_folder(write(tmp_path / "tools", dice=GOOD)) == []
    assert registry.names()[-1] == "roll"
    assert registry.get("roll").spec.source == "file:dice.py"
    assert (await registry.get("roll").call({}, ctx)).data == {"text": "4", "eyes": 4}


def test_a_drop_in_file_shadows_no_module(registry: Registry, tmp_path: Path):
    """A file called json.py is loaded, and `json` stays the standard library's."""
    import json

    registry.load_folder(write(tmp_path / "tools", json=GOOD))
    assert "roll" in registry
    assert sys.modules["json"] is json


def test_broken_plugins_are_reported_and_the_others_work(registry: Registry, tmp_path: Path, capsys):
    """Each problem names the file, the line and the reason; good files around them are loaded."""
    folder = write(
        tmp_path / "tools",
        a_syntax="def broken(:\n",
        b_raises="\n\nraise ValueError('no config')\n",
        c_exits="import sys\nsys.exit(2)\n",
        d_missing="import there_is_no_such_module\n",
        e_empty="x = 1\n",
        f_untyped='from homewit.tools import tool\n@tool\ndef f(x):\n    "F."\n',
        g_clash=GOOD.replace("def roll", "def calculate").replace("again = roll", ""),
        h_good=GOOD,
        i_not_a_tool="tools = [1, 2]\n",
        j_recurses="def f():\n    f()\nf()\n",
        _private="raise RuntimeError\n",
    )
    problems = registry.load_folder(folder)
    assert {problem.source: problem.message for problem in problems} == {
        "file:a_syntax.py": "line 1: invalid syntax",
        "file:b_raises.py": "line 3: ValueError: no config",
        "file:c_exits.py": "line 2: SystemExit: 2",
        "file:d_missing.py": "line 1: ModuleNotFoundError: No module named 'there_is_no_such_module'",
        "file:e_empty.py": "it defines no tools; mark functions with @tool from homewit.tools",
        "file:f_untyped.py": ("line 2: tool 'f', parameter 'x' has no type hint; write for example x: str"),
        "file:g_clash.py": "the tool name 'calculate' is taken by builtin; choose another name",
        "file:i_not_a_tool.py": "expected tools made with @tool, found int",
        "file:j_recurses.py": "line 2: RecursionError: maximum recursion depth exceeded",
    }
    assert "roll" in registry
    assert not [name for name in sys.modules if name.startswith("_homewit_plugin_b_raises")]


def test_what_a_plugin_prints_while_it_loads_goes_to_stderr(registry: Registry, tmp_path: Path, capsys):
    """stdout may be a protocol; the plugin works all the same."""
    folder = write(
        tmp_path / "tools",
        loud="print('hello from the plugin')\n" + GOOD.replace("from __future__ import annotations", ""),
    )
    assert registry.load_folder(folder) == []
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "hello from the plugin\n")
    assert "roll" in registry


def test_a_folder_that_is_missing_or_unreadable(registry: Registry, tmp_path: Path):
    """No folder is no problem; a file in its place is reported."""
    assert registry.load_folder(tmp_path / "nothing") == []
    (tmp_path / "file").write_text("")
    problems = registry.load_folder(tmp_path / "file")
    assert [problem.message for problem in problems] == ["cannot be read: Not a directory"]


def test_a_tools_list_decides_what_a_file_gives(registry: Registry, tmp_path: Path):
    """A module-level list `tools` is taken instead of everything that the file defines."""
    source = GOOD + '\n@tool\ndef other() -> int:\n    "O."\n    return 1\n\ntools = [other]\n'
    assert registry.load_folder(write(tmp_path / "tools", some=source)) == []
    assert "other" in registry
    assert "roll" not in registry


def test_entry_points_may_name_a_module_a_list_a_tool_or_a_function(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """All four forms work; one that cannot be loaded is reported."""
    source = GOOD + "\ntools = [roll]\ndef make():\n    return [roll]\n"
    write(tmp_path, homewit_test_plugin=source)
    monkeypatch.syspath_prepend(str(tmp_path))
    for value in (
        "homewit_test_plugin",
        "homewit_test_plugin:tools",
        "homewit_test_plugin:roll",
        "homewit_test_plugin:make",
    ):
        found = Registry()
        assert found.load_entry_points([EntryPoint("dice", value, "homewit.tools")]) == []
        assert [(spec.name, spec.source) for spec in found.specs()] == [("roll", "entry-point:dice")]
    problems = registry.load_entry_points([EntryPoint("lost", "homewit_no_such_plugin", "homewit.tools")])
    assert problems == [
        PluginProblem("entry-point:lost", "ModuleNotFoundError: No module named 'homewit_no_such_plugin'")
    ]
    sys.modules.pop("homewit_test_plugin", None)


def test_installed_entry_points_load(registry: Registry):
    """Whatever is installed beside Homewit, asking for it raises nothing."""
    assert isinstance(registry.load_entry_points(), list)


def test_unknown_names_get_a_suggestion(registry: Registry):
    """A mistyped name leads to the nearest ones."""
    with pytest.raises(UnknownTool, match="no tool named 'calculat'; did you mean calculate"):
        registry.get("calculat")
    with pytest.raises(UnknownTool, match="homewit tools list"):
        registry.get("zzz")


def test_a_name_is_given_once(registry: Registry):
    """A later tool never replaces one that is there, and only tools are added."""

    @tool(name="write_file")
    def mine(path: str) -> str:
        """Take over."""
        return path

    before = registry.get("write_file")
    with pytest.raises(DuplicateTool, match="'write_file' is taken by builtin"):
        registry.add(mine)
    assert registry.get("write_file") is before
    with pytest.raises(InvalidTool, match="is not a tool"):
        registry.add(lambda: None)  # type: ignore[arg-type]


def test_importing_the_package_is_light():
    """The network client, units and dates are not loaded by `import homewit.tools`."""
    import subprocess

    program = (
        "import sys, homewit.tools; r = homewit.tools.Registry(); r.load_builtins(); "
        "print([m for m in ('httpx', 'pint', 'dateparser', 'torch', 'sqlalchemy') if m in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert ended.stdout == "[]\n", ended.stderr
