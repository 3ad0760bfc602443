"""``homewit memory``: every fact with the words it came from, on the command line."""

import click

from .. import output
from ..errors import UsageProblem
from ..launch import Launch
from .listing import json_option, limit_option, show_one, show_rows

COLUMNS = ("id", "subject", "key", "value", "quote")


@click.group(help="See, search, add and forget what Homewit remembers.")
def command() -> None:
    pass


@command.command("list")
@limit_option
@json_option
@click.pass_obj
def list_(launch: Launch, limit: int, as_json: bool) -> int:
    """List the facts that hold now."""
    return show_rows(launch, "memory.list", COLUMNS, as_json, "nothing is remembered yet", limit=limit)


@command.command()
@click.argument("words", nargs=-1, required=True)
@limit_option
@json_option
@click.pass_obj
def search(launch: Launch, words: tuple[str, ...], limit: int, as_json: bool) -> int:
    """Find facts by words."""
    query = " ".join(words)
    return show_rows(
        launch, "memory.search", COLUMNS, as_json, f"nothing matches {query!r}", query=query, limit=limit
    )


@command.command()
@click.argument("words", nargs=-1, required=True)
@json_option
@click.pass_obj
def add(launch: Launch, words: tuple[str, ...], as_json: bool) -> int:
    """Remember a sentence, such as: my sister's birthday is May 3."""
    item = launch.item("memory.add", text=" ".join(words))
    if as_json:
        output.record(item)
    else:
        output.write(
            f"{item.get('id', '')}  {item.get('subject', '')} {item.get('key', '')}: {item.get('value', '')}"
        )
    return 0


@command.command()
@click.argument("fact", metavar="ID")
@json_option
@click.pass_obj
def why(launch: Launch, fact: str, as_json: bool) -> int:
    """Show where a fact came from: the words, the session and the time."""
    return show_one(launch, "memory.why", as_json, id=fact)


@command.command()
@click.argument("words", metavar="ID | WORDS", nargs=-1, required=True)
@click.option("--yes", "-y", is_flag=True, help="Do not ask when words match several facts.")
@json_option
@click.pass_obj
def forget(launch: Launch, words: tuple[str, ...], yes: bool, as_json: bool) -> int:
    """Erase a fact for good, by its id or by words that match it."""
    target = " ".join(words)
    rows = (
        launch.items("memory.forget", id=target)
        if target.startswith("f_")
        else _by_words(launch, target, yes)
    )
    for row in rows:
        if as_json:
            output.record(row)
        else:
            output.write(f"forgot {row['id']}")
    return 0


def _by_words(launch: Launch, query: str, yes: bool) -> list[dict[str, object]]:
    """Forget by words; several matches need a yes, because what is forgotten does not come back."""

    async def forget(client):
        found = await client.items("memory.search", query=query)
        if not found:
            raise UsageProblem(f"nothing matches {query!r}; homewit memory list shows what is remembered")
        if len(found) > 1 and not yes:
            ids = ", ".join(str(fact["id"]) for fact in found)
            raise UsageProblem(
                f"{query!r} matches {len(found)} facts ({ids}); name one id, or add --yes for all"
            )
        erased = []
        for fact in found:
            erased += await client.items("memory.forget", id=fact["id"])
        return erased

    return launch.ask(forget)
