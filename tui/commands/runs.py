"""``homewit runs``: what was asked, how it ended, the whole log of a run, and a way to end one."""

from typing import Any

import click

from .. import output
from ..launch import Launch
from .group import CommandGroup
from .listing import json_option, limit_option, readable, show_rows


@click.group(cls=CommandGroup, help="List, show and cancel runs.")
def command() -> None:
    pass


@command.command("list")
@limit_option
@click.option("--calls", is_flag=True, help="Also what was called by hand, with homewit tools call.")
@json_option
@click.pass_obj
def list_(launch: Launch, limit: int, calls: bool, as_json: bool) -> int:
    """List runs of requests, the newest first."""
    columns = ("id", "created", "status", "prompt")
    wanted: dict[str, Any] = {"calls": True} if calls else {}
    return show_rows(launch, "runs.list", columns, as_json, "no runs yet", limit=limit, **wanted)


@command.command()
@click.argument("run", metavar="ID")
@click.option("--replay", is_flag=True, help="Work out its state from its log, and compare.")
@json_option
@click.pass_obj
def show(launch: Launch, run: str, replay: bool, as_json: bool) -> int:
    """Print a run: its steps and its answer, or with --json its events.

    With --replay, its log is folded again, and all that follows from it is compared with what is stored; exit
    code 1 when anything differs.
    """
    if replay:
        return _replayed(launch, run, as_json)
    item = launch.item("runs.show", id=run)
    if as_json:
        for event in item.pop("events", []):
            output.record(event)
        return 0
    from ...agent.events import Answered, Event
    from ..narrate import narrate

    events = [Event.from_wire(wire) for wire in item.pop("events", [])]
    output.fields(readable(item))
    for event in events:
        if isinstance(event.body, Answered) and not event.body.parent:
            output.write(event.body.text)
        for line, _ in narrate(event.body):
            output.write(line)
    return 0


def _replayed(launch: Launch, run: str, as_json: bool) -> int:
    rows = launch.items("runs.replay", id=run)
    differ = [row for row in rows if not row["same"]]
    if as_json:
        for row in rows:
            output.record(row)
    else:
        shown = [{**row, "verdict": "same" if row["same"] else "differs"} for row in rows]
        output.table(shown, ("what", "verdict", "told"))
        for row in differ:
            output.write(f"{row['what']}: {row['difference']}")
    if differ:
        output.fail(f"the log of {run} and what is stored of it are not the same")
    return 1 if differ else 0


@command.command()
@click.argument("run", metavar="ID")
@json_option
@click.pass_obj
def cancel(launch: Launch, run: str, as_json: bool) -> int:
    """End a run, whoever started it: one that is going on, waits for its user, or was interrupted."""
    item = launch.item("runs.cancel", id=run)
    if as_json:
        output.record(item)
    elif item["status"] == "running":
        output.write(f"{item['id']}  is asked to end; it is inside a tool that does not stop")
    else:
        output.write(f"{item['id']}  {item['status']}")
    return 0
