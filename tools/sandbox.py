"""The only place that starts a process for a tool.

A command of a model runs inside a bubblewrap sandbox that really runs, or not at all. Inside: the system's
programs read-only, a private /tmp, no network, no other processes, no capabilities, a filter of system calls,
and write access to the granted folders, minus the files that programs obey. Homewit's own program around
plugins starts here, too. Nothing here knows what a command is for, or whether the user agreed to it.
"""

import asyncio
import codecs
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from .confinement import ENVIRONMENT, NOT_GRANTABLE, command_room, granted, own_python, worker_room
from .errors import SandboxUnavailable, ToolDenied, ToolTimeout
from .obeyed import MOST_FOLDERS, Obeyed, obeyed_below, set_aside
from .syscalls import refusing_filter
from .threads import run_in_thread

Show = Callable[[str], None]

_MOST_FOR_WORKERS = 2_000  # folders that are looked through when a worker starts, which should not take long

# The shell's own limits, set before the command starts: no core files, 2 GiB per file, 4 GiB of memory for
# each of at most 1,024 processes.
_LIMITS = "ulimit -c 0; ulimit -f 4194304; ulimit -d 4194304 2>/dev/null; ulimit -u 1024 2>/dev/null; "
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
        arguments = [*self._room(), *more, *granted(roots, before, self.hidden), "--chdir", str(place)]
        try:
            ended = await _start(
                self._found(), [*arguments, "--", *inner], timeout_s, self.max_output, show, guarded=True
            )
        finally:
            moved = await run_in_thread(_set_aside, before)
        return replace(ended, set_aside=tuple(moved))

    async def shield(self, readable: Sequence[Path], variables: Mapping[str, str], cwd: Path) -> list[str]:
        """What stands before the command of a program that is kept and spoken to, to shut it in.

        `readable` folders and files it sees as they are; `variables` are added to its environment. It runs in
        `cwd` where it sees that, else in the first folder that it may change. Raises SandboxUnavailable, and
        ToolDenied for folders that cannot be granted.
        """
        roots = [Path(os.path.realpath(folder)) for folder in self.writable]
        for root in roots:
            if str(root) in NOT_GRANTABLE:
                raise ToolDenied(f"Programs cannot be given the whole of {root}; grant a folder of your own.")
        await self.probe()
        arguments = self._room()
        for name, value in variables.items():
            arguments += ["--setenv", name, value]
        arguments += [word for path in readable for word in ("--ro-bind", str(path), str(path))]
        arguments += granted(roots, await run_in_thread(_obeyed, roots), self.hidden)
        here, own = Path(os.path.realpath(cwd)), Path("/tmp")  # the latter one that nobody else sees
        place = here if any(here.is_relative_to(one) for one in (*roots, *readable)) else [*roots, own][0]
        return [self._found(), *arguments, "--dir", ENVIRONMENT["HOME"], "--chdir", str(place), "--"]

    def _room(self) -> list[str]:
        return command_room(self.network, _understands(self._found(), "--disable-userns"))

    async def probe(self) -> None:
        """Start a trivial command in the same configuration; raises SandboxUnavailable with the reason."""
        program = self._found()
        if program in _working:
            return
        try:
            trivial = [*self._room(), "--", "/bin/sh", "-c", "exit 7"]
            ended = await _start(program, trivial, 10.0, 2_000, guarded=True)
        except (OSError, ToolTimeout) as error:
            raise SandboxUnavailable(
                f"Commands run only in a sandbox, and bubblewrap failed: {error}"
            ) from error
        if ended.exit_code != 7:
            said = ended.output.strip().splitlines()[-1:] or [f"exit code {ended.exit_code}"]
            raise SandboxUnavailable(
                "Commands run only in a sandbox, and bubblewrap does not start here: "
                f"{said[0]}. {_NAMESPACE_HINT}"
            )
        _working.add(program)

    def _found(self) -> str:
        if not sys.platform.startswith("linux"):
            raise SandboxUnavailable("Commands run only in a sandbox, which needs Linux with bubblewrap.")
        program = shutil.which(self.program)
        if program is None:
            raise SandboxUnavailable(
                f"Commands run only in a sandbox, and bubblewrap is not installed. {_INSTALL_HINT}"
            )
        return program


_working: set[str] = set()  # programs whose probe passed; a failure is asked again, it may have been mended


@lru_cache(maxsize=8)
def _understands(program: str, option: str) -> bool:
    """Whether this version of bubblewrap has an option."""
    told = subprocess.run([program, "--help"], capture_output=True, text=True, check=False, timeout=10)
    return option in told.stdout + told.stderr


def _obeyed(roots: Sequence[Path], most: int = MOST_FOLDERS) -> dict[Path, Obeyed]:
    outermost = [
        one for one in roots if not any(one != other and one.is_relative_to(other) for other in roots)
    ]
    return {root: obeyed_below(root, most) for root in dict.fromkeys(outermost)}


def _set_aside(before: dict[Path, Obeyed]) -> list[Path]:
    return [moved for root, found in before.items() for moved in set_aside(found, root)]


async def _start(
    program: str,
    arguments: Sequence[str],
    timeout_s: float,
    max_output: int,
    show: Show | None = None,
    *,
    guarded: bool = False,
) -> Finished:
    """Start bubblewrap and read it to its end; `guarded` with a filter of system calls, if one is known."""
    rules = refusing_filter() if guarded else None
    descriptor = None if rules is None else _readable(rules)
    filtered = () if descriptor is None else ("--seccomp", str(descriptor))
    try:
        process = await asyncio.create_subprocess_exec(
            program,
            *filtered,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={"PATH": ENVIRONMENT["PATH"]},
            start_new_session=True,
            pass_fds=() if descriptor is None else (descriptor,),
        )
    finally:
        if descriptor is not None:
            os.close(descriptor)
    try:
        async with asyncio.timeout(timeout_s):
            output, dropped = await _read(process, max_output, show)
            exit_code = await process.wait()
    except TimeoutError as error:
        raise ToolTimeout(
            f"The command did not finish within {timeout_s:g} seconds and was ended."
        ) from error
    finally:
        kill_group(process)
        await process.wait()
    return Finished(output.decode("utf-8", "replace"), exit_code, dropped)


def _readable(content: bytes) -> int:
    """A descriptor from which these bytes, which fit into a pipe, can be read once."""
    reads, writes = os.pipe()
    os.write(writes, content)
    os.close(writes)
    return reads


async def _read(process: asyncio.subprocess.Process, max_output: int, show: Show | None) -> tuple[bytes, int]:
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


def worker_shield(
    roots: Sequence[Path], hidden: Sequence[Path], shown: Sequence[Path], network: bool
) -> list[str]:
    """The command that shuts a worker in, for `start_python`; nothing where no sandbox starts. Blocks."""
    program = shutil.which("bwrap") if sys.platform.startswith("linux") else None
    real = [Path(os.path.realpath(root)) for root in roots]
    if program is None or not _shields(program):
        return []
    found = _obeyed([root for root in real if str(root) not in NOT_GRANTABLE], _MOST_FOR_WORKERS)
    arguments = worker_room(list(found), found, hidden, shown, network)
    for one in found.values():
        one.let_go()
    return [program, *arguments, "--"]


@lru_cache(maxsize=4)
def _shields(program: str) -> bool:
    """Whether bubblewrap starts here with what a worker needs."""
    arguments = [program, *worker_room((), {}, (), (), False), "--", "/bin/sh", "-c", "exit 7"]
    try:
        return subprocess.run(arguments, capture_output=True, check=False, timeout=10).returncode == 7
    except (OSError, subprocess.TimeoutExpired):
        return False


@dataclass(frozen=True, slots=True)
class Said:
    """What a program wrote, and how it ended."""

    output: bytes
    errors: bytes
    exit_code: int


def output_of(command: Sequence[str], *, cwd: Path, timeout_s: float, max_bytes: int) -> Said | None:
    """Run a program of the system's that only looks, such as ripgrep; blocks. Never a command of a model.

    None when it cannot be started, takes longer, or writes more than `max_bytes`; it is ended then.
    """
    try:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_plain_environment(),
        )
    except OSError:
        return None
    timer = threading.Timer(timeout_s, process.kill)
    timer.start()
    with process:
        try:
            assert process.stdout is not None  # noqa: S101  opened as pipes
            assert process.stderr is not None  # noqa: S101
            output = process.stdout.read(max_bytes + 1)
            if len(output) > max_bytes:
                return None
            errors = process.stderr.read(max_bytes)
            return Said(output, errors, process.wait())
        finally:
            timer.cancel()
            process.kill()


_HANDED_ON = frozenset("PATH HOME USER LOGNAME LANG TZ TMPDIR PYTHONPATH VIRTUAL_ENV".split())


def _plain_environment() -> dict[str, str]:
    """What a program needs to find its way; no variable that could hold a secret."""
    named = {name: value for name, value in os.environ.items() if name in _HANDED_ON}
    return {**named, **{name: value for name, value in os.environ.items() if name.startswith("LC_")}}


async def start_python(
    arguments: Sequence[str], *, cwd: Path, shield: Sequence[str] = (), longest_line: int = 65_536
) -> asyncio.subprocess.Process:
    """Start this Python with pipes, in a session of its own, for Homewit's own programs around tools.

    Args:
        arguments: what follows the interpreter; never text from a model.
        shield: a command that shuts the program in, put in front of it.
        longest_line: bytes that one line of its output may have.

    It gets a plain environment, and modules are not looked for in the folder that it runs in. pydantic does
    not look through all distributions for plugins of its own, which would come in unasked.
    """
    command = [*shield, sys.executable, "-P", *arguments]
    variables = {"PYTHONUTF8": "1", "PYDANTIC_DISABLE_PLUGINS": "__all__"}
    return await start_piped(command, variables, cwd=cwd, longest_line=longest_line)


async def start_piped(
    command: Sequence[str],
    variables: Mapping[str, str],
    *,
    cwd: Path | None = None,
    longest_line: int = 65_536,
) -> asyncio.subprocess.Process:
    """Start a program with pipes, in a session of its own; its environment is plain but for `variables`."""
    return await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**_plain_environment(), **variables},
        start_new_session=True,
        limit=longest_line,
    )


def kill_group(process: asyncio.subprocess.Process) -> None:
    """End a process with everything in its group; for bubblewrap, that is all that runs inside."""
    if process.returncode is not None:
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it ended by itself in this moment
