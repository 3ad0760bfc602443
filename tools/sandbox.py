"""Commands, programs and workers that are shut in by bubblewrap, which is tried before it is trusted.

A command of a model runs inside a sandbox that really runs, or not at all. Inside: the system's programs
read-only, a private /tmp, no network, no other processes, no capabilities, a filter of system calls, and
write access to the granted folders, minus the files that programs obey. Nothing here knows what a command is
for, or whether the user agreed to it.
"""

import asyncio
import codecs
import errno
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .calling.threads import run_in_thread
from .errors import SandboxUnavailable, SandboxUncertain, ToolDenied, ToolTimeout
from .isolation.confinement import (
    ENVIRONMENT,
    NOT_GRANTABLE,
    Reach,
    Understood,
    command_room,
    granted,
    own_python,
    worker_room,
)
from .isolation.obeyed import MOST_FOLDERS, Obeyed, obeyed_below, set_aside
from .isolation.own_code import find_program
from .isolation.syscalls import refusing_filter
from .processes import Process, Said, answer_of, start_piped, start_to_listen

Show = Callable[[str], None]

_MOST_FOR_WORKERS = 2_000  # folders that are looked through when a worker starts, which should not take long

# When the machine runs out of memory, what tools have started is ended first, and no program of the user's.
_GOES_FIRST = "echo 1000 > /proc/self/oom_score_adj; "
# The shell's own limits, set before the command starts: no core files, 4 GiB per file, 4 GiB of memory for
# each of at most 1,024 processes.
_LIMITS = (
    f"{_GOES_FIRST}ulimit -c 0; ulimit -f 4194304; "
    "ulimit -d 4194304 2>/dev/null; ulimit -u 1024 2>/dev/null; "
)
_ENDS_WITH = 7
_TRIAL_S = 60.0  # a busy machine may stand still for a while
_PASSES = frozenset((errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE))  # a machine that is full
_LAST_S = 10.0  # for bubblewrap to end after all that it has shut in
_TRIVIAL = ("/bin/sh", "-c", f"exit {_ENDS_WITH}")
_INSTALL_HINT = (
    "Install it with `sudo apt install bubblewrap`, `sudo dnf install bubblewrap` or "
    "`sudo pacman -S bubblewrap`."
)
_NAMESPACE_HINT = (
    "This system does not let programs make user namespaces. On Ubuntu 24.04 or later an AppArmor profile "
    "for bwrap allows it (or: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0); in a container, "
    "it has to be started with permission to do so."
)


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended.

    Attributes:
        dropped_bytes: how much of the output went beyond the limit and was not kept.
        set_aside: files that it made and that programs would obey, under the names that they have now.
    """

    output: str
    exit_code: int
    dropped_bytes: int = 0
    set_aside: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Runs commands shut in.

    Attributes:
        writable: folders that the command may change.
        hidden: folders inside them that it may not even see.
        network: whether it may use the network, all of it; a sandbox cannot tell addresses apart.
        program: the bubblewrap program, a name on PATH or a path.
        max_output: bytes of output that are kept; more is counted and dropped.
    """

    writable: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    network: bool = False
    program: str = "bwrap"
    max_output: int = 100_000

    async def run(self, command: str, *, cwd: Path, timeout_s: float, show: Show | None = None) -> Finished:
        """Run a shell command in `cwd`, which must be inside a writable folder.

        `show` gets the output as it comes. Raises SandboxUnavailable, ToolDenied for folders that cannot be
        granted, ToolTimeout.
        """
        shell = "/bin/bash" if Path("/bin/bash").exists() else "/bin/sh"
        inner = [shell, "-c", f'mkdir -p "$HOME"; {_LIMITS}exec {shell} -c "$1"', "command", command]
        return await self._run(inner, (), cwd, timeout_s, show)

    async def run_python(
        self, code: str, *, cwd: Path, timeout_s: float, show: Show | None = None
    ) -> Finished:
        """Run a program with this Python and its standard library; otherwise as `run`."""
        python = os.path.realpath(sys.executable)
        inner = [
            "/bin/sh",
            "-c",
            f'mkdir -p "$HOME"; {_LIMITS}exec "$1" -I -u -c "$2"',
            "python",
            python,
            code,
        ]
        return await self._run(inner, own_python(), cwd, timeout_s, show)

    async def _run(
        self, inner: Sequence[str], more: Sequence[str], cwd: Path, timeout_s: float, show: "Show | None"
    ) -> Finished:
        roots = [Path(os.path.realpath(folder)) for folder in self.writable]
        place = Path(os.path.realpath(cwd))
        for root in roots:
            if str(root) in NOT_GRANTABLE:
                raise ToolDenied(f"Commands cannot be given the whole of {root}; grant a folder of your own.")
        if not any(place.is_relative_to(root) for root in roots):
            raise ToolDenied(f"The working folder {place} is not inside a granted folder.")
        await self.probe()
        before = await run_in_thread(_obeyed, roots)
        arguments = [*self._room(), *more, *granted(roots, before, self.hidden, place), "--chdir", str(place)]
        command = [self._found(), *arguments, "--", *inner]
        return await _run(command, self._rules(), timeout_s, self.max_output, show, before)

    async def start(
        self,
        command: Sequence[str],
        readable: Sequence[Path],
        variables: Mapping[str, str],
        cwd: Path,
        longest_line: int,
    ) -> Process:
        """Start a program that is kept and spoken to through its pipes.

        `readable` folders and files it sees as they are; `variables` are added to its environment. It runs in
        `cwd` where it sees that, else in the first folder that it may change. Raises SandboxUnavailable,
        OSError, and ToolDenied for folders that cannot be granted.
        """
        roots = [Path(os.path.realpath(folder)) for folder in self.writable]
        for root in roots:
            if str(root) in NOT_GRANTABLE:
                raise ToolDenied(f"Programs cannot be given the whole of {root}; grant a folder of your own.")
        await self.probe()
        arguments = self._room()
        arguments += [word for path in readable for word in ("--ro-bind", str(path), str(path))]
        here, own = Path(os.path.realpath(cwd)), Path("/tmp")  # the latter one that nobody else sees
        place = here if any(here.is_relative_to(one) for one in (*roots, *readable)) else [*roots, own][0]
        arguments += granted(roots, await run_in_thread(_obeyed, roots), self.hidden, place)
        arguments += ["--dir", ENVIRONMENT["HOME"], "--chdir", str(place), "--"]
        return await start_piped(
            [self._found(), *arguments, *("/bin/sh", "-c", f'{_GOES_FIRST}exec "$@"', "program"), *command],
            {**ENVIRONMENT, **variables},
            longest_line=longest_line,
            rules=self._rules(),
        )

    def _room(self) -> list[str]:
        return command_room(self.network, _understood(self._found()))

    def _rules(self) -> bytes | None:
        """With the network come the Unix sockets of others that have a name instead of a path."""
        return refusing_filter(unix_sockets=not self.network)

    async def probe(self) -> None:
        """Start a trivial command in the same configuration; raises SandboxUnavailable with the reason."""
        program = self._found()
        if program in _working:
            return
        try:
            await run_in_thread(_understood, program)  # which is remembered, and may take its time
            ended = await _run([program, *self._room(), "--", *_TRIVIAL], self._rules(), _TRIAL_S, 2_000)
        except (OSError, ToolTimeout) as error:
            raise SandboxUnavailable(
                f"Commands run only in a sandbox, and bubblewrap failed: {error}"
            ) from error
        if ended.exit_code != _ENDS_WITH:
            said = ended.output.strip().splitlines()[-1:] or [f"exit code {ended.exit_code}"]
            raise SandboxUnavailable(
                "Commands run only in a sandbox, and bubblewrap does not start here: "
                f"{said[0]}. {_NAMESPACE_HINT}"
            )
        _working.add(program)

    def _found(self) -> str:
        if not sys.platform.startswith("linux"):
            raise SandboxUnavailable("Commands run only in a sandbox, which needs Linux with bubblewrap.")
        program = find_program(self.program, self.writable)
        if program is None:
            raise SandboxUnavailable(
                f"Commands run only in a sandbox, and bubblewrap is not installed. {_INSTALL_HINT}"
            )
        return program


_working: set[str] = set()  # programs whose probe passed; a failure is asked again, it may have been mended


def _understood(program: str) -> Understood:
    """What this version of bubblewrap has options for."""
    words = _told(program)
    return Understood(b"--disable-userns" in words, b"--size" in words)


@lru_cache(maxsize=8)
def _told(program: str) -> bytes:
    said = _answer([program, "--help"], 100_000)
    return said.output + said.errors if said is not None else b""


def _obeyed(roots: Sequence[Path], most: int = MOST_FOLDERS) -> dict[Path, Obeyed]:
    outermost = [
        one for one in roots if not any(one != other and one.is_relative_to(other) for other in roots)
    ]
    return {root: obeyed_below(root, most) for root in dict.fromkeys(outermost)}


def _set_aside(before: dict[Path, Obeyed]) -> list[Path]:
    return [moved for root, found in before.items() for moved in set_aside(found, root)]


async def _run(
    command: Sequence[str],
    rules: bytes | None,
    timeout_s: float,
    max_output: int,
    show: Show | None = None,
    before: dict[Path, Obeyed] | None = None,
) -> Finished:
    """Start a command behind bubblewrap and read it to its end; `before`: what was obeyed in its folders."""
    process = await start_to_listen(command, ENVIRONMENT, rules=rules)
    try:
        async with asyncio.timeout(timeout_s):
            output, dropped = await _read(process, max_output, show)
            exit_code = await process.wait()
    except TimeoutError as error:
        raise ToolTimeout(
            f"The command did not finish within {timeout_s:g} seconds and was ended."
        ) from error
    finally:
        cleaning = asyncio.ensure_future(_clean(process, before or {}))
        _cleaning.add(cleaning)
        cleaning.add_done_callback(_cleaning.discard)
        moved = await asyncio.shield(cleaning)  # a caller that is cancelled again does not wait for it
    return Finished(output.decode("utf-8", "replace"), exit_code, dropped, tuple(moved))


_cleaning: set["asyncio.Task[list[Path]]"] = set()


async def _clean(process: Process, before: dict[Path, Obeyed]) -> list[Path]:
    """End a command, and look at what it has left when nothing of it can make more."""
    process.end_below()
    await asyncio.wait({process.ended}, timeout=_LAST_S)
    process.end()
    await process.wait()
    return await run_in_thread(_set_aside, before)


async def _read(process: Process, max_output: int, show: Show | None) -> tuple[bytes, int]:
    """Read to the end, so that a chatty command is not blocked, keeping the first `max_output` bytes."""
    kept, dropped = bytearray(), 0
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    stream = process.stdout
    while stream is not None and (chunk := await stream.read(65_536)):
        fits = chunk[: max(max_output - len(kept), 0)]
        kept += fits
        dropped += len(chunk) - len(fits)
        if show is not None and fits and (text := decoder.decode(fits)):
            show(text)
    return bytes(kept), dropped


def worker_shield(reach: Reach) -> list[str]:
    """The command that shuts a worker in, for `start_python`; nothing where no sandbox starts. Blocks.

    Raises SandboxUncertain when it cannot be told now whether one starts: what might have to be shut in
    must not run as if nothing could.
    """
    real = [Path(os.path.realpath(root)) for root in reach.roots]
    program = find_program("bwrap", real) if sys.platform.startswith("linux") else None
    if program is None or not _shields(program):
        return []
    found = _obeyed([root for root in real if str(root) not in NOT_GRANTABLE], _MOST_FOR_WORKERS)
    return [program, *worker_room(reach, found, _understood(program)), "--"]


@lru_cache(maxsize=4)
def _shields(program: str) -> bool:
    """Whether bubblewrap starts here with what a worker needs; only an answer is remembered."""
    trial = [program, *worker_room(Reach(), {}, _understood(program)), "--", *_TRIVIAL]
    said = _answer(trial, 2_000, refusing_filter(unix_sockets=False))
    if said is None or said.exit_code == _ENDS_WITH:
        return said is not None
    words = (said.output + said.errors).decode("utf-8", "replace")
    if any(os.strerror(number) in words for number in _PASSES):
        raise _uncertain(f"could not start: {words.strip()[:300]}")
    return False


def _answer(command: Sequence[str], max_bytes: int, rules: bytes | None = None) -> Said | None:
    """What bubblewrap says to a trial, None where it can never say anything; raises SandboxUncertain."""
    try:
        said = answer_of(command, cwd=Path("/"), timeout_s=_TRIAL_S, max_bytes=max_bytes, rules=rules)
    except ValueError:
        return None
    except TimeoutError as error:
        raise _uncertain(f"gave no answer within {_TRIAL_S:g} seconds") from error
    except OSError as error:
        if error.errno in _PASSES:
            raise _uncertain(f"could not be started: {error.strerror}") from error
        return None
    if said.exit_code < 0:  # by a signal, as when memory runs out
        raise _uncertain(f"was ended (signal {-said.exit_code})")
    return said


def _uncertain(why: str) -> SandboxUncertain:
    return SandboxUncertain(
        f"Whether a sandbox starts here could not be found out, so nothing was started without one: "
        f"bubblewrap {why}. Try again when the machine is less busy."
    )
