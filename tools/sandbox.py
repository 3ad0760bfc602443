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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .errors import SandboxUnavailable, ToolDenied, ToolTimeout
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
