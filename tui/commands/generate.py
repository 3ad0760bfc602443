"""``homewit generate``: the model alone, streaming; no tools, no memory, no plan."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import output
from ..errors import UsageProblem
from ..launch import Launch
from ..no_host import no_host_option
from ..sampling_options import sampling_fields, sampling_options

if TYPE_CHECKING:
    from ...agent.requests import Generated
    from ..client import Client, Notice


_NO_WRITER = "the bundled model was made to plan, not to write; name one that writes with --model"
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(help="Let the model continue or answer a text, without tools or memory.")
@click.argument("words", metavar="[PROMPT]", nargs=-1)
@click.option("--model", help="bundled, or a folder with a checkpoint.")
@sampling_options
@click.option("--schema", type=_FILE, help="JSON Schema the output must fit.")
@click.option("--grammar", type=_FILE, help="Lark grammar the output must fit.")
@click.option("--raw", is_flag=True, help="Give the prompt to the model as it is, without a chat template.")
@click.option("--usage", "show_usage", is_flag=True, help="Tell on stderr what it cost.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object with text, finish_reason and usage."
)
@no_host_option
@click.pass_obj
def command(launch: Launch, words: tuple[str, ...], as_json: bool, show_usage: bool, **options: Any) -> int:
    from ..stdin import joined_prompt

    model, schema, grammar = options.pop("model"), options.pop("schema"), options.pop("grammar")
    json_schema = _read_schema(schema) if schema else None
    lark = _read(grammar) if grammar else None
    fields = sampling_fields(options)

    async def generate() -> "Generated":
        text = await joined_prompt(words, "generate")
        async with launch.connected(model) as connection:
            from ...agent.requests import Generate  # while the host starts

            if connection.status.model == "bundled" and not as_json:
                output.say(_NO_WRITER, "yellow")
            request = Generate(prompt=text, json_schema=json_schema, grammar=lark, **fields)
            return await _stream(connection.client, request, show=not as_json)

    done = launch.run(generate)
    if as_json:
        beside = {"thinking": done.thinking, "logprobs": [entry.model_dump() for entry in done.logprobs]}
        shown = {name: value for name, value in beside.items() if value}
        output.record({"text": done.text, **shown, "finish_reason": done.finish_reason, "usage": done.usage})
    elif done.finish_reason == "length":
        output.say(f"stopped at --max-tokens {options['max_tokens']}", "yellow")
    if show_usage:
        from ...agent.events import UsageReported
        from ..narrate import usage_text

        output.say(usage_text(UsageReported(**done.usage)), "dim")
    return 0


async def _stream(client: "Client", request: Any, show: bool) -> "Generated":
    from ..client import GeneratedText

    stream = output.Stream()

    def take(notice: "Notice") -> None:
        if show and isinstance(notice, GeneratedText):
            stream.push(notice.text)

    try:
        return await client.attended(client.generate(request), take)
    finally:
        if show:
            stream.finish()


def _read_schema(path: Path) -> dict[str, Any]:
    try:
        schema = json.loads(_read(path))
    except ValueError as error:
        raise UsageProblem(f"{path} is not a JSON Schema: {error}") from error
    if not isinstance(schema, dict):
        raise UsageProblem(f"{path} is not a JSON Schema: it must hold one JSON object")
    return schema


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise UsageProblem(f"{path} cannot be read: {error}") from error
