"""``homewit resume``: an interrupted run goes on from its log; what was done is not done again."""

from typing import TYPE_CHECKING, Any

import click

from ..launch import Launch
from ..no_host import no_host_option
from ..terms import Terms, terms_options

if TYPE_CHECKING:
    from ...agent.requests import RunAccepted
    from ..client import Client


@click.command(
    help="Continue a run that was interrupted, or that could not go on without you; effects that happened "
    "are not repeated."
)
@click.argument("run", metavar="RUN")
@terms_options
@click.option("--model", help="bundled, or a folder with a checkpoint.")
@click.option("--json", "as_json", is_flag=True, help="Print every event as one JSON object per line.")
@no_host_option
@click.pass_obj
def command(launch: Launch, run: str, model: str | None, as_json: bool, **options: Any) -> int:
    terms = Terms(**options)

    async def go_on(client: "Client", run: str) -> "RunAccepted":
        return await client.resume(run, **terms.as_fields())

    async def carry_on() -> int:
        from ..headless import carry_through

        return await carry_through(
            lambda: launch.connected(model), lambda client: go_on(client, run), go_on, as_json
        )

    return launch.run(carry_on)
