"""Sentences for the generator by many hands: the files under ``material/requests``, one author or group each.

Each line is a name, fixed arguments as JSON or ``-``, and a template. Names are tools, ``ASK:tool:arguments``,
``CHAT:reply`` and a few groups that the other modules ask for.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MATERIAL = Path(__file__).parent / "material"


def lines_of(name: str) -> list[str]:
    """The lines of a file of the material."""
    return [line for line in (MATERIAL / name).read_text(encoding="utf-8").splitlines() if line.strip()]


def material_sizes() -> Mapping[str, int]:
    """How many lines of each kind were written: for the model card."""
    requests = [f"requests/{file.name}" for file in (MATERIAL / "requests").glob("*.tsv")]
    values = [f"values/{file.name}" for file in (MATERIAL / "values").glob("*.txt")]
    return {
        "sentences": sum(len(lines_of(name)) for name in (*requests, "plans.tsv", "facts.tsv")),
        "values": sum(len(lines_of(name)) for name in (*values, "purchases.tsv")),
        "tools": len(lines_of("tools.jsonl")),
    }


@cache
def _lines() -> Mapping[str, tuple[tuple[str, Mapping[str, str]], ...]]:
    groups: dict[str, list[tuple[str, Mapping[str, str]]]] = {}
    for file in sorted((MATERIAL / "requests").glob("*.tsv")):
        for line in lines_of(f"requests/{file.name}"):
            name, fixed, template = line.split("\t")
            groups.setdefault(name, []).append((template, {} if fixed == "-" else json.loads(fixed)))
    return {name: tuple(dict(lines).items()) for name, lines in groups.items()}


def spoken(name: str) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """Templates of a group with the arguments that they fix."""
    return _lines().get(name, ())


def templates(name: str) -> tuple[str, ...]:
    """Templates of a group that fixes no arguments."""
    return tuple(template for template, _ in spoken(name))


@dataclass(frozen=True, slots=True)
class Asking:
    """What a template that leaves something out still says, and what it leaves out."""

    missing: tuple[str, ...]
    fixed: Mapping[str, str]


def asking(tool: str) -> Mapping[str, Asking]:
    """Templates that leave out required arguments of ``tool``."""
    prefix = f"ASK:{tool}:"
    return {
        template: Asking(tuple(name.removeprefix(prefix).split(",")), fixed)
        for name in _lines()
        if name.startswith(prefix)
        for template, fixed in spoken(name)
    }


def small_talk() -> tuple[tuple[str, str], ...]:
    """Templates of small talk, each with the name of its reply."""
    return tuple(
        (template, name.removeprefix("CHAT:"))
        for name in _lines()
        if name.startswith("CHAT:")
        for template, _ in spoken(name)
    )
