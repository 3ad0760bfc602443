"""``homewit host``: the process that holds the model, which all commands of a home share."""

import click

from .. import output
from ..launch import Launch
from .group import CommandGroup
from .listing import json_option


@click.group(cls=CommandGroup, help="Show or end the process that holds the model, which all commands share.")
def command() -> None:
    pass


@command.command()
@json_option
@click.pass_obj
def status(launch: Launch, as_json: bool) -> int:
    """Tell about the host that runs; ends with 1 when there is none."""
    from ..host_lookups import status_lines, told

    facts = launch.run(told)
    if as_json:
        output.record(facts)
    else:
        output.fields(status_lines(facts))
    return 0 if facts["running"] else 1


@command.command()
@click.option(
    "--now", is_flag=True, help="Also while others use it: what they have going on can be resumed later."
)
@click.pass_obj
def stop(launch: Launch, now: bool) -> int:
    """End the host; the next command starts it again."""
    from ..host_lookups import stopped

    output.say("the host has ended" if launch.run(lambda: stopped(now)) else "no host is running", "dim")
    return 0
