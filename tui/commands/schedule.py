"""``homewit schedule``: what is to be done later, when, and what came of it."""

from typing import TYPE_CHECKING, Any

import click

from .. import output
from ..launch import Launch
from ..no_host import no_host_option
from ..schedules import UNATTENDED, line, occurrence_line
from .group import CommandGroup
from .listing import json_option, readable

if TYPE_CHECKING:
    from ...agent.requests import RunAccepted
    from ..client import Client

MISSED = ("run_once", "skip", "run_all")


@click.group(
    cls=CommandGroup, help="Have requests carried out later, once or again and again, by `homewit scheduler`."
)
def command() -> None:
    pass


@command.command()
@click.argument("when")
@click.argument("request", nargs=-1, required=True)
@click.option(
    "--missed",
    type=click.Choice(MISSED),
    default="run_once",
    show_default=True,
    help="What becomes of times at which nothing could run: one run for all, none, or each of the last ten.",
)
@click.option("--zone", metavar="ZONE", help="The time zone of WHEN, such as Europe/Paris. By default yours.")
@click.option("--input", "inputs", multiple=True, metavar="K=V", help="An input of a workflow.")
@click.option(
    "--allow",
    multiple=True,
    metavar="RULE",
    help="Allow its runs without asking: TOOL or TOOL:ARG=GLOB, as long as the tool stays as it is.",
)
@json_option
@click.pass_obj
def add(
    launch: Launch,
    when: str,
    request: tuple[str, ...],
    inputs: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> int:
    """Schedule a REQUEST.

    WHEN is how often ("every day at 7", "every monday at 9:30"), a moment ("tomorrow at 9", "in 2 hours",
    "2026-12-01 08:00"), or a cron expression ("0 7 * * 1-5").
    """
    options["allow"] = list(options["allow"])
    given = {"inputs": _pairs(inputs)} if inputs else {}
    item = launch.item("schedules.add", when=when, request=" ".join(request), **given, **options)
    if as_json:
        output.record(item)
    else:
        output.write(f"{item['id']}  {item['text']}")
        _tell_if_unattended(item)
    return 0


@command.command("list")
@json_option
@click.pass_obj
def list_(launch: Launch, as_json: bool) -> int:
    """List schedules, the next one first, and runs that wait for you."""

    async def both(client: "Client") -> tuple[dict[str, Any], list[dict[str, Any]]]:
        return await client.query("schedules.list"), await client.items("schedules.waiting")

    answer, waiting = launch.ask(both)
    rows = answer["items"]
    if as_json:
        for row in rows:
            output.record(row)
        return 0
    if not rows:
        output.say("nothing is scheduled; see homewit schedule add --help", "dim")
    for row in rows:
        output.write(line(row))
        for rule in row["allow"]:
            output.write(f"  allowed  {rule}")
    for one in waiting:
        output.write(f"waits for you  {one['run']}  {occurrence_line(one)}  {one['request']}")
    if any(row["next"] for row in rows):
        _tell_if_unattended(answer)
    if waiting:
        output.say("to go on: homewit resume RUN, or /schedules in the chat", "yellow")
    return 0


@command.command()
@click.argument("schedule", metavar="ID")
@json_option
@click.pass_obj
def show(launch: Launch, schedule: str, as_json: bool) -> int:
    """Show a schedule, and what came of its last times."""
    item = launch.item("schedules.show", id=schedule)
    if as_json:
        output.record(item)
        return 0
    occurrences, notes = item.pop("occurrences"), item.pop("notes")
    item.pop("last")
    item["allow"] = ", ".join(item["allow"])
    item["inputs"] = ", ".join(f"{name}={value}" for name, value in item["inputs"].items())
    output.fields({name: value for name, value in readable(item).items() if value not in (None, "")})
    for note in notes:
        output.say(note, "yellow")
    for one in occurrences:
        output.write(f"{occurrence_line(one)}  {one['run'] or one['problem'] or ''}".rstrip())
    return 0


@command.command()
@click.argument("schedule", metavar="ID")
@json_option
@click.pass_obj
def rm(launch: Launch, schedule: str, as_json: bool) -> int:
    """Remove a schedule; what its runs did stays."""
    item = launch.item("schedules.remove", id=schedule)
    if as_json:
        output.record(item)
    else:
        output.write(f"removed {item['id']}")
    return 0


@command.command()
@click.argument("schedule", metavar="ID")
@click.option("--model", help="bundled, or a folder with a checkpoint.")
@click.option("--json", "as_json", is_flag=True, help="Print every event as one JSON object per line.")
@no_host_option
@click.pass_obj
def run(launch: Launch, schedule: str, model: str | None, as_json: bool) -> int:
    """Carry a schedule out now, besides its own times."""

    async def go() -> int:
        from ..headless import carry_through

        occurrences: list[str] = []

        async def begin(client: "Client") -> "RunAccepted":
            occurrences.append((await client.item("schedules.trigger", id=schedule))["id"])
            return await client.fire(occurrences[0])

        return await carry_through(
            lambda: launch.connected(model), begin, lambda client, _: client.fire(occurrences[0]), as_json
        )

    return launch.run(go)


def _pairs(inputs: tuple[str, ...]) -> dict[str, str]:
    pairs = [one.partition("=") for one in inputs]
    if wrong := [name for name, equals, _ in pairs if not (name and equals)]:
        raise click.UsageError(f"--input takes NAME=VALUE, not {wrong[0]!r}")
    return {name: value for name, _, value in pairs}


def _tell_if_unattended(answer: dict[str, Any]) -> None:
    if not answer.get("attended", True):
        output.say(UNATTENDED, "yellow")
