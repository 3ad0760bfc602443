"""``homewit resume``: an interrupted run goes on from its log; what was done is not done again."""

import click

from ..launch import Launch
from ..no_host import no_host_option


@click.command(help="Continue an interrupted run; effects that happened are not repeated.")
@click.argument("run", metavar="RUN")
@click.option("--model", help="bundled, or a folder with a checkpoint.")
@click.option("--json", "as_json", is_flag=True, help="Print every event as one JSON object per line.")
@no_host_option
@click.pass_obj
def command(launch: Launch, run: str, model: str | None, as_json: bool) -> int:
    async def go_on() -> int:
        async with launch.connected(model) as connection:
            from ..headless import follow  # while the host starts

            return await follow(connection.client, await connection.client.resume(run), as_json)

    return launch.run(go_on)
