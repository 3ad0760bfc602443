"""Homewit's own tools: from their code, or as the same code was found to have them at an earlier start.

Reading the types of all of them takes longer than answering a question, and most requests need one or two.
"""

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter

from ..beginning import IMPORTED_NS
from ..spec import AnyTool
from ..workers.kept_file import KeptFile
from ..workers.source import OF_FILES, OF_MAIL, OF_PAGES, Source
from .deferred import DeferredTool, Known

_CODE = Path(__file__).parents[1]
_ENTRIES: TypeAdapter[tuple[Known, ...]] = TypeAdapter(tuple[Known, ...])


class OwnDefinitions(KeptFile[Known]):
    """What is known of them, as long as not a byte of their code is another one.

    Neither read nor written in a process whose code was changed after it had begun to import it: what such a
    process has is not what lies on the disk.

    Args:
        path: where it is.
        program: names what makes definitions of code, beside the code itself: Python, its libraries.
        code: the folder with the code.
        since_ns: when this process began to import it, in nanoseconds since 1970.
    """

    def __init__(self, path: Path, program: str, code: Path = _CODE, since_ns: int = IMPORTED_NS) -> None:
        self._code = code
        self._state = digest, changed_ns = digest_of_code(code)
        self._is_what_runs = changed_ns < since_ns
        super().__init__(path, f"{program} {digest}", _ENTRIES)

    def read(self) -> tuple[Known, ...]:
        """All that is known; nothing where that cannot be relied on."""
        return super().read() if self._is_what_runs else ()

    def write(self, kept: Iterable[Known]) -> None:
        """Keep what the code was found to have."""
        if self._is_what_runs and digest_of_code(self._code) == self._state:
            super().write(kept)


def own_tools(kept: KeptFile[Known] | None = None) -> Sequence[tuple[AnyTool, Known]]:
    """All in the order in which they are listed; without `kept`, or where that has none, from the code."""
    if kept is not None and (known := kept.read()):
        return [(DeferredTool(one, kept.forget), one) for one in known]
    found = _from_code()
    if kept is not None:
        kept.write(known for _, known in found)
    return found


def _from_code() -> list[tuple[AnyTool, Known]]:
    from ..builtin.apart import TAKES_FILES_APART, TAKES_MAIL_APART, TAKES_PAGES_APART
    from ..builtin.catalogue import BUILTIN_TOOLS

    apart: dict[str, Source] = {one.name: OF_FILES for one in TAKES_FILES_APART}
    apart |= {one.name: OF_PAGES for one in TAKES_PAGES_APART}
    apart |= {one.name: OF_MAIL for one in TAKES_MAIL_APART}
    found: list[tuple[AnyTool, Known]] = []
    for one in BUILTIN_TOOLS:
        named = replace(one, spec=replace(one.spec, source="builtin"))
        where = f"{one.function.__module__}:{one.function.__name__}"
        found.append((named, Known.of(named, where, apart.get(one.name))))
    return found


def digest_of_code(folder: Path) -> tuple[str, int]:
    """A digest that changes with any byte of the Python files below a folder, and when one was last changed.

    That time, in nanoseconds since 1970, is the one that nobody can set.
    """
    digest, changed_ns = hashlib.sha256(), 0
    for inner, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if name.endswith(".py"):
                path = os.path.join(inner, name)  # noqa: PTH118  a third of the time is spent on Path objects
                with open(path, "rb", buffering=0) as file:  # noqa: PTH123
                    data = file.read()
                    changed_ns = max(changed_ns, os.fstat(file.fileno()).st_ctime_ns)
                digest.update(f"{path.removeprefix(str(folder))} {len(data)}\n".encode())
                digest.update(data)
    return digest.hexdigest(), changed_ns
