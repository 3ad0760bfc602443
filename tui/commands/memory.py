"""``homewit memory``: every fact with the words it came from, on the command line."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

import click

from .. import output
from ..errors import UsageProblem
from ..launch import Launch
from .group import CommandGroup
from .listing import json_option, limit_option, show_one

if TYPE_CHECKING:
    from ..client import Client

EXPORTED = ("subject", "key", "value", "quote", "valid_from")
AT_ONCE = 200
OUTCOMES = {
    "added": "{} added",
    "known": "{} known already",
    "older": "{} left out for newer values",
    "forgotten": "{} left out, which were forgotten",
}


@click.group(cls=CommandGroup, help="See, search, add, correct and forget what Homewit remembers.")
def command() -> None:
    pass


@command.command("list")
@limit_option
@json_option
@click.pass_obj
def list_(launch: Launch, limit: int, as_json: bool) -> int:
    """List the facts that hold now."""
    return _show(launch.items("memory.list", limit=limit), as_json, "nothing is remembered yet")


@command.command()
@click.argument("words", nargs=-1, required=True)
@limit_option
@json_option
@click.pass_obj
def search(launch: Launch, words: tuple[str, ...], limit: int, as_json: bool) -> int:
    """Find facts by words."""
    query = " ".join(words)
    found = launch.items("memory.search", query=query, limit=limit)
    return _show(found, as_json, f"nothing matches {query!r}")


@command.command()
@click.argument("words", nargs=-1, required=True)
@json_option
@click.pass_obj
def add(launch: Launch, words: tuple[str, ...], as_json: bool) -> int:
    """Remember a sentence, such as: my sister's birthday is May 3."""
    return _show([launch.item("memory.add", text=" ".join(words))], as_json, "")


@command.command()
@click.argument("fact", metavar="ID")
@json_option
@click.pass_obj
def why(launch: Launch, fact: str, as_json: bool) -> int:
    """Show where a fact came from: the words, the session and the time."""
    return show_one(launch, "memory.why", as_json, id=fact)


@command.command()
@click.argument("fact", metavar="ID")
@click.argument("words", metavar="VALUE", nargs=-1, required=True)
@json_option
@click.pass_obj
def edit(launch: Launch, fact: str, words: tuple[str, ...], as_json: bool) -> int:
    """Correct a fact: the new value replaces the old one."""
    return _show([launch.item("memory.edit", id=fact, value=" ".join(words))], as_json, "")


@command.command()
@json_option
@click.pass_obj
def export(launch: Launch, as_json: bool) -> int:
    """Write every fact that holds to stdout, one JSON object per line."""
    for fact in launch.items("memory.list"):
        output.record({name: fact[name] for name in EXPORTED})
    return 0


@command.command("import")
@click.argument("file", type=click.File(encoding="utf-8"))
@json_option
@click.pass_obj
def import_(launch: Launch, file: TextIO, as_json: bool) -> int:
    """Add the facts of a FILE that `export` wrote; - reads stdin.

    What is known stays as it is, also where the file has an older value; what was forgotten stays forgotten.
    """
    facts = list(_read(file))

    async def imported(client: "Client") -> list[dict[str, Any]]:
        pieces = (facts[start : start + AT_ONCE] for start in range(0, len(facts), AT_ONCE))
        return [row for piece in pieces for row in await client.items("memory.import", facts=piece)]

    rows = launch.ask(imported) if facts else []
    count = Counter(row["state"] for row in rows)
    if as_json:
        output.record({state: count[state] for state in OUTCOMES})
    else:
        told = (words.format(count[state]) for state, words in OUTCOMES.items() if count[state])
        output.write(", ".join(told) or "0 added")
    return 0


def _read(file: TextIO) -> Iterator[dict[str, Any]]:
    """The facts of all lines; raises UsageProblem with the number of a line that is none."""
    from pydantic import ValidationError

    from ...agent.requests import ToldFact

    try:
        lines = file.readlines()
    except UnicodeDecodeError as error:
        raise UsageProblem(f"{file.name} is no text in UTF-8; nothing was added") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield ToldFact.model_validate_json(line).model_dump(mode="json")
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "JSON"
            raise UsageProblem(
                f"line {number} of {file.name} is no fact ({where}: {first['msg']}); nothing was added"
            ) from error


@command.command()
@click.argument("words", metavar="ID | WORDS", nargs=-1, required=True)
@click.option("--yes", "-y", is_flag=True, help="Forget all of them when several facts hold the words.")
@json_option
@click.pass_obj
def forget(launch: Launch, words: tuple[str, ...], yes: bool, as_json: bool) -> int:
    """Erase a fact for good: by its id, or by words that it holds, all of them.

    Ends with 1 when nothing fits, and with 2, having erased nothing, when several facts do.
    """
    target = " ".join(words)
    if target.startswith("f_"):
        rows = launch.items("memory.forget", id=target)
    else:
        rows = launch.items("memory.forget", query=target, every=yes)
    for row in rows:
        if as_json:
            output.record(row)
        else:
            output.write(f"forgot {row['id']}")
    return 0


def _show(facts: list[dict[str, Any]], as_json: bool, empty: str) -> int:
    from ..facts import fact_line

    for fact in facts:
        if as_json:
            output.record(fact)
        else:
            output.line(fact_line(fact))
    if not facts and not as_json:
        output.say(empty, "dim")
    return 0
