"""``homewit sessions``: earlier conversations, found by what was said in them."""

import click

from .. import output
from ..launch import Launch
from .group import CommandGroup
from .listing import json_option, limit_option, show_rows


@click.group(cls=CommandGroup, help="List, show and search sessions.")
def command() -> None:
    pass


@command.command("list")
@limit_option
@json_option
@click.pass_obj
def list_(launch: Launch, limit: int, as_json: bool) -> int:
    """List sessions, the newest first."""
    columns = ("id", "updated", "title")
    return show_rows(launch, "sessions.list", columns, as_json, "no sessions yet", limit=limit)


@command.command()
@click.argument("session", metavar="ID")
@json_option
@click.pass_obj
def show(launch: Launch, session: str, as_json: bool) -> int:
    """Print a session as it was said."""
    item = launch.item("sessions.show", id=session)
    if as_json:
        output.record(item)
        return 0
    speakers = {"user": "You", "assistant": "Homewit"}
    for turn in item.get("turns", []):
        speaker = "Piped" if turn.get("piped") else speakers.get(turn["role"], turn["role"])
        output.write(f"{speaker}: {turn['text']}")
    return 0


@command.command()
@click.argument("words", nargs=-1, required=True)
@limit_option
@json_option
@click.pass_obj
def search(launch: Launch, words: tuple[str, ...], limit: int, as_json: bool) -> int:
    """Find what was said in any session."""
    query = " ".join(words)
    columns = ("session", "created", "role", "text")
    return show_rows(
        launch, "sessions.search", columns, as_json, f"nothing matches {query!r}", query=query, limit=limit
    )
