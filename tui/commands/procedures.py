"""``homewit procedures``: what was learned from requests that came more than once."""

from typing import Any, TextIO

import click

from .. import output
from ..launch import Launch
from ..narrate import args_text, planned_args
from .group import CommandGroup
from .listing import json_option, show_rows

COLUMNS = ("id", "state", "uses", "name", "problem")


@click.group(cls=CommandGroup, help="See, accept, change and remove what Homewit learned to do.")
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
@click.option("--text", "as_text", is_flag=True, help="Print the workflow that `edit` takes.")
@json_option
@click.pass_obj
def show(launch: Launch, procedure: str, as_text: bool, as_json: bool) -> int:
    """Show the wordings, the slots and the steps of one."""
    item = launch.item("procedures.show", id=procedure)
    if as_text:
        output.write(item["text"])
        return 0
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
@click.option(
    "--file", "file", type=click.File(encoding="utf-8"), help="Take it from a file; - for the pipe."
)
@json_option
@click.pass_obj
def edit(launch: Launch, procedure: str, file: TextIO | None, as_json: bool) -> int:
    """Change it as a workflow in your editor ($EDITOR), or take it from a file; that accepts it."""
    text = file.read() if file is not None else None
    if text is None:
        text = click.edit(launch.item("procedures.show", id=procedure)["text"], extension=".yaml")
    if text is None:
        output.say("nothing was changed", "dim")
        return 0
    item = launch.item("procedures.rewrite", id=procedure, text=text)
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
