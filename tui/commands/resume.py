"""``homewit resume``: an interrupted run goes on from its log; what was done is not done again."""

from typing import TYPE_CHECKING, Any

import click

from ..launch import Launch
from ..no_host import no_host_option
from ..terms import terms_options

if TYPE_CHECKING:
    from ...agent.requests import RunAccepted
    from ..client import Client


@click.command(help="Continue an interrupted run; effects that happened are not repeated.")
@click.argument("run", metavar="RUN")
@terms_options
@click.option("--model", help="bundled, or a folder with a checkpoint.")
@click.option("--json", "as_json", is_flag=True, help="Print every event as one JSON object per line.")
@no_host_option
@click.pass_obj
def command(launch: Launch, run: str, model: str | None, as_json: bool, **options: Any) -> int:
    async def go_on() -> int:
        from ..headless import Terms, carry_through

        terms = Terms(**options)

        async def begin(client: "Client") -> "RunAccepted":
            from ...agent.requests import Resume

            return await client.resume(Resume(run=run, **terms.as_fields()))

        return await carry_through(lambda: launch.connected(model), begin, terms, as_json)

    return launch.run(go_on)
