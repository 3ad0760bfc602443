"""`homewit tools new`: what is written works as it stands, and nothing is overwritten."""

import importlib.util
import tomllib
from pathlib import Path

import pytest

from homewit.tools import ToolFailed
from homewit.tools.loaders.python import load_file, tools_in
from homewit.tools.loaders.scaffold import distribution_from, new_distribution, new_file
from homewit.tools.testing import check_tool, fake_context


async def test_the_file_is_a_tool_that_keeps_the_contract(tmp_path: Path):
    """A drop-in file loads, and its example is a call that works."""
    path = new_file("water_plants", tmp_path)
    (tool,) = tools_in(load_file(path))
    assert (path.name, tool.name) == ("water_plants.py", "water_plants")
    await check_tool(tool, *tool.spec.parameters["examples"], ctx=fake_context(tmp_path))


def test_the_distribution_names_its_tools_as_an_entry_point(tmp_path: Path):
    """Every file is there, Python and TOML can be read, and the entry point leads to the module."""
    made = new_distribution("water_plants", tmp_path / "homewit-water-plants")
    assert [path.relative_to(tmp_path / "homewit-water-plants").as_posix() for path in made] == [
        "pyproject.toml",
        "README.md",
        "src/homewit_water_plants/__init__.py",
        "tests/test_water_plants.py",
    ]
    project = tomllib.loads(made[0].read_text())["project"]
    assert (project["name"], project["entry-points"]["homewit.tools"]) == (
        "homewit-water-plants",
        {"water_plants": "homewit_water_plants:tools"},
    )
    assert "$" not in made[2].read_text() + made[3].read_text() + made[0].read_text()
    assert "$ pytest" in made[1].read_text()
    for path in made[2:]:
        assert importlib.util.spec_from_file_location("made", path) is not None
        compile(path.read_text(), str(path), "exec")


def test_a_file_that_works_becomes_a_distribution(tmp_path: Path):
    """Its code is taken as it is and stays where it is; the entry point names the whole module."""
    file = new_file("water_plants", tmp_path)
    made = distribution_from(file, "garden", tmp_path / "homewit-garden")
    assert [path.relative_to(tmp_path / "homewit-garden").as_posix() for path in made[2:]] == [
        "src/homewit_garden/__init__.py",
        "tests/test_garden.py",
    ]
    assert made[2].read_text() == file.read_text()
    project = tomllib.loads(made[0].read_text())["project"]
    assert project["entry-points"]["homewit.tools"] == {"garden": "homewit_garden"}
    assert 'check_plugin("homewit_garden")' in made[3].read_text()
    with pytest.raises(ToolFailed, match=r"gone\.py cannot be read"):
        distribution_from(tmp_path / "gone.py", "other", tmp_path / "other")
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("name", ["Water", "9lives", "a-b", "../x", "", "class", "x" * 41])
def test_a_name_that_no_tool_can_have_is_refused(tmp_path: Path, name: str):
    """Nothing is written then, neither inside the folder nor beside it."""
    with pytest.raises(ToolFailed, match="cannot be a tool's name"):
        new_file(name, tmp_path / "tools")
    with pytest.raises(ToolFailed, match="cannot be a tool's name"):
        new_distribution(name, tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_stays_as_it_is(tmp_path: Path):
    """A second time neither file nor folder is touched."""
    new_file("water", tmp_path).write_text("mine")
    new_distribution("water", tmp_path / "plugin")
    with pytest.raises(ToolFailed, match="is there already"):
        new_file("water", tmp_path)
    with pytest.raises(ToolFailed, match="is there already"):
        new_distribution("water", tmp_path / "plugin")
    assert (tmp_path / "water.py").read_text() == "mine"
