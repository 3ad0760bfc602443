"""``homewit run``: one request without anybody there; the answer on stdout, what happens meanwhile on
stderr.

Approves nothing by itself: what needs an approval ends the run with exit code 5 and the rule that would
allow it.
"""

from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageProblem
from ..launch import Launch
from ..no_host import no_host_option
from ..terms import Terms, terms_options

if TYPE_CHECKING:
    from ...agent.requests import RunAccepted
    from ..client import Client


@click.command(
    help="Do one request and exit. Text piped in is appended to the request, but does not count as your own "
    "words: it is not remembered, and where it would decide where something goes, approval is needed."
)
@click.argument("words", metavar="PROMPT", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print every event as one JSON object per line.")
@terms_options
@click.option("--seed", type=int, help="Makes sampling repeatable.")
@click.option("--model", help="bundled, or a folder with a checkpoint.")
@click.option("--session", metavar="ID", help="Go on with a session.")
@no_host_option
@click.pass_obj
def command(launch: Launch, words: tuple[str, ...], as_json: bool, model: str | None, **options: Any) -> int:
    from ..stdin import given, is_piped

    if len(words) == 1 and words[0].endswith((".yaml", ".yml")) and " " not in words[0]:
        raise UsageProblem(f"{words[0]}: workflow files are not supported yet; give the request in words")
    if not words and not is_piped():
        raise UsageProblem('nothing to do: give the request, as in homewit run "what is 17 * 23?"')
    session, seed = options.pop("session"), options.pop("seed")

    async def run() -> int:
        from ..headless import carry_through

        terms = Terms(**options)

        async def begin(client: "Client") -> "RunAccepted":
            from ...agent.requests import Prompt

            request = await given(words)
            piped = request.piped or None
            fields = {"text": request.typed, "piped": piped, "session": session, "seed": seed}
            return await client.prompt(Prompt(**fields, **terms.as_fields()))

        async def go_on(client: "Client", run: str) -> "RunAccepted":
            return await client.resume(run, **terms.as_fields())

        return await carry_through(lambda: launch.connected(model), begin, go_on, as_json)

    return launch.run(run)
