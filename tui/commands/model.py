"""``homewit model``: which checkpoints there are, what they say of themselves, smaller copies, and how fast
they are here.
"""

from typing import TYPE_CHECKING, Any

import click

from .. import output
from ..launch import Launch
from ..measured import measured_rows
from .group import CommandGroup
from .listing import json_option, narrate, show_one, show_rows

if TYPE_CHECKING:
    from ..client import Client


@click.group(
    cls=CommandGroup, help="List models, show what one is, make smaller ones of them, and measure them."
)
def command() -> None:
    pass


@command.command("list")
@json_option
@click.pass_obj
def list_(launch: Launch, as_json: bool) -> int:
    """List the models on this machine."""
    return show_rows(launch, "model.list", ("name", "available", "path"), as_json, "no models found")


@command.command()
@click.argument("name", required=False)
@json_option
@click.pass_obj
def info(launch: Launch, name: str | None, as_json: bool) -> int:
    """Show a model: the bundled one, or NAME, which may be a folder."""
    return show_one(launch, "model.info", as_json, name=name)


@command.command()
@click.argument("source")
@click.argument("target")
@click.option(
    "--bits",
    type=click.Choice(["8", "4"]),
    default="8",
    show_default=True,
    help="8 loses next to nothing; 4 is half the size and nearly twice as fast on a CPU.",
)
@json_option
@click.pass_obj
def quantize(launch: Launch, source: str, target: str, bits: str, as_json: bool) -> int:
    """Write the checkpoint SOURCE with smaller weights to the new folder TARGET."""
    return show_one(launch, "model.quantize", as_json, source=source, target=target, bits=int(bits))


@command.command()
@click.argument("name", required=False)
@click.option(
    "--quick", is_flag=True, help="Measure once, with fewer tokens, and nothing behind 4,096 tokens."
)
@click.option(
    "--quantize",
    type=click.Choice(["int8", "int4"]),
    help="Make the weights smaller while loading, on a CPU.",
)
@json_option
@click.pass_obj
def bench(launch: Launch, name: str | None, quick: bool, quantize: str | None, as_json: bool) -> int:
    """Measure a model on this machine: the configured one, or NAME, which may be a folder."""

    async def ask(client: "Client") -> dict[str, Any]:
        asking = client.item("model.bench", name=name, quick=quick, quantize=quantize)
        return await client.attended(asking, narrate)

    item = launch.ask(ask)
    if as_json:
        output.record(item)
        return 0
    output.table(measured_rows(item), ("what", "value", "detail"))
    for note in item["notes"]:
        output.write(note)
    return 0
