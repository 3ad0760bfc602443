"""The only place that starts a process for a tool, and the one that ends it.

Commands and programs that have to be shut in come here with bubblewrap in front (`sandbox.py` says how it is
told); Homewit's own programs around plugins start here, too. A process gets the environment that it is given
and nothing else of it, and no descriptor but its pipes. Nothing here knows what a command is for.
"""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .isolation.syscalls import refusing_filter

Process = asyncio.subprocess.Process


@dataclass(frozen=True, slots=True)
class Said:
    """What a program wrote, and how it ended."""

    output: bytes
    errors: bytes
    exit_code: int


async def start_to_listen(
    command: Sequence[str], environment: Mapping[str, str], *, rules: bytes | None = None
) -> Process:
    """Start a program that is only listened to: no input, and its errors among its output.

    `rules` as for `start_piped`.
    """
    with _Rules(rules) as guard:
        return await asyncio.create_subprocess_exec(
            *guard.around(command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=environment,
            start_new_session=True,
            pass_fds=guard.descriptors,
        )


async def start_piped(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    cwd: Path | None = None,
    longest_line: int = 65_536,
    rules: bytes | None = None,
) -> Process:
    """Start a program with pipes, in a session of its own.

    Args:
        environment: all that it finds there.
        longest_line: bytes that one line of its output may have.
        rules: a filter of system calls (`syscalls.py`) for `command`, which then begins with bubblewrap.
    """
    with _Rules(rules) as guard:
        return await asyncio.create_subprocess_exec(
            *guard.around(command),
            cwd=cwd,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
            start_new_session=True,
            limit=longest_line,
            pass_fds=guard.descriptors,
        )


async def start_python(
    arguments: Sequence[str],
    *,
    cwd: Path,
    shield: Sequence[str] = (),
    longest_line: int = 65_536,
) -> Process:
    """Start this Python with pipes, in a session of its own, for Homewit's own programs around tools.

    Args:
        arguments: what follows the interpreter; never text from a model.
        shield: bubblewrap with what shuts the program in, put in front of it; it gets a filter, too.
        longest_line: bytes that one line of its output may have.

    It gets a plain environment, and modules are not looked for in the folder that it runs in. pydantic does
    not look through all distributions for plugins of its own, which would come in unasked.
    """
    command = [*shield, sys.executable, "-P", *arguments]
    environment = plain_environment(PYTHONUTF8="1", PYDANTIC_DISABLE_PLUGINS="__all__")
    rules = refusing_filter(unix_sockets=False) if shield else None
    return await start_piped(command, environment, cwd=cwd, longest_line=longest_line, rules=rules)


def output_of(
    command: Sequence[str], *, cwd: Path, timeout_s: float, max_bytes: int, rules: bytes | None = None
) -> Said | None:
    """Run a program of the system's that only looks, such as ripgrep; blocks. Never a command of a model.

    None when it cannot be started, takes longer, or writes more than `max_bytes`; it is ended then. `rules`
    as for `start_piped`.
    """
    try:
        with _Rules(rules) as guard:
            process = subprocess.Popen(
                guard.around(command),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=plain_environment(),
                pass_fds=guard.descriptors,
            )
    except OSError:
        return None
    late = threading.Event()

    def end() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(timeout_s, end)
    timer.start()
    with process:
        try:
            assert process.stdout is not None  # noqa: S101  opened as pipes
            assert process.stderr is not None  # noqa: S101
            output = process.stdout.read(max_bytes + 1)
            if len(output) > max_bytes:
                return None
            errors = process.stderr.read(max_bytes)
            exit_code = process.wait()
            return None if late.is_set() else Said(output, errors, exit_code)
        finally:
            timer.cancel()
            process.kill()


def kill_group(process: Process) -> None:
    """End a process with everything in its group; for bubblewrap, that is all that runs inside."""
    if process.returncode is not None:
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it ended by itself in this moment


_HANDED_ON = frozenset("PATH HOME USER LOGNAME LANG TZ TMPDIR PYTHONPATH VIRTUAL_ENV".split())


def plain_environment(**variables: str) -> dict[str, str]:
    """What a program needs to find its way, and `variables`; none of ours that could hold a secret."""
    named = {
        name: value for name, value in os.environ.items() if name in _HANDED_ON or name.startswith("LC_")
    }
    return {**named, **variables}


class _Rules:
    """Hands a filter of system calls to bubblewrap: by a pipe, which holds it whole and is read once."""

    def __init__(self, rules: bytes | None) -> None:
        self._rules = rules
        self.descriptors: tuple[int, ...] = ()

    def around(self, command: Sequence[str]) -> Sequence[str]:
        """The command with the filter as its first argument."""
        program, *arguments = command
        told = [word for number in self.descriptors for word in ("--seccomp", str(number))]
        return [program, *told, *arguments]

    def __enter__(self) -> "_Rules":
        if self._rules is not None:
            reads, writes = os.pipe()
            os.write(writes, self._rules)
            os.close(writes)
            self.descriptors = (reads,)
        return self

    def __exit__(self, *failure: object) -> None:
        for one in self.descriptors:
            os.close(one)
