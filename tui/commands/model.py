"""``homewit model``: which checkpoints are there and what they say of themselves."""

import click

from ..launch import Launch
from .listing import json_option, show_one, show_rows


@click.group(help="List models and show what one is.")
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
