"""``homewit acp``: Homewit as the agent of an editor that speaks the Agent Client Protocol."""

import click

from ..launch import Launch
from ..no_host import no_host_option


@click.command(
    help="Talk to an editor over stdin and stdout, in the Agent Client Protocol. An editor starts this by "
    'itself: tell it the command "homewit acp".'
)
@click.option("--model", help="bundled, or a folder with a checkpoint.")
@no_host_option
@click.pass_obj
def command(launch: Launch, model: str | None) -> int:
    import sys

    from ..errors import UsageProblem

    if sys.stdin.isatty():
        raise UsageProblem("homewit acp is started by an editor; to talk in this terminal: homewit chat")
    from ..acp_agent.program import serve

    return launch.run(lambda: serve(launch, model))
