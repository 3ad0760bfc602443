"""``homewit generate``: the model alone, streaming; no tools, no memory, no plan."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import output
from ..errors import HostStopped, UsageProblem
from ..launch import Launch

if TYPE_CHECKING:
    from ...agent.requests import Generated
    from ..client import Client


@click.command(help="Let the model continue or answer a text, without tools or memory.")
@click.argument("words", metavar="[PROMPT]", nargs=-1)
@click.option("--model", help="bundled, or a folder with a checkpoint.")
@click.option("--max-tokens", type=click.IntRange(min=1), default=256, show_default=True)
@click.option(
    "--temperature", type=click.FloatRange(min=0), default=0.0, show_default=True, help="0 is greedy."
)
@click.option("--seed", type=int, help="Makes sampling repeatable.")
@click.option(
    "--schema",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON Schema the output must fit.",
)
@click.option("--raw", is_flag=True, help="Give the prompt to the model as it is, without a chat template.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object with text, finish_reason and usage."
)
@click.pass_obj
def command(launch: Launch, words: tuple[str, ...], as_json: bool, **options: Any) -> int:
    from ..stdin import joined_prompt

    model, schema = options.pop("model"), options.pop("schema")
    json_schema = _read_schema(schema) if schema else None

    async def generate() -> "Generated":
        text = await joined_prompt(words, "generate")
        async with launch.connected(model) as connection:
            from ...agent.requests import Generate  # while the host starts

            request = Generate(prompt=text, json_schema=json_schema, **options)
            return await _stream(connection.client, request, show=not as_json)

    done = launch.run(generate)
    if as_json:
        output.record({"text": done.text, "finish_reason": done.finish_reason, "usage": done.usage})
    elif done.finish_reason == "length":
        output.say(f"stopped at --max-tokens {options['max_tokens']}", "yellow")
    return 0


async def _stream(client: "Client", request: Any, show: bool) -> "Generated":
    import asyncio

    from ..client import GeneratedText, Stopped

    stream = output.Stream()
    result = asyncio.create_task(client.generate(request))
    result.add_done_callback(lambda _: client.inbox.put_nowait(GeneratedText("")))
    try:
        while not (result.done() and client.inbox.empty()):
            notice = await client.inbox.get()
            if isinstance(notice, Stopped) and not result.done():
                raise HostStopped(notice.reason)
            if show and isinstance(notice, GeneratedText):
                stream.push(notice.text)
        return await result
    finally:
        result.cancel()
        if show:
            stream.finish()


def _read_schema(path: Path) -> dict[str, Any]:
    try:
        schema = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageProblem(f"{path} is not a JSON Schema: {error}") from error
    if not isinstance(schema, dict):
        raise UsageProblem(f"{path} is not a JSON Schema: it must hold one JSON object")
    return schema
