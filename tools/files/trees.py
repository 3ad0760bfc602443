"""What lies in a folder, counted before the folder is moved or thrown away. Opens no file."""

import os
from dataclasses import dataclass
from pathlib import Path

from ..errors import ToolFailed
from ..text.wording import counted

MOST_NAMES = 20_000


@dataclass(frozen=True, slots=True)
class Tree:
    """A file, or a folder with everything in it; `names` are paths below it."""

    is_folder: bool
    files: int
    bytes: int
    names: tuple[Path, ...] = ()

    def holds(self, name: str) -> bool:
        """Whether something of this name is in it."""
        return any(path.name == name for path in self.names)

    def words(self) -> str:
        """ " (3 files, 1.2 MB)" behind the name of a folder; nothing behind that of a file."""
        if not self.is_folder:
            return ""
        return f"/ ({counted(self.files, 'file')}, {size_words(self.bytes)})"


def tree_of(path: Path) -> Tree:
    """Count what is at a path, without following links; raises ToolFailed for more than MOST_NAMES names."""
    if not path.is_dir():
        return Tree(False, 1, path.stat().st_size)
    names: list[Path] = []
    files = size = 0
    for place, folders, inside in os.walk(path):
        here = Path(place)
        names += [(here / name).relative_to(path) for name in (*folders, *inside)]
        if len(names) > MOST_NAMES:
            raise ToolFailed(
                f"{path.name} holds more than {MOST_NAMES:,} files; move such a folder yourself."
            )
        for name in inside:
            files += 1
            size += (here / name).lstat().st_size
    return Tree(True, files, size, tuple(names))


def size_words(size: int) -> str:
    """A size as people read it, such as "1.2 MB"."""
    if size < 1_000:
        return counted(size, "byte")
    for unit, least in (("GB", 1e9), ("MB", 1e6)):
        if size >= least:
            return f"{size / least:.1f} {unit}"
    return f"{size / 1e3:.1f} kB"
