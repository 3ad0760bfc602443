"""``homewit secrets``: what tools need to log in elsewhere.

A value is typed unseen or comes through a pipe; it is never an argument and never printed.
"""

import sys
from getpass import getpass
from typing import Any

import click

from .. import output
from ..errors import UsageProblem
from ..launch import Launch
from .group import CommandGroup
from .listing import instruct, json_option


@click.group(cls=CommandGroup, help="Keep passwords and tokens for tools.")
def command() -> None:
    pass


@command.command("list")
@json_option
@click.pass_obj
def list_(launch: Launch, as_json: bool) -> int:
    """List the names of the secrets; never their values."""
    answer = launch.query("secrets.list")
    if as_json:
        for item in answer["items"]:
            output.record(item)
        return 0
    if answer["items"]:
        output.table(answer["items"], ("name",))
    else:
        output.say("There are no secrets. Keep one with: homewit secrets set NAME", "dim")
    output.say(f"They are kept in {answer['place']}.", "dim" if answer["encrypted"] else "yellow")
    return 0


@command.command("set")
@click.argument("name")
@click.pass_obj
def set_(launch: Launch, name: str) -> int:
    """Keep a secret: typed without being shown, or from standard input."""
    value = _value(name)
    item = launch.item("secrets.set", name=name, value=value)
    output.say(f"{name} is kept in {item['place']}.", "" if item["encrypted"] else "yellow")
    return 0


@command.command()
@click.argument("name")
@click.option(
    "--device", is_flag=True, help="Log in on any device, with a code, instead of in a browser here."
)
@click.pass_obj
def login(launch: Launch, name: str, device: bool) -> int:
    """Log in to an MCP server that was added, or to [oauth.NAME] of config.toml; the token is kept."""

    async def logging_in(client: Any) -> dict[str, Any]:
        return await client.attended(client.item("secrets.login", name=name, device=device), instruct)

    item = launch.ask(logging_in)
    output.say(f"You are logged in to {name}. The token is kept in {item['place']}.")
    if not item["renews"]:
        output.say("The service gives no token to renew it with, so you will have to log in again.", "yellow")
    return 0


@command.command("rm")
@click.argument("name")
@click.pass_obj
def rm(launch: Launch, name: str) -> int:
    """Forget a secret."""
    launch.item("secrets.rm", name=name)
    output.say(f"{name} is forgotten.")
    return 0


def _value(name: str) -> str:
    if sys.stdin.isatty():
        value = getpass(f"{name} (not shown): ", sys.stderr)
    else:
        value = sys.stdin.read(100_000)
        value = value.removesuffix("\n").removesuffix("\r")
    if not value:
        raise UsageProblem(f"nothing was given for {name}; type it, or pipe it in")
    return value
