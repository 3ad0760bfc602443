"""Writes what a new plugin begins with: a distribution with a tool that works, or a single drop-in file.

It only ever creates files; what is there already stays as it is. It does not install anything.
"""

import keyword
import re
from pathlib import Path
from string import Template

from .errors import ToolFailed

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TEMPLATES = Path(__file__).parent / "templates"


def new_distribution(name: str, folder: Path) -> list[Path]:
    """Write a distribution for the tool `name` into `folder`, which must not exist yet; returns its files.

    Raises ToolFailed for a name that cannot be a tool's, and for a folder that is there.
    """
    words = _words(name)
    module = words["module"]
    if folder.exists():
        raise ToolFailed(f"{folder} is there already. Remove it, or choose another name.")
    parts = {
        "pyproject.toml": "pyproject.toml.in",
        "README.md": "README.md.in",
        f"src/{module}/__init__.py": "tool.py.in",
        f"tests/test_{name}.py": "test_tool.py.in",
    }
    return [_write(folder / path, template, words) for path, template in parts.items()]


def new_file(name: str, folder: Path) -> Path:
    """Write the tool `name` as one file into a folder of drop-in files; raises ToolFailed likewise."""
    words, path = _words(name), folder / f"{name}.py"
    if path.exists():
        raise ToolFailed(f"{path} is there already. Edit it, or choose another name.")
    return _write(path, "tool.py.in", words)


def _words(name: str) -> dict[str, str]:
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise ToolFailed(
            f"{name!r} cannot be a tool's name: use lower-case letters, digits and _, starting with a letter."
        )
    return {"name": name, "module": f"homewit_{name}", "distribution": f"homewit-{name.replace('_', '-')}"}


def _write(path: Path, template: str, words: dict[str, str]) -> Path:
    text = Template((_TEMPLATES / template).read_text(encoding="utf-8")).substitute(words)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ToolFailed(f"{path} cannot be written: {error.strerror or error}.") from error
    return path
