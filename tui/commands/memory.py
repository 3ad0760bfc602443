"""``homewit memory``: every fact with the words it came from, on the command line."""

from typing import Any

import click

from .. import output
from ..launch import Launch
from .group import CommandGroup
from .listing import json_option, limit_option, show_one


@click.group(cls=CommandGroup, help="See, search, add and forget what Homewit remembers.")
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
