"""Commands, run only inside the sandbox and only where one really starts."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from ..context import ToolContext
from ..decorator import tool
from ..errors import ToolRetry
from ..isolation.paths import shown_path
from ..sandbox import Finished, Sandbox
from ..spec import Effect

_TIMEOUT_S = 120.0
_COMMANDS = (
    "git status|git log|git diff|git branch|git pull|git push|docker ps|npm test|make test|ls -l|ls -la"
)
"""Beginnings of command lines that are nothing else, so that they need no "run" before them."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command printed (both streams) and how it ended."""

    text: str
    output: str
    exit_code: int


@tool(
    effect=Effect.EXECUTE,
    sinks=("command",),
    timeout_s=_TIMEOUT_S + 15,
    phrases=(
        "(run|execute) [the|this] [(shell|terminal|bash)] [(command|line|commands)] {command:shell}",
        "(run|execute) {command:shell} in (the|a) (terminal|shell|console|sandbox)",
        "(run|execute) [the|my|all|all the|all my] [unit] tests {command?}",
        "(run|execute) a [shell|terminal|bash] command {command?}",
        f"{{command:^{_COMMANDS}}}",
    ),
)
async def run_command(
    command: Annotated[str, Field(min_length=1, max_length=10_000, examples=["ls -l", "wc -l notes.txt"])],
    *,
    ctx: ToolContext,
) -> CommandResult:
    """Run a shell command in a sandbox, without network, in the working folder.

    Args:
        command: The command line.
    """
    _refuse_nul(command)
    finished = await _sandbox(ctx).run(command, cwd=ctx.cwd, timeout_s=_TIMEOUT_S, show=ctx.output)
    return _told(finished, ctx)


@tool(effect=Effect.EXECUTE, sinks=("code",), timeout_s=_TIMEOUT_S + 15)
async def run_python(
    code: Annotated[str, Field(min_length=1, max_length=50_000, examples=["print(sum(range(101)))"])],
    *,
    ctx: ToolContext,
) -> CommandResult:
    """Run a Python program in a sandbox, without network, in the working folder; its output is the result.

    Args:
        code: The program; it has the standard library.
    """
    _refuse_nul(code)
    finished = await _sandbox(ctx).run_python(code, cwd=ctx.cwd, timeout_s=_TIMEOUT_S, show=ctx.output)
    return _told(finished, ctx)


def _refuse_nul(text: str) -> None:
    if "\0" in text:
        raise ToolRetry("What is to be run cannot hold a NUL character.", "Leave it out.")


def _sandbox(ctx: ToolContext) -> Sandbox:
    network = ctx.settings.get("commands_network") == "yes"
    return Sandbox(writable=ctx.roots, hidden=ctx.protected, network=network)


def _told(finished: Finished, ctx: ToolContext) -> CommandResult:
    output = finished.output
    if finished.dropped_bytes:
        output += f"\n[{finished.dropped_bytes:,} more bytes of output were not kept]"
    text = output.rstrip() or "The command printed nothing."
    for path in finished.set_aside:
        text += f"\n(set aside, since programs obey such a file: {shown_path(path, ctx)})"
    if finished.exit_code != 0:
        text += f"\n(exit code {finished.exit_code})"
    return CommandResult(text, output, finished.exit_code)
