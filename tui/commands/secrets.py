"""``homewit secrets``: what tools need to log in elsewhere.

A value is typed unseen or comes through a pipe; it is never an argument and never printed.
"""

import sys
from getpass import getpass

import click

from .. import output
from ..errors import UsageProblem
from ..launch import Launch
from .listing import json_option


@click.group(help="Keep passwords and tokens for tools.")
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
