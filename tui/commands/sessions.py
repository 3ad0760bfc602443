"""``homewit sessions``: earlier conversations, found by what was said in them, written out and removed."""

from typing import Any

import click

from .. import output
from ..launch import Launch
from ..moments import minute
from ..safe_text import one_line
from .group import CommandGroup
from .listing import json_option, limit_option, show_rows


@click.group(cls=CommandGroup, help="List, show, search, export and remove sessions.")
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


@command.command()
@click.argument("session", metavar="ID")
@json_option
@click.pass_obj
def export(launch: Launch, session: str, as_json: bool) -> int:
    """Write a session to stdout as Markdown, or as one JSON object with what its runs did."""
    item = launch.item("sessions.show", id=session)
    if as_json:
        named = dict.fromkeys(turn["run"] for turn in item["turns"] if turn["run"])
        output.record({**item, "runs": [launch.item("runs.show", id=run) for run in named]})
    else:
        output.write(as_markdown(item))
    return 0


@command.command()
@click.argument("session", metavar="ID")
@click.option("--facts", is_flag=True, help="Forget what was learned in it as well.")
@json_option
@click.pass_obj
def rm(launch: Launch, session: str, facts: bool, as_json: bool) -> int:
    """Erase a session for good, with all that its runs did and wrote down."""
    item = launch.item("sessions.remove", id=session, facts=facts)
    if as_json:
        output.record(item)
        return 0
    output.write(f"removed {item['id']}")
    if kept := item["facts_kept"]:
        output.say(
            f"kept what was learned in it; `homewit memory forget ID` forgets it: {', '.join(kept)}", "dim"
        )
    if item["permissions"]:
        output.say("what was allowed in it is not allowed any more", "dim")
    return 0


def as_markdown(session: dict[str, Any]) -> str:
    """A heading with the title, and each turn below who said it and when."""
    parts = [f"# {one_line(session['title'] or 'untitled')}"]
    for turn in session["turns"]:
        speaker = "You, from a pipe" if turn.get("piped") else "You" if turn["role"] == "user" else "Homewit"
        parts.append(f"## {speaker}, {minute(turn['created'])}\n\n{turn['text']}")
    return "\n\n".join(parts)
