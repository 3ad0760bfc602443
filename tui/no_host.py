"""The option that gives a command a host process to itself, for all commands alike."""

from dataclasses import replace
from typing import Any

import click


def _choose(ctx: click.Context, _: click.Parameter, alone: bool) -> None:
    if alone:
        ctx.obj = replace(ctx.obj, private=True)


def no_host_option(command: Any) -> Any:
    """``--no-host``: neither use nor start the process that commands share."""
    return click.option(
        "--no-host",
        is_flag=True,
        expose_value=False,
        callback=_choose,
        help="Use a process of its own that ends with the command, not the one that commands share.",
    )(command)
