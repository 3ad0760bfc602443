"""``homewit permissions``: what may be done without asking, and taking that back."""

from typing import Any

import click

from .. import output
from ..launch import Launch
from ..lookups import holds
from .group import CommandGroup
from .listing import json_option, show_rows


@click.group(cls=CommandGroup, help="List what you have allowed for longer than once, and take it back.")
def command() -> None:
    pass


@command.command("list")
@json_option
@click.pass_obj
def list_(launch: Launch, as_json: bool) -> int:
    """List what runs without asking, the newest first.

    Rules under "settings" stand in your configuration file and are changed there. Spending and running
    commands are never listed: each of them is asked for.
    """
    none = "nothing is allowed for longer than once"
    return show_rows(launch, "permissions.list", ("id", "rule", "holds"), as_json, none, _told)


@command.command()
@click.argument("ids", metavar="ID…", nargs=-1, required=True)
@json_option
@click.pass_obj
def revoke(launch: Launch, ids: tuple[str, ...], as_json: bool) -> int:
    """Take permissions back, at once and for good."""
    for id_ in ids:
        row = launch.item("permissions.revoke", id=id_)
        if as_json:
            output.record(row)
        else:
            output.write(f"revoked {row['id']}  {row['rule']}")
    return 0


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {"id": row["id"] or "–", "rule": row["rule"], "holds": holds(row)}
