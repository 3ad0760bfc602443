"""``homewit chat``: the full-screen program, or the line mode where a terminal cannot show one."""

import os
import sys

import click

from ..launch import Launch
from ..no_host import no_host_option


@click.command(help="Talk to Homewit in the terminal.")
@click.option(
    "--plain", is_flag=True, help="Line by line, without a full screen: for screen readers and pipes."
)
@click.option("--model", help="bundled, or a folder with a checkpoint.")
@click.option("--session", metavar="ID", help="Go on with a session.")
@no_host_option
@click.pass_obj
def command(launch: Launch, plain: bool, model: str | None, session: str | None) -> int:
    if plain or not _has_screen():
        from ..plain import talk

        return launch.run(lambda: talk(launch, model, session))
    from ..chat import chat

    return chat(launch, model, session)


def _has_screen() -> bool:
    terminals = (sys.stdin, sys.stdout, sys.stderr)  # Textual draws on stderr
    return all(stream.isatty() for stream in terminals) and os.environ.get("TERM", "") not in ("", "dumb")
