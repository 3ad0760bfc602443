"""Commands, run only inside the sandbox and only where one really starts."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from ..context import ToolContext
from ..decorator import tool
from ..sandbox import Sandbox
from ..spec import Effect

_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command printed (both streams) and how it ended."""

    text: str
    output: str
    exit_code: int


@tool(effect=Effect.EXECUTE, sinks=("command",), timeout_s=_TIMEOUT_S + 15)
async def run_command(
    command: Annotated[str, Field(min_length=1, max_length=10_000, examples=["ls -l", "wc -l notes.txt"])],
    *,
    ctx: ToolContext,
) -> CommandResult:
    """Run a shell command in a sandbox, without network, in the working folder.

    Args:
        command: The command line.
    """
    sandbox = Sandbox(writable=ctx.roots, hidden=ctx.protected)
    finished = await sandbox.run(command, cwd=ctx.cwd, timeout_s=_TIMEOUT_S)
    output = finished.output
    if finished.dropped_bytes:
        output += f"\n[{finished.dropped_bytes:,} more bytes of output were not kept]"
    text = output.rstrip() or "The command printed nothing."
    if finished.exit_code != 0:
        text += f"\n(exit code {finished.exit_code})"
    return CommandResult(text, output, finished.exit_code)
