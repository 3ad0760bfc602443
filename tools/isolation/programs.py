"""Programs that are kept running and spoken to through their pipes, such as MCP servers.

They are started in the sandbox, and see the system's programs, the folders that they are installed in, and
what the user has granted. Knows nothing of what is said to them.
"""

import asyncio
import os
import shutil
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ..errors import ToolFailed
from ..processes import Process, plain_environment, start_piped
from ..sandbox import Sandbox
from .confinement import SYSTEM

_LONGEST_LINE = 16_000_000


class Program:
    """A program that was started to be spoken to, line by line."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._said: deque[str] = deque(maxlen=5)
        self._listening = asyncio.ensure_future(self._listen())

    @property
    def ended(self) -> bool:
        """Whether it runs no more."""
        return self._process.returncode is not None

    async def line(self) -> bytes:
        """The next line of its output, nothing at the end; raises ConnectionError for too long a one."""
        assert self._process.stdout is not None  # noqa: S101  opened as a pipe
        try:
            return await self._process.stdout.readline()
        except ValueError as error:
            raise ConnectionError("it wrote a line that is too long") from error

    async def write(self, line: bytes) -> None:
        """Give it one line; raises ConnectionError when it is gone."""
        assert self._process.stdin is not None  # noqa: S101
        self._process.stdin.write(line)
        await self._process.stdin.drain()

    def last_words(self) -> str:
        """The end of what it said on stderr."""
        return " ".join(self._said)

    async def end(self, grace_s: float) -> None:
        """Close its input, and end it with everything that it started unless it ends by itself."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait({self._process.ended}, timeout=grace_s)
        finally:
            self._process.end()
        await self._process.wait()
        await asyncio.wait({self._listening})

    async def _listen(self) -> None:
        assert self._process.stderr is not None  # noqa: S101
        try:
            while line := await self._process.stderr.readline():
                if text := line.decode("utf-8", "replace").strip():
                    self._said.append(text[:300])
        except ValueError:
            self._said.append("(a line that is too long)")


async def start_program(
    command: Sequence[str],
    *,
    cwd: Path,
    readable: Iterable[Path] = (),
    writable: Iterable[Path] = (),
    network: bool = False,
    confined: bool = True,
    variables: Mapping[str, str] | None = None,
) -> Program:
    """Start a program that the user has named, such as an MCP server, to be spoken to through its pipes.

    Args:
        command: the program and its arguments; never text from a model.
        cwd: the folder that it runs in, so that relative paths mean what they mean to the user; in the
            sandbox only if it may see that.
        readable: folders and files that it may read beside the system's programs and its own.
        writable: folders that it may change, without what is protected inside them.
        network: whether it may use the network.
        confined: whether it runs in the sandbox; without, it may do all that the user may.
        variables: what it finds in its environment beside the usual.

    Raises SandboxUnavailable, ToolDenied for a folder that cannot be granted, ToolFailed when it cannot
    start.
    """
    found, given = shutil.which(command[0]), dict(variables or {})
    if found is None:
        raise ToolFailed(f"There is no program {command[0]!r}.")
    words = [found, *command[1:]]
    try:
        if confined:
            seen = [*_environments_of(Path(found)), *(path.absolute() for path in readable)]
            sandbox = Sandbox(tuple(writable), network=network)
            process = await sandbox.start(words, seen, given, cwd, _LONGEST_LINE)
        else:
            environment = plain_environment(**given)
            process = await start_piped(words, environment, cwd=cwd, longest_line=_LONGEST_LINE)
    except OSError as error:
        raise ToolFailed(f"{command[0]} cannot be started: {error.strerror or error}.") from error
    return Program(process)


def _environments_of(program: Path) -> list[Path]:
    """The folders that a program is installed in, unless these are the system's: its own, that of what it
    links to, and that of its interpreter.
    """
    found: list[Path] = []
    for place in (program.absolute(), program.resolve(), *_interpreter(program)):
        folder = place.parent.parent if place.parent.name == "bin" else place.parent
        inside = any(folder.is_relative_to(system) for system in (*SYSTEM, *found))
        if not inside and len(folder.parts) > 2:
            found.append(folder)
    return found


def _interpreter(script: Path) -> list[Path]:
    """What a script's first line names, as it stands and as it resolves; nothing for other programs."""
    with script.open("rb") as file:
        first = file.readline(300)
    words = first.removeprefix(b"#!").split() if first.startswith(b"#!") else []
    named = [Path(os.fsdecode(word)) for word in words if word.startswith(b"/")]
    return [path for one in named for path in (one, one.resolve())]
