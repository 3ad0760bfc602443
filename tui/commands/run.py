"""``homewit run``: one request without anybody there; the answer on stdout, what happens meanwhile on
stderr.

Approves nothing by itself: what needs an approval ends the run with exit code 5 and the rule that would
allow it.
"""

from typing import Any

import click

from ..errors import UsageProblem
from ..launch import Launch
from ..no_host import no_host_option


@click.command(
    help="Do one request and exit. Text piped in is appended to the request, but does not count as your own "
    "words: it is not remembered, and where it would decide where something goes, approval is needed."
)
@click.argument("words", metavar="PROMPT", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print every event as one JSON object per line.")
@click.option(
    "--allow",
    multiple=True,
    metavar="RULE",
    help="Allow without asking: TOOL, TOOL:ARG=GLOB or effect:NAME. May be given several times.",
)
@click.option("--max-steps", type=click.IntRange(min=1), help="Stop with exit code 4 after so many steps.")
@click.option(
    "--timeout", "timeout_s", type=click.FloatRange(min=0, min_open=True), help="Seconds until exit code 4."
)
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
    allow = list(options.pop("allow"))

    async def run() -> int:
        async with launch.connected(model) as connection:
            from ...agent.requests import Prompt  # while the host starts
            from ..headless import follow

            request = await given(words)
            prompt = Prompt(text=request.typed, piped=request.piped or None, allow=allow, **options)
            accepted = await connection.client.prompt(prompt)
            return await follow(connection.client, accepted, as_json)

    return launch.run(run)
