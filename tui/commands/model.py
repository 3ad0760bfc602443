"""``homewit model``: which checkpoints there are, what they say of themselves, and smaller copies."""

import click

from ..launch import Launch
from .listing import json_option, show_one, show_rows


@click.group(help="List models, show what one is, and make smaller ones of them.")
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
