"""``homewit resume``: an interrupted run goes on from its log; what was done is not done again."""

import click

from ..launch import Launch
from ..no_host import no_host_option


@click.command(
    help="Continue a run that was interrupted, or that could not go on without you; effects that happened "
    "are not repeated."
)
@click.argument("run", metavar="RUN")
@click.option(
    "--allow", multiple=True, metavar="RULE", help="Allow without asking: TOOL, TOOL:ARG=GLOB or effect:NAME."
)
@click.option("--model", help="bundled, or a folder with a checkpoint.")
@click.option("--json", "as_json", is_flag=True, help="Print every event as one JSON object per line.")
@no_host_option
@click.pass_obj
def command(launch: Launch, run: str, allow: tuple[str, ...], model: str | None, as_json: bool) -> int:
    async def go_on() -> int:
        async with launch.connected(model) as connection:
            from ..headless import follow  # while the host starts

            accepted = await connection.client.resume(run, allow)
            return await follow(connection.client, accepted, as_json)

    return launch.run(go_on)
