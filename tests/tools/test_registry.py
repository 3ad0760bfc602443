"""The registry: names, and who may have them."""

import subprocess
import sys

import pytest

from homewit.tools import DuplicateTool, InvalidTool, PluginProblem, Registry, UnknownTool, tool


@pytest.fixture
def registry() -> Registry:
    found = Registry()
    found.load_builtins()
    return found


@tool(name="write_file")
def mine(path: str) -> str:
    """Take over."""
    return path


def test_unknown_names_get_a_suggestion(registry: Registry):
    """A mistyped name leads to the nearest ones."""
    with pytest.raises(UnknownTool, match="no tool named 'calculat'; did you mean calculate"):
        registry.get("calculat")
    with pytest.raises(UnknownTool, match="homewit tools list"):
        registry.get("zzz")


def test_a_name_is_given_once(registry: Registry):
    """A later tool never replaces one that is there, and only tools are added."""
    before = registry.get("write_file")
    with pytest.raises(DuplicateTool, match="'write_file' is taken by builtin"):
        registry.add(mine)
    assert registry.get("write_file") is before
    with pytest.raises(InvalidTool, match="is not a tool"):
        registry.add(lambda: None)  # type: ignore[arg-type]


def test_an_exchange_reports_what_it_could_not_add(registry: Registry):
    """The tools of a source go and come together; a name that is taken keeps only that tool away."""

    @tool
    def dig() -> str:
        """Dig."""
        return "dug"

    before = registry.version
    taken = "the tool name 'write_file' is taken by builtin; choose another name"
    assert registry.exchange("python", [mine, dig]) == [PluginProblem("python", taken)]
    assert (registry.names()[-1], registry.version > before) == ("dig", True)
    assert registry.exchange("python", []) == []
    assert "dig" not in registry
    assert "write_file" in registry


def test_importing_the_package_is_light():
    """The network client, units and dates are not loaded by `import homewit.tools`."""
    program = (
        "import sys, homewit.tools; r = homewit.tools.Registry(); r.load_builtins(); "
        "print([m for m in ('httpx', 'pint', 'dateparser', 'torch', 'sqlalchemy') if m in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert ended.stdout == "[]\n", ended.stderr
