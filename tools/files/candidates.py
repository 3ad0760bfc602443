"""Which files below a folder may hold some words, as ripgrep sees it, for folders too large to read it all.

ripgrep names files and nothing else; whoever asked reads these and decides by rules of their own. So it is
told to miss nothing that those rules find: any case, as Unicode folds it, in UTF-8, UTF-16 and Western
European. It is not needed: without it, or when it fails, nothing is named and everything has to be read.
"""

import os
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from ..isolation.own_code import find_program
from ..processes import output_of

_PATIENCE_S = 20.0
_MOST_BYTES = 8_000_000  # of names
_SHORTEST, _LONG = 2, 4
_SIGNS = frozenset(r"\.+*?()|[]{}^$#&-~")


def candidates(
    folder: Path,
    query: str,
    max_bytes: int,
    skipped_folders: Collection[str],
    changeable: Collection[Path] = (),
) -> list[Path] | None:
    """Files that may hold a line with `query`, hidden ones and links left out; None when that is not known.

    Args:
        max_bytes: how large a file may be.
        skipped_folders: names of folders that are not entered.
        changeable: folders that tools may change; no program is started from there.
    """
    program, patterns = find_program("rg", (folder, *changeable)), _patterns(query.casefold())
    if program is None or not patterns:
        return None
    command = [
        program, "--no-config", "--no-ignore", "--text", "--ignore-case", "--files-with-matches", "--null",
        "--no-messages", "--no-mmap", "--max-filesize", str(max_bytes),
        *(part for name in sorted(skipped_folders) for part in ("--glob", f"!{name}/")),
        *(part for one in patterns for part in ("--regexp", one)), "--", ".",
    ]  # fmt: skip
    said = output_of(command, cwd=folder, timeout_s=_PATIENCE_S, max_bytes=_MOST_BYTES)
    # With 2 a file could not be read, or something is wrong with the question, about which it is not silent.
    if said is None or said.exit_code not in (0, 1, 2) or said.errors:
        return None
    named = [Path(os.fsdecode(name)) for name in said.output.split(b"\0") if name]
    return [folder / path for path in named if not path.is_absolute() and ".." not in path.parts]


def _patterns(wanted: str) -> list[str]:
    """What a line has to hold, whichever way `wanted` is written in it; nothing where that says too little.

    Best is a part of it that is written in one way only, but for its case: in ASCII, alike in all encodings,
    and not what a letter such as ß can stand for. Without one, such letters are looked for themselves.
    """
    plain = [char.isascii() and char.isprintable() for char in wanted]
    folded = [(char, at) for char, long in _long_folds() for at in _overlap(long, wanted)]
    certain = [fits and not any(index in at for _, at in folded) for index, fits in enumerate(plain)]
    if len(part := _longest(wanted, certain)) >= _LONG:
        return [_literal(part)]
    part = _longest(wanted, plain)
    if len(part) < _SHORTEST:
        return []
    letters = [char for char, long in _long_folds() if any(True for _ in _overlap(long, part))]
    in_western = [f"(?-u:\\x{char.encode('cp1252').hex()})" for char in letters if char == "ß"]
    return [_literal(part), *letters, *in_western]


def _longest(words: str, fits: Sequence[bool]) -> str:
    """The longest part of which all fits."""
    kept = "".join(char if good else "\n" for char, good in zip(words, fits, strict=True))
    return max(kept.split("\n"), key=len)


def _literal(part: str) -> str:
    return "".join(f"\\{char}" if char in _SIGNS else char for char in part)


@lru_cache(maxsize=1)
def _long_folds() -> tuple[tuple[str, str], ...]:
    """Letters that fold into more than one; all of them lie in the first plane."""
    found = ((char, char.casefold()) for char in map(chr, range(0x80, 0xFFFF)))
    return tuple((char, folded) for char, folded in found if len(folded) > 1)


def _overlap(folded: str, wanted: str) -> Iterator[range]:
    """Which parts of `wanted` can come from `folded`: where one lies over the other and they agree."""
    for shift in range(1 - len(folded), len(wanted)):
        start, end = max(shift, 0), min(shift + len(folded), len(wanted))
        if wanted[start:end] == folded[start - shift : end - shift]:
            yield range(start, end)
