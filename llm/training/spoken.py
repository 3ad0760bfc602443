"""More sentences for the generator, written by people who had not seen the others: the file spoken.tsv.

Each line is a name, fixed arguments as JSON or ``-``, and a template. Names are tools, ``ASK:tool:arguments``,
``CHAT:reply`` and a few groups that the other modules ask for.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "spoken.tsv"


@cache
def _lines() -> Mapping[str, tuple[tuple[str, Mapping[str, str]], ...]]:
    groups: dict[str, list[tuple[str, Mapping[str, str]]]] = {}
    for line in FILE.read_text(encoding="utf-8").splitlines():
        name, fixed, template = line.split("\t")
        groups.setdefault(name, []).append((template, {} if fixed == "-" else json.loads(fixed)))
    return {name: tuple(lines) for name, lines in groups.items()}


def spoken(name: str) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """Templates of a group with the arguments that they fix."""
    return _lines().get(name, ())


def templates(name: str) -> tuple[str, ...]:
    """Templates of a group that fixes no arguments."""
    return tuple(template for template, _ in spoken(name))


def asking(tool: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Templates that leave out the named required arguments of ``tool``."""
    prefix = f"ASK:{tool}:"
    return tuple(
        (template, tuple(name.removeprefix(prefix).split(",")))
        for name in _lines()
        if name.startswith(prefix)
        for template, _ in spoken(name)
    )


def small_talk() -> tuple[tuple[str, str], ...]:
    """Templates of small talk, each with the name of its reply."""
    return tuple(
        (template, name.removeprefix("CHAT:"))
        for name in _lines()
        if name.startswith("CHAT:")
        for template, _ in spoken(name)
    )
