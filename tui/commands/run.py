"""``homewit run``: one request or workflow without anybody there; the answer on stdout, what happens
meanwhile on stderr.

Approves nothing by itself: what needs an approval ends the run with exit code 5 and the rule that would
allow it.
"""

from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageProblem
from ..launch import Launch
from ..no_host import no_host_option
from ..slash import asks_to_undo
from ..terms import Terms, terms_options
from .undo import undo_last

if TYPE_CHECKING:
    from ...agent.requests import RunAccepted
    from ..client import Client


@click.command(
    help="Do one request, or run a workflow file or a kept workflow by its name, and exit. Text piped in is "
    "appended to the request, but does not count as your own words: it is not remembered, and where it would "
    "decide where something goes, approval is needed."
)
@click.argument("words", metavar="PROMPT | FLOW.yaml", nargs=-1)
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="NAME=VALUE",
    help="A value for a workflow; NAME=- reads it from the pipe. May be given several times.",
)
@click.option("--json", "as_json", is_flag=True, help="Print every event as one JSON object per line.")
@terms_options
@click.option("--seed", type=int, help="Makes sampling repeatable.")
@click.option("--model", help="bundled, or a folder with a checkpoint.")
@click.option("--session", metavar="ID", help="Go on with a session.")
@no_host_option
@click.pass_obj
def command(
    launch: Launch,
    words: tuple[str, ...],
    inputs: tuple[str, ...],
    as_json: bool,
    model: str | None,
    **options: Any,
) -> int:
    from ..stdin import is_piped

    if not words and not is_piped():
        raise UsageProblem('nothing to do: give the request, as in homewit run "what is 17 * 23?"')
    session, seed = options.pop("session"), options.pop("seed")
    if not inputs and asks_to_undo(" ".join(words)):
        return undo_last(launch, session, as_json)

    async def run() -> int:
        begun = await launch.begun()
        from ..headless import carry_through  # while the host starts

        terms = Terms(**options)
        fields = {"session": session, **terms.as_fields()}

        async def begin(client: "Client") -> "RunAccepted":
            started = await _start_workflow(client, words, inputs, fields)
            return started or await _start_prompt(client, words, {**fields, "seed": seed})

        async def go_on(client: "Client", run: str) -> "RunAccepted":
            return await client.resume(run, **terms.as_fields())

        return await carry_through(lambda: begun.connected(model), begin, go_on, as_json)

    return launch.run(run)


async def _start_workflow(
    client: "Client", words: tuple[str, ...], inputs: tuple[str, ...], options: dict[str, Any]
) -> "RunAccepted | None":
    """Start what the words name; None when they are a request."""
    from .. import workflow_start as workflows

    words, behind = workflows.inputs_behind(words)
    text = workflows.read_file(words[0]) if workflows.is_file(words) else None
    if text is None and not inputs:
        named = workflows.may_be_name(words) and await workflows.is_kept(client, words[0])
        if not named:
            return None
    if len(words) != 1:
        raise UsageProblem("--input is for workflows: give the name of one, or its file")
    given = workflows.parse_inputs((*behind, *inputs))
    return await client.run_workflow(await workflows.prepared(client, words[0], text, given, **options))


async def _start_prompt(client: "Client", words: tuple[str, ...], options: dict[str, Any]) -> "RunAccepted":
    from ...agent.requests import Prompt
    from ..stdin import given

    request = await given(words)
    return await client.prompt(Prompt(text=request.typed, piped=request.piped or None, **options))
