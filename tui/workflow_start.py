"""From what was typed to a request that runs a workflow: its file or name, its inputs, what is missing.

Knows nothing of what a workflow does.
"""

import asyncio
import re
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .errors import RequestFailed, UsageProblem

if TYPE_CHECKING:
    from ..agent.requests import RunWorkflow
    from .client import Client

SUFFIXES = (".yaml", ".yml")
FROM_PIPE = "-"
RUN = "/run"
"""What a workflow is started by in a chat; the rest of the line is its name and inputs."""
_SAID = re.compile(r"(?:please )?run (?:(?:the|my) )?(?:workflow )?(?P<rest>\S[^\n]*)", re.IGNORECASE)
_HERE = Path()
_MOST_BYTES = 1024 * 1024
_USAGE = -32000


def is_file(words: tuple[str, ...]) -> bool:
    """Whether a command line names a workflow file."""
    return len(words) == 1 and words[0].endswith(SUFFIXES) and "\n" not in words[0]


def may_be_name(words: tuple[str, ...]) -> bool:
    """Whether a command line could be the name of a kept workflow."""
    return len(words) == 1 and words[0].replace("-", "").isalnum() and words[0].islower()


def inputs_behind(words: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """``words`` without the inputs that stand behind what may be a workflow, as in ``trip.yaml miles=3``."""
    first, rest = words[:1], words[1:]
    if rest and (is_file(first) or may_be_name(first)) and all(map(_is_pair, rest)):
        return first, rest
    return words, ()


def _is_pair(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return bool(equals) and name.isidentifier()


def read_file(name: str) -> str:
    """The text of a workflow file; raises ``UsageProblem``."""
    try:
        with Path(name).open("rb") as opened:
            return opened.read(_MOST_BYTES + 1)[:_MOST_BYTES].decode("utf-8-sig")
    except FileNotFoundError as error:
        raise UsageProblem(
            f"there is no workflow file {name} here; `homewit workflow list` shows those that are kept"
        ) from error
    except OSError as error:
        raise UsageProblem(f"{name} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageProblem(f"{name} is not UTF-8 text (byte {error.start})") from error


def parse_inputs(given: Iterable[str]) -> dict[str, str]:
    """``NAME=VALUE`` pairs; raises ``UsageProblem`` for anything else."""
    found: dict[str, str] = {}
    for pair in given:
        name, _, value = pair.partition("=")
        if not _is_pair(pair):
            raise UsageProblem(f"an input is given as NAME=VALUE, not {pair!r}")
        if name in found:
            raise UsageProblem(f"the input {name} is given twice")
        found[name] = value
    return found


def typed_workflow(line: str, session: str | None, folder: Path = _HERE) -> "RunWorkflow | None":
    """What a line of a chat starts, if that is a workflow: a kept one, or a file in ``folder``.

    Raises ``UsageProblem``.
    """
    from ..agent.requests import RunWorkflow

    if not line.startswith(f"{RUN} "):
        return None
    try:
        name, *inputs = shlex.split(line.removeprefix(RUN))
    except ValueError as error:
        raise UsageProblem(f"a quote is not closed: {line}") from error
    text = read_file(str(folder / name)) if is_file((name,)) else None
    return RunWorkflow(name=name, text=text, inputs=parse_inputs(inputs), session=session)


async def asked_for(
    client: "Client", line: str, session: str | None, folder: Path = _HERE
) -> "RunWorkflow | None":
    """As ``typed_workflow``, and what is said without the slash, "run trip miles=3", where there is a file
    or a kept workflow of that name and no other word.
    """
    said = _SAID.fullmatch(line.strip())
    if said is None:
        return typed_workflow(line, session, folder)
    try:
        words = tuple(shlex.split(said["rest"]))
    except ValueError:
        return None  # an apostrophe, in a request like any other
    name, _ = inputs_behind(words)
    if is_file(name) and (folder / name[0]).is_file():
        return typed_workflow(f"{RUN} {said['rest']}", session, folder)
    if may_be_name(name) and await is_kept(client, name[0]):
        return typed_workflow(f"{RUN} {said['rest']}", session, folder)
    return None


async def is_kept(client: "Client", name: str) -> bool:
    """Whether a workflow of that name is kept in the home folder."""
    return any(item["name"] == name for item in await client.items("workflows.list"))


async def prepared(
    client: "Client", name: str, text: str | None, inputs: dict[str, Any], **options: Any
) -> "RunWorkflow":
    """The request for a workflow; an input that is ``-`` is read from the pipe, and on a terminal what is
    missing is asked for.
    """
    from ..agent.requests import RunWorkflow
    from .stdin import read_all

    piped = [input_ for input_, value in inputs.items() if value == FROM_PIPE]
    if len(piped) > 1:
        raise UsageProblem(f"only one input can be read from the pipe, and {', '.join(piped)} are to be")
    if piped:
        inputs = {**inputs, piped[0]: (await read_all(None)).strip("\n")}
    if sys.stdin.isatty() and sys.stderr.isatty():
        inputs = await _with_what_is_missing(client, name, text, inputs)
    return RunWorkflow(name=name, text=text, inputs=inputs, piped=piped, **options)


async def _with_what_is_missing(
    client: "Client", name: str, text: str | None, inputs: dict[str, Any]
) -> dict[str, Any]:
    for missing in await client.items("workflows.missing", name=name, text=text, given=inputs):
        said = missing["description"].rstrip(".: ") or missing["name"]
        while True:
            reply = await asyncio.to_thread(click.prompt, f"{said} ({missing['takes']})", err=True)
            try:
                tried = {**inputs, missing["name"]: reply}
                await client.items("workflows.missing", name=name, text=text, given=tried)
            except RequestFailed as error:
                if error.code != _USAGE:
                    raise
                click.echo(str(error), err=True)
            else:
                inputs = tried
                break
    return inputs
