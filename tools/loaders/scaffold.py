"""Writes what a new plugin begins with: a single drop-in file, a distribution with a tool that works, or one
made of a file that is there already.

It only ever creates files; what is there already stays as it is. It does not install anything.
"""

import keyword
import re
from pathlib import Path
from string import Template

from ..errors import ToolFailed

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TEMPLATES = Path(__file__).parent / "templates"


def new_distribution(name: str, folder: Path) -> list[Path]:
    """Write a distribution for the tool `name` into `folder`, which must not exist yet; returns its files.

    Raises ToolFailed for a name that cannot be a tool's, and for a folder that is there.
    """
    words = _words(name)
    words |= {"entry": f"{words['module']}:tools", "call": f'call {name} text="one two three"'}
    return _distribution(name, folder, words, _text("tool.py.in", words), "test_tool.py.in")


def distribution_from(file: Path, name: str, folder: Path) -> list[Path]:
    """The same around the tools of a drop-in file, which stays where it is; raises ToolFailed likewise."""
    try:
        code = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ToolFailed(f"{file} cannot be read: {error}.") from error
    words = _words(name)
    words |= {"entry": words["module"], "call": "list"}
    return _distribution(name, folder, words, code, "test_plugin.py.in")


def _distribution(name: str, folder: Path, words: dict[str, str], code: str, test: str) -> list[Path]:
    if folder.exists():
        raise ToolFailed(f"{folder} is there already. Remove it, or choose another name.")
    parts = {
        "pyproject.toml": _text("pyproject.toml.in", words),
        "README.md": _text("README.md.in", words),
        f"src/{words['module']}/__init__.py": code,
        f"tests/test_{name}.py": _text(test, words),
    }
    return [_write(folder / path, text) for path, text in parts.items()]


def new_file(name: str, folder: Path) -> Path:
    """Write the tool `name` as one file into a folder of drop-in files; raises ToolFailed likewise."""
    words, path = _words(name), folder / f"{name}.py"
    if path.exists():
        raise ToolFailed(f"{path} is there already. Edit it, or choose another name.")
    return _write(path, _text("tool.py.in", words))


def _words(name: str) -> dict[str, str]:
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise ToolFailed(
            f"{name!r} cannot be a tool's name: use lower-case letters, digits and _, starting with a letter."
        )
    return {"name": name, "module": f"homewit_{name}", "distribution": f"homewit-{name.replace('_', '-')}"}


def _text(template: str, words: dict[str, str]) -> str:
    return Template((_TEMPLATES / template).read_text(encoding="utf-8")).substitute(words)


def _write(path: Path, text: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ToolFailed(f"{path} cannot be written: {error.strerror or error}.") from error
    return path
