"""The only place that starts a process for a tool, and only inside a bubblewrap sandbox that really runs.

Inside: the system's programs read-only, a private /tmp, no network, no other processes, no capabilities,
and write access to the granted folders, minus the files that `paths` protects. When the sandbox cannot
start, nothing runs. It does not know what the command is for, or whether the user agreed to it.
"""

import asyncio
import os
import shutil
import signal
import sys
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .errors import SandboxUnavailable, ToolDenied, ToolFailed, ToolTimeout
from .paths import PRIVATE_NAMES, protected_below

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix/store", "/gnu/store")
# Only what programs need to start: no host keys, password hashes or service configuration.
_ETC = (
    "alternatives ca-certificates ca-certificates.conf debian_version group java-17-openjdk ld.so.cache "
    "ld.so.conf ld.so.conf.d localtime locale.alias locale.conf magic mime.types nsswitch.conf os-release "
    "passwd perl pki python3 python3.11 python3.12 python3.13 R ssl terminfo timezone"
).split()
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/tmp/home",
    "TMPDIR": "/tmp",
    "LANG": "C.UTF-8",
    "TERM": "dumb",
    "NO_COLOR": "1",
}
_NOT_GRANTABLE = ("/", "/usr", "/etc", "/bin", "/lib", "/proc", "/sys", "/dev", "/run", "/var", "/boot")
# The shell's own limits, set before the command starts: no core files, 2 GiB per file, 1,024 processes.
_LIMITS = "ulimit -c 0; ulimit -f 4194304; ulimit -u 1024 2>/dev/null; "
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
    """How a command ended. `dropped_bytes` of output went beyond the limit and were not kept."""

    output: str
    exit_code: int
    dropped_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Runs commands shut in.

    Attributes:
        writable: folders that the command may change.
        hidden: folders inside them that it may not even see.
        program: the bubblewrap program, a name on PATH or a path.
        max_output: bytes of output that are kept; more is counted and dropped.
    """

    writable: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    program: str = "bwrap"
    max_output: int = 100_000

    async def run(self, command: str, *, cwd: Path, timeout_s: float) -> Finished:
        """Run a shell command in `cwd`, which must be inside a writable folder.

        Raises SandboxUnavailable, ToolDenied for folders that cannot be granted, ToolTimeout.
        """
        roots = [Path(os.path.realpath(folder)) for folder in self.writable]
        place = Path(os.path.realpath(cwd))
        for root in roots:
            if str(root) in _NOT_GRANTABLE:
                raise ToolDenied(f"Commands cannot be given the whole of {root}; grant a folder of your own.")
        if not any(place.is_relative_to(root) for root in roots):
            raise ToolDenied(f"The working folder {place} is not inside a granted folder.")
        await self.probe()
        shell = "/bin/bash" if Path("/bin/bash").exists() else "/bin/sh"
        inner = [shell, "-c", f'mkdir -p "$HOME"; {_LIMITS}exec {shell} -c "$1"', "command", command]
        arguments = [*_isolation(), *_folders(roots, self.hidden), "--chdir", str(place), "--", *inner]
        return await _start(self._found(), arguments, timeout_s, self.max_output)

    async def probe(self) -> None:
        """Start a trivial command in the same configuration; raises SandboxUnavailable with the reason."""
        program = self._found()
        if program in _working:
            return
        try:
            ended = await _start(program, [*_isolation(), "--", "/bin/sh", "-c", "exit 7"], 10.0, 2_000)
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


@lru_cache(maxsize=1)
def _isolation() -> tuple[str, ...]:
    """The part of the configuration that is the same for every command."""
    arguments = [
        *("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"),
        *("--unshare-cgroup-try", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"),
    ]
    for name, value in _ENVIRONMENT.items():
        arguments += ["--setenv", name, value]
    for folder in _SYSTEM:
        if os.path.islink(folder):  # merged /usr: keep the link, so that it means the same inside
            arguments += ["--symlink", os.readlink(folder), folder]
        else:
            arguments += ["--ro-bind-try", folder, folder]
    for name in _ETC:
        arguments += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return (*arguments, "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp")


def _folders(roots: Iterable[Path], hidden: Sequence[Path]) -> list[str]:
    """Grant the roots, then shield what is protected inside them."""
    arguments: list[str] = []
    unique = sorted(set(roots), key=lambda path: len(path.parts))
    for root in unique:
        arguments += ["--bind", str(root), str(root)]
    outermost = [
        root for root in unique if not any(root != other and root.is_relative_to(other) for other in unique)
    ]
    for root in outermost:
        for path in protected_below(root):
            if path.is_symlink():
                continue
            if path.name in PRIVATE_NAMES and path.is_dir():
                arguments += ["--tmpfs", str(path)]
            elif path.name == ".git" and path.is_dir():
                arguments += _git_folder(path)
            else:
                arguments += ["--ro-bind", str(path), str(path)]
    for folder in hidden:
        real = Path(os.path.realpath(folder))
        if real.is_dir() and any(real.is_relative_to(root) for root in outermost):
            arguments += ["--tmpfs", str(real)]
    return arguments


def _git_folder(path: Path) -> list[str]:
    """Let git work, but not change what it runs by itself: hooks and configuration.

    The folder is bound onto itself because a mount point cannot be moved aside and replaced.
    """
    arguments = ["--bind", str(path), str(path)]
    for name in ("hooks", "config"):
        if (path / name).exists():
            arguments += ["--ro-bind", str(path / name), str(path / name)]
        elif name == "hooks":
            arguments += ["--tmpfs", str(path / name)]
    return arguments


async def _start(program: str, arguments: Sequence[str], timeout_s: float, max_output: int) -> Finished:
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"PATH": _ENVIRONMENT["PATH"]},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(timeout_s):
            output, dropped = await _read(process, max_output)
            exit_code = await process.wait()
    except TimeoutError as error:
        raise ToolTimeout(
            f"The command did not finish within {timeout_s:g} seconds and was ended."
        ) from error
    finally:
        kill_group(process)
        await process.wait()
    return Finished(output.decode("utf-8", "replace"), exit_code, dropped)


async def _read(process: asyncio.subprocess.Process, max_output: int) -> tuple[bytes, int]:
    """Read to the end, so that a chatty command is not blocked, keeping the first `max_output` bytes."""
    kept, dropped = bytearray(), 0
    stream = process.stdout
    while stream is not None and (chunk := await stream.read(65_536)):
        room = max(max_output - len(kept), 0)
        kept += chunk[:room]
        dropped += len(chunk) - len(chunk[:room])
    return bytes(kept), dropped


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

    It gets a plain environment, and modules are not looked for in the folder that it runs in.
    """
    return await asyncio.create_subprocess_exec(
        *(*shield, sys.executable, "-P", *arguments),
        cwd=cwd,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**_plain_environment(), "PYTHONUTF8": "1"},
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


class Program:
    """A program that was started to be spoken to, line by line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._said: deque[str] = deque(maxlen=5)
        self._listening = asyncio.ensure_future(self._listen())

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
        ended = asyncio.ensure_future(self._process.wait())
        await asyncio.wait({ended}, timeout=grace_s)
        kill_group(self._process)
        await ended
        await asyncio.wait({self._listening}, timeout=1.0)
        self._listening.cancel()

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
    readable: Iterable[Path] = (),
    writable: Iterable[Path] = (),
    network: bool = False,
    confined: bool = True,
    variables: Mapping[str, str] | None = None,
) -> Program:
    """Start a program that the user has named, such as an MCP server, to be spoken to through its pipes.

    Args:
        command: the program and its arguments; never text from a model.
        readable: folders and files that it may read beside the system's programs.
        writable: folders that it may change, without what is protected inside them.
        network: whether it may use the network.
        confined: whether it runs in the sandbox; without, it may do all that the user may.
        variables: what it finds in its environment beside the usual.

    Raises SandboxUnavailable, ToolDenied for a folder that cannot be granted, ToolFailed when it cannot
    start.
    """
    found = shutil.which(command[0])
    if found is None:
        raise ToolFailed(f"There is no program {command[0]!r}.")
    arguments = [found, *command[1:]]
    if confined:
        shield = await _shield(Path(found), [*readable], [*writable], network, variables or {})
        arguments, environment = [*shield, "--", *arguments], {"PATH": _ENVIRONMENT["PATH"]}
    else:
        environment = {**_plain_environment(), **(variables or {})}
    try:
        process = await asyncio.create_subprocess_exec(
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
            start_new_session=True,
            limit=_LONGEST_LINE,
        )
    except OSError as error:
        raise ToolFailed(f"{command[0]} cannot be started: {error.strerror or error}.") from error
    return Program(process)


_LONGEST_LINE = 16_000_000
_NAMES_OF_HOSTS = ("resolv.conf", "hosts", "host.conf", "gai.conf")


async def _shield(
    program: Path,
    readable: Sequence[Path],
    writable: Sequence[Path],
    network: bool,
    variables: Mapping[str, str],
) -> list[str]:
    """bubblewrap with all that one program may see; its own environment, such as a `.venv`, it may read."""
    sandbox = Sandbox(tuple(writable))
    roots = [Path(os.path.realpath(folder)) for folder in writable]
    for root in roots:
        if str(root) in _NOT_GRANTABLE:
            raise ToolDenied(f"A program cannot be given the whole of {root}; grant a folder of your own.")
    await sandbox.probe()
    arguments = [one for one in _isolation() if not (network and one == "--unshare-net")]
    for name in _NAMES_OF_HOSTS if network else ():
        arguments += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    for name, value in variables.items():
        arguments += ["--setenv", name, value]
    for path in (*_environments_of(program), *(Path(os.path.abspath(path)) for path in readable)):
        arguments += ["--ro-bind", str(path), str(path)]
    arguments += ["--dir", _ENVIRONMENT["HOME"], *_folders(roots, ())]
    place = str(roots[0]) if roots else "/tmp"
    return [sandbox._found(), *arguments, "--chdir", place]


def _environments_of(program: Path) -> list[Path]:
    """The folders that a program is installed in, unless these are the system's: its own, that of what it
    links to, and that of its interpreter.
    """
    found: list[Path] = []
    for place in (Path(os.path.abspath(program)), Path(os.path.realpath(program)), *_interpreter(program)):
        folder = place.parent.parent if place.parent.name == "bin" else place.parent
        inside = any(folder.is_relative_to(system) for system in (*_SYSTEM, *found))
        if not inside and len(folder.parts) > 2:
            found.append(folder)
    return found


def _interpreter(script: Path) -> list[Path]:
    """What a script's first line names, as it stands and as it resolves; nothing for other programs."""
    with script.open("rb") as file:
        first = file.readline(300)
    words = first.removeprefix(b"#!").split() if first.startswith(b"#!") else []
    named = [os.fsdecode(word) for word in words if word.startswith(b"/")]
    return [Path(path) for name in named for path in (os.path.abspath(name), os.path.realpath(name))]
