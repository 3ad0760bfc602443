"""The workflows that are kept by name, as files in the home folder. Knows nothing of what they hold."""

import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import HomeError, NotFound, UsageError
from ..planning.scope import nearest
from .file_model import NAME
from .yaml_text import MOST_CHARACTERS

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class WorkflowFolder:
    path: Path

    def names(self) -> list[str]:
        """In the order of the alphabet."""
        files = self.path.iterdir() if self.path.is_dir() else ()
        return sorted({file.stem for file in files if file.suffix in _SUFFIXES and is_name(file.stem)})

    def file(self, name: str) -> Path:
        """Raises ``NotFound`` with the names that are most like it."""
        for suffix in _SUFFIXES:
            if is_name(name) and (self.path / f"{name}{suffix}").is_file():
                return self.path / f"{name}{suffix}"
        names = self.names()
        known = f"There are: {', '.join(names)}." if names else f"None are kept in {self.path} yet."
        raise NotFound(f"There is no workflow {name!r}{nearest(name, names) or '.'} {known}")

    def read(self, name: str) -> str:
        """The text of a workflow; raises ``NotFound``, or ``UsageError`` for what is no text."""
        return read_text(self.file(name))

    def save(self, name: str, text: str, replace: bool = False) -> Path:
        """Keep a text under a name, whole or not at all; raises ``UsageError`` when there is one already."""
        if not is_name(name):
            raise UsageError(
                f"{name!r} cannot be the name of a workflow. Use lower-case letters, digits and -, such as "
                "weekly-report."
            )
        if name in self.names() and not replace:
            raise UsageError(f"There is a workflow {name} already. Choose another name, or add --replace.")
        target = self.file(name) if name in self.names() else self.path / f"{name}.yaml"
        new = target.with_suffix(".new")
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            new.write_text(text, encoding="utf-8")
            new.replace(target)
        except OSError as error:
            raise HomeError(f"{target} cannot be written: {error.strerror or error}.") from error
        return target

    def remove(self, name: str) -> Path:
        """Raises ``NotFound``."""
        file = self.file(name)
        file.unlink()
        return file


def is_name(text: str) -> bool:
    return re.fullmatch(NAME, text) is not None


def read_text(file: Path) -> str:
    """A file of reasonable size as text; raises ``UsageError``."""
    try:
        with file.open("rb") as opened:
            data = opened.read(4 * MOST_CHARACTERS + 1)
        return data.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8 text (byte {error.start}).") from error
