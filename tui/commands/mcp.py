"""``homewit mcp``: Homewit's tools for editors and agents, which start it and talk to it over its pipes."""

from importlib.util import find_spec

import click

from .. import output
from ..errors import UsageProblem
from ..launch import Launch
from ..no_host import no_host_option

_EXTRA = ("mcp", "mcp_types")


@click.command(
    help="Offer the tools to other programs, as an MCP server over stdin and stdout. The program starts it: "
    'its settings have a place for the command, "homewit", and its arguments, ["mcp"]. What it asks for does '
    "not count as your own words. What needs your approval is put before you by that program, if it can."
)
@click.option("--only", multiple=True, metavar="TOOL", help="Offer this tool; else all. May be repeated.")
@click.option(
    "--allow",
    multiple=True,
    metavar="RULE",
    help="Allow without asking: TOOL, TOOL:ARG=GLOB or effect:NAME. May be repeated.",
)
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(min=0, min_open=True),
    help="Seconds that a call may take.",
)
@no_host_option
@click.pass_obj
def command(launch: Launch, only: tuple[str, ...], allow: tuple[str, ...], timeout_s: float | None) -> int:
    if any(find_spec(name) is None for name in _EXTRA):
        raise UsageProblem("this needs an extra that is not installed: pip install 'homewit[mcp]'")
    from ..stdin import is_piped

    if not is_piped():
        output.say("waits for a program that speaks MCP; Ctrl-C ends it", "dim")

    async def run() -> None:
        from ..mcp_server.checking import check
        from ..mcp_server.offer import Offer
        from ..mcp_server.server import serve

        if only or allow:
            await check(launch, only, allow)
        await serve(launch, Offer(frozenset(only)), allow, timeout_s)

    launch.run(run)
    return 0
