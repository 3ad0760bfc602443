"""The only place that starts a process for a tool.

Commands and programs that have to be shut in come here with bubblewrap in front (`sandbox.py` says how it is
told); Homewit's own programs around plugins start here, too. A process gets the environment that it is given
and nothing else of it, no descriptor but its pipes, and a session of its own, which ends with it
(`isolation/group.py`). Nothing here knows what a command is for.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .isolation.group import Group
from .isolation.started import Pipes, Process
from .isolation.syscalls import refusing_filter

__all__ = [
    "Process",
    "Said",
    "answer_of",
    "output_of",
    "plain_environment",
    "start_piped",
    "start_python",
    "start_to_listen",
]


_LONGEST_LINE = 65_536


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
    pipes = Pipes(_LONGEST_LINE)
    try:
        out = await pipes.open_stdout()
        return _start(command, environment, None, (subprocess.DEVNULL, out, subprocess.STDOUT), pipes, rules)
    except BaseException:
        pipes.close()
        raise
    finally:
        pipes.give_away()


async def start_piped(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    cwd: Path | None = None,
    longest_line: int = _LONGEST_LINE,
    rules: bytes | None = None,
) -> Process:
    """Start a program with pipes.

    Args:
        environment: all that it finds there.
        longest_line: bytes that one line of its output may have.
        rules: a filter of system calls (`syscalls.py`) for `command`, which then begins with bubblewrap.
    """
    pipes = Pipes(longest_line)
    try:
        ends = (await pipes.open_stdin(), await pipes.open_stdout(), await pipes.open_stderr())
        return _start(command, environment, cwd, ends, pipes, rules)
    except BaseException:
        pipes.close()
        raise
    finally:
        pipes.give_away()


def _start(
    command: Sequence[str],
    environment: Mapping[str, str],
    cwd: Path | None,
    ends: tuple[int, int, int],
    pipes: Pipes,
    rules: bytes | None,
) -> Process:
    """Not to be awaited, so that a process that was started is known to whoever wanted it."""
    with _Rules(rules) as guard:
        child = subprocess.Popen(
            guard.around(command),
            cwd=cwd,
            stdin=ends[0],
            stdout=ends[1],
            stderr=ends[2],
            env=environment,
            start_new_session=True,
            pass_fds=guard.descriptors,
        )
    return Process(child, pipes)


async def start_python(
    arguments: Sequence[str],
    *,
    cwd: Path,
    shield: Sequence[str] = (),
    longest_line: int = _LONGEST_LINE,
) -> Process:
    """Start this Python with pipes, for Homewit's own programs around tools.

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


def answer_of(
    command: Sequence[str], *, cwd: Path, timeout_s: float, max_bytes: int, rules: bytes | None = None
) -> Said:
    """Run a program of the system's that only looks, such as ripgrep; blocks. Never a command of a model.

    `rules` as for `start_piped`. Raises OSError when it cannot be started, TimeoutError when it takes longer,
    ValueError when it writes more than `max_bytes`; it is ended then.
    """
    with _Rules(rules) as guard:
        process = subprocess.Popen(
            guard.around(command),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=plain_environment(),
            start_new_session=True,
            pass_fds=guard.descriptors,
        )
    assert process.stdout is not None  # noqa: S101  opened as pipes
    assert process.stderr is not None  # noqa: S101
    group, late = Group(process), threading.Event()

    def end() -> None:
        late.set()
        group.kill()

    timer = threading.Timer(timeout_s, end)
    with process.stdout, process.stderr:
        try:
            timer.start()
            output = process.stdout.read(max_bytes + 1)
            if len(output) > max_bytes:
                raise ValueError(f"it wrote more than {max_bytes:,} bytes")
            errors = process.stderr.read(max_bytes)
            exit_code = group.wait()
        except BaseException:
            group.kill()
            group.wait()
            raise
        finally:
            timer.cancel()
    if late.is_set():
        raise TimeoutError(f"it gave no answer within {timeout_s:g} seconds")
    return Said(output, errors, exit_code)


def output_of(
    command: Sequence[str], *, cwd: Path, timeout_s: float, max_bytes: int, rules: bytes | None = None
) -> Said | None:
    """As `answer_of`; None when there is no answer, whyever."""
    try:
        return answer_of(command, cwd=cwd, timeout_s=timeout_s, max_bytes=max_bytes, rules=rules)
    except (OSError, ValueError):
        return None


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
