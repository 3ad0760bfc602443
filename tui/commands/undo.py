"""``homewit undo``: takes the last thing that was kept back, and says what it was."""

import click

from .. import output
from ..launch import Launch
from .listing import json_option


@click.command(help="Take back the last change of a record or a file; again for the one before it.")
@click.option("--session", metavar="ID", help="Of this session; otherwise the last one of all.")
@json_option
@click.pass_obj
def command(launch: Launch, session: str | None, as_json: bool) -> int:
    return undo_last(launch, session, as_json)


def undo_last(launch: Launch, session: str | None, as_json: bool) -> int:
    """Take the last change back and say what it was."""
    undone = launch.item("undo", session=session)
    if as_json:
        output.record(undone)
    else:
        output.write(str(undone.get("text", "")))
    return 0
