"""``homewit procedures``: what was learned from requests that came more than once."""

from typing import Any

import click

from .. import output
from ..launch import Launch
from ..narrate import args_text, planned_args
from .listing import json_option, show_rows

COLUMNS = ("id", "state", "uses", "name", "problem")


@click.group(help="See, accept, change and remove what Homewit learned to do.")
def command() -> None:
    pass


@command.command("list")
@json_option
@click.pass_obj
def list_(launch: Launch, as_json: bool) -> int:
    """List what was learned, and what is offered."""
    return show_rows(launch, "procedures.list", COLUMNS, as_json, "nothing was learned yet")


@command.command()
@click.argument("procedure", metavar="ID")
@json_option
@click.pass_obj
def show(launch: Launch, procedure: str, as_json: bool) -> int:
    """Show the wordings, the slots and the steps of one."""
    item = launch.item("procedures.show", id=procedure)
    if as_json:
        output.record(item)
        return 0
    output.fields({name: item[name] for name in ("id", "state", "uses", "learned_from")})
    if item["problem"]:
        output.say(f"it does not apply: {item['problem']}", "yellow")
    for wording in item["wordings"]:
        output.write(f"said as  {wording}")
    for slot in item["slots"]:
        output.write(f"slot  {slot['name']}  so far: {', '.join(map(str, slot['seen']))}")
    for step in item["steps"]:
        output.write(f"{step['id']}  {step['tool']}  {args_text(planned_args(step), 2000)}")
    return 0


@command.command()
@click.argument("procedure", metavar="ID")
@json_option
@click.pass_obj
def accept(launch: Launch, procedure: str, as_json: bool) -> int:
    """Use it from now on: a request that fits needs no planning."""
    item = launch.item("procedures.accept", id=procedure)
    if as_json:
        output.record(item)
    else:
        output.write(f"{item['id']}  will be repeated for: {item['name']}")
    return 0


@command.command()
@click.argument("procedure", metavar="ID")
@json_option
@click.pass_obj
def rm(launch: Launch, procedure: str, as_json: bool) -> int:
    """Forget how; it is not offered again."""
    item: dict[str, Any] = launch.item("procedures.remove", id=procedure)
    if as_json:
        output.record(item)
    else:
        output.write(f"removed {item['id']}")
    return 0
