"""Commands in the sandbox: they work, they are shut in, and without a sandbox they do not run."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from homewit.tools import SandboxUnavailable, ToolDenied, ToolTimeout
from homewit.tools.sandbox import Sandbox
from homewit.tools.testing import fake_context

from .conftest import TOOLS, Call
from .loopback import page, serve


def why_not() -> str:
    """Why no sandbox starts on this machine; empty when one does."""
    try:
        asyncio.run(Sandbox().probe())
    except SandboxUnavailable as error:
        return str(error)
    return ""


REASON = why_not()
sandboxed = pytest.mark.skipif(bool(REASON), reason=REASON)


async def run(folder: Path, command: str, **options: object) -> str:
    """The output of a command in a sandbox that may write to `folder`."""
    finished = await Sandbox(writable=(folder,), **options).run(command, cwd=folder, timeout_s=20)  # type: ignore[arg-type]
    return finished.output


@sandboxed
async def test_a_command_works_in_the_granted_folder(call: Call, folder: Path):
    """It sees and writes the folder, and its output and exit code come back."""
    (folder / "in.txt").write_text("b\na\n")
    result = await call("run_command", command="sort in.txt | tee out.txt; echo oops >&2; exit 3")
    assert result.data == {"text": "a\nb\noops\n(exit code 3)", "output": "a\nb\noops\n", "exit_code": 3}
    assert (folder / "out.txt").read_text() == "a\nb\n"
    silent = await call("run_command", command="true")
    assert (silent.text, silent.data["exit_code"]) == ("The command printed nothing.", 0)


ESCAPES = {
    "write to the system": "echo x > /usr/evil || echo x > /etc/evil || echo x > /evil-{mark} || echo shut",
    "write beside the folder": "echo x > {outside}/secret.txt",
    "read beside the folder": "cat {outside}/secret.txt",
    "a link to the outside": "ln -s {outside}/secret.txt l; cat l; echo x > l",
    "a hard link to the outside": "ln {outside}/secret.txt h && cat h",
    "through another process' root": "cat /proc/1/root{outside}/secret.txt /proc/*/root{outside}/secret.txt",
    "through the working folder of others": "cat /proc/*/cwd/../outside/secret.txt",
    "the password hashes": "cat /etc/shadow && echo hunter2",
    "the user's home": "ls -A {home} && echo hunter2",
    "inherited descriptors": "cat <&3 <&4 <&5 <&6 <&7 <&8 <&9",
    "the environment": "env | grep -i canary && echo hunter2",
    "mounting": "mount -t tmpfs none {folder} && echo hunter2",
    "a new namespace as root": "unshare -rm mount --bind / {folder} && cat {outside}/secret.txt",
    "a disk device": "cat /dev/sd* /dev/vd* /dev/nvme* /dev/mem | head -c 1 | grep -q . && echo hunter2",
    "making a device": "mknod dev b 8 0 && echo hunter2",
    "other processes": "kill -0 {pid} && echo hunter2",
    "tracing": "cat /proc/{pid}/environ && echo hunter2",
    "the hooks of a repository": "echo x > .git/hooks/pre-commit; mv .git moved; rm -rf .git; cat moved",
    "the configuration of a repository": "echo x >> .git/config; echo x > sub/.git/config",
    "start-up files": "echo x >> .bashrc; rm -f .bashrc; mv .bashrc y",
    "keys": "cat .ssh/id",
    "homewit's home": "cat homewit/homewit.db; echo x > homewit/tools.py",
}


@sandboxed
@pytest.mark.parametrize("escape", ESCAPES)
async def test_nothing_gets_out(escape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """No escape reads the secret, changes what lies outside, or touches what is protected inside."""
    folder, outside, home = tmp_path / "granted", tmp_path / "outside", tmp_path / "user"
    for place in (
        folder / ".git/hooks",
        folder / "sub/.git",
        folder / ".ssh",
        folder / "homewit",
        outside,
        home,
    ):
        place.mkdir(parents=True)
    kept = {
        outside / "secret.txt": "hunter2",
        home / "key": "hunter2",
        folder / ".git/config": "[core]",
        folder / "sub/.git/config": "[core]",
        folder / ".bashrc": "alias x=y",
        folder / ".ssh/id": "hunter2",
        folder / "homewit/homewit.db": "hunter2",
    }
    for path, text in kept.items():
        path.write_text(text)
    monkeypatch.setenv("HOMEWIT_CANARY", "hunter2")
    read_end, write_end = os.pipe()
    os.set_inheritable(read_end, True)
    os.write(write_end, b"hunter2")
    os.close(write_end)
    command = ESCAPES[escape].format(
        outside=outside, home=home, folder=folder, pid=os.getpid(), mark="homewit-test"
    )
    try:
        output = await run(folder, command, hidden=(folder / "homewit",))
    finally:
        os.close(read_end)
    assert "hunter2" not in output
    assert {path: path.read_text() for path in kept} == kept
    assert sorted(path.name for path in (folder / ".git/hooks").iterdir()) == []
    assert not Path("/evil-homewit-test").exists()


@sandboxed
async def test_control_the_secret_is_readable_where_it_is_granted(tmp_path: Path):
    """Control: the same command reads the same file once its folder is granted."""
    (tmp_path / "secret.txt").write_text("hunter2")
    assert await run(tmp_path, f"cat {tmp_path}/secret.txt; touch made; ls") == "hunter2made\nsecret.txt\n"


@sandboxed
async def test_there_is_no_network(folder: Path):
    """Neither loopback, nor names, nor unix sockets of the system are reachable."""
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin:/bin")
    async with serve({"/": page(b"reached")}) as server:
        shell = (
            f"exec 3<>/dev/tcp/127.0.0.1/{server.port} && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3"
        )
        assert "reached" not in await run(folder, shell)
        if python is not None:
            fetch = f"import urllib.request as u; print(u.urlopen('{server.url}', timeout=2).read())"
            assert "reached" not in await run(folder, f'{python} -c "{fetch}"')
        assert server.connections == 0
    assert (
        await run(folder, "ls /run /var/run 2>/dev/null; getent hosts localhost.example || echo none")
        == "none\n"
    )


@sandboxed
async def test_a_hanging_command_is_ended_with_all_that_it_started(folder: Path):
    """After the time limit nothing of it is left running."""
    command = f"for i in 1 2 3; do (setsid sleep 3000 & ) ; done; sleep 3001 # {folder.name}"
    with pytest.raises(ToolTimeout, match=r"did not finish within 0\.5 seconds and was ended"):
        await Sandbox(writable=(folder,)).run(command, cwd=folder, timeout_s=0.5)
    for _ in range(100):
        if not running("sleep", "300"):
            break
        await asyncio.sleep(0.02)
    assert running("sleep", "300") == []


def running(*words: str) -> list[str]:
    """Command lines on this machine that begin with these words."""
    found: list[str] = []
    for process in Path("/proc").iterdir():
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (OSError, UnicodeDecodeError):
            continue
        if line.startswith(" ".join(words)):
            found.append(line)
    return found


@sandboxed
async def test_output_is_capped(folder: Path):
    """A flood is drained, not kept, and the count of what was dropped is told."""
    finished = await Sandbox(writable=(folder,), max_output=1000).run(
        "head -c 3000000 /dev/zero | tr '\\0' x", cwd=folder, timeout_s=20
    )
    assert (finished.output, finished.dropped_bytes, finished.exit_code) == ("x" * 1000, 2_999_000, 0)


@sandboxed
async def test_background_processes_end_with_the_command(folder: Path):
    """A command that leaves something in the background returns at once."""
    finished = await Sandbox(writable=(folder,)).run("sleep 4000 & echo started", cwd=folder, timeout_s=20)
    assert (finished.output, running("sleep", "4000")) == ("started\n", [])


async def test_a_cancelled_command_is_ended(folder: Path):
    """Cancelling the caller kills the process."""
    if REASON:
        pytest.skip(REASON)
    task = asyncio.ensure_future(
        Sandbox(writable=(folder,)).run("touch here; sleep 5000", cwd=folder, timeout_s=60)
    )
    while not (folder / "here").exists():  # noqa: ASYNC110  the command is another process
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert running("sleep", "5000") == []


async def test_without_bubblewrap_nothing_runs(folder: Path):
    """The refusal names the reason and how to install it."""
    sandbox = Sandbox(writable=(folder,), program="bwrap-that-is-not-there")
    with pytest.raises(SandboxUnavailable, match=r"bubblewrap is not installed. Install it with `sudo apt"):
        await sandbox.run("touch here", cwd=folder, timeout_s=5)
    assert not (folder / "here").exists()


async def test_a_bubblewrap_that_does_not_start_is_found_out(folder: Path, tmp_path: Path):
    """A program that answers --version but cannot make a sandbox fails the probe, and nothing runs."""
    fake = tmp_path / "bwrap"
    fake.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "setting up uid map: Permission denied"\nexit 1\n'
    )
    fake.chmod(0o755)
    with pytest.raises(
        SandboxUnavailable, match="does not start here: setting up uid map: Permission denied"
    ):
        await Sandbox(writable=(folder,), program=str(fake)).run("touch here", cwd=folder, timeout_s=5)
    fake.write_text("#!/bin/sh\nexit 0\n")  # one that pretends to work and runs nothing
    with pytest.raises(SandboxUnavailable):
        await Sandbox(writable=(folder,), program=str(fake)).probe()
    assert not (folder / "here").exists()


@pytest.mark.parametrize("root", ["/", "/usr", "/etc", "/proc"])
async def test_system_folders_are_never_granted(root: str):
    """Also when somebody starts Homewit there."""
    with pytest.raises(ToolDenied, match="cannot be given the whole of"):
        await Sandbox(writable=(Path(root),)).run("true", cwd=Path(root), timeout_s=5)


async def test_the_working_folder_has_to_be_granted(folder: Path, tmp_path: Path):
    """A command does not start in a folder that was not granted."""
    with pytest.raises(ToolDenied, match="not inside a granted folder"):
        await TOOLS["run_command"].call({"command": "true"}, fake_context(tmp_path, roots=(folder,)))
