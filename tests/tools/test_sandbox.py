"""Commands in the sandbox: they work, they are shut in, and without a sandbox they do not run."""

import asyncio
import os
import resource
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from homewit.tools import ToolDenied, ToolTimeout
from homewit.tools.isolation.confinement import MOST_WORKABLE
from homewit.tools.processes import output_of
from homewit.tools.sandbox import Sandbox
from homewit.tools.testing import fake_context

from .conftest import TOOLS, Call
from .loopback import page, serve
from .moments import HOW, How, Moment
from .sandboxes import REASON, run, sandboxed


@sandboxed
async def test_a_command_works_in_the_granted_folder(call: Call, folder: Path):
    """It sees and writes the folder, and its output and exit code come back."""
    (folder / "in.txt").write_text("b\na\n")
    result = await call("run_command", command="sort in.txt | tee out.txt; echo oops >&2; exit 3")
    assert result.data == {"text": "a\nb\noops\n(exit code 3)", "output": "a\nb\noops\n", "exit_code": 3}
    assert (folder / "out.txt").read_text() == "a\nb\n"
    silent = await call("run_command", command="true")
    assert (silent.text, silent.data["exit_code"]) == ("The command printed nothing.", 0)


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
    while running("sleep", "3000") or running("sleep", "3001"):  # noqa: ASYNC110  a moment after it was told
        await asyncio.sleep(0.02)


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
        "head -c 3000000 /dev/zero | tr '\\0' x", cwd=folder, timeout_s=60
    )
    assert (finished.output, finished.dropped_bytes, finished.exit_code) == ("x" * 1000, 2_999_000, 0)


@sandboxed
async def test_background_processes_end_with_the_command(folder: Path):
    """A command that leaves something in the background returns at once."""
    finished = await Sandbox(writable=(folder,)).run("sleep 4000 & echo started", cwd=folder, timeout_s=60)
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
    while running("sleep", "5000"):  # noqa: ASYNC110  it was told to end before, and takes a moment for it
        await asyncio.sleep(0.02)


@sandboxed
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
async def test_whoever_is_cancelled_leaves_nothing_to_obey(again: bool, how: How, folder: Path):
    """At whatever moment: what a command made is set aside also when nobody waits for that any more."""
    number, came = 0, True
    while came:
        number += 1
        moment = Moment(number, how)
        task = asyncio.ensure_future(moment.run(run(folder, "echo x > .envrc; sleep 0.05")))
        while again and not (moment.came or task.done()):  # noqa: ASYNC110  it tells nobody
            await asyncio.sleep(0)
        if again:
            await asyncio.sleep(0)
            task.cancel()
        await asyncio.wait({task})
        came = moment.came
        while any(str(folder) in line for line in running("")) or (folder / ".envrc").exists():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert number > 3


@sandboxed
async def test_what_runs_inside_has_ended_when_the_command_has(folder: Path):
    """Also what had let go of its output: nothing can be made any more once the call is over."""
    command = "sleep 5200 >&- 2>&- & touch here; wait"
    task = asyncio.ensure_future(run(folder, command))
    while not (folder / "here").exists():  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert running("sleep", "5200") == []


@sandboxed
async def test_many_repositories_take_no_descriptors(folder: Path):
    """What is protected is remembered and not held open: a folder may have more of it than a process may have
    files. Control: held open, these would be too many.
    """
    for number in range(80):
        (folder / f"r{number}/.git").mkdir(parents=True)
        (folder / f"r{number}/.git/config").write_text("[core]\neditor = vi\n")
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    in_use = len(list(Path("/proc/self/fd").iterdir()))
    resource.setrlimit(resource.RLIMIT_NOFILE, (in_use + 60, most))
    try:
        assert await run(folder, "echo x >> r7/.git/config; rm -rf r8; echo done") != ""
        with ExitStack() as held, pytest.raises(OSError, match="Too many open files"):
            hold(list(folder.glob("*/.git")), held)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, most))
    assert len(list(folder.glob("*/.git/config"))) == 80


@sandboxed
async def test_git_works_where_one_works_and_only_reads_elsewhere(folder: Path):
    """Of many repositories, the one of the folder and those used last; hooks and settings are kept in all.
    Control: without the sandbox they would not be.
    """
    names = [f"r{number:02}" for number in range(MOST_WORKABLE + 3)]
    for age, name in enumerate(names):
        (folder / name / ".git/hooks").mkdir(parents=True)
        (folder / name / ".git/config").write_text("[core]\n")
        os.utime(folder / name / ".git", (1e9 - age, 1e9 - age))
    box = Sandbox(writable=(folder,))
    locks = f"cd {folder}; for r in r*; do touch $r/.git/index.lock && echo $r; done 2> /dev/null"
    done = await box.run(locks, cwd=folder / names[-1], timeout_s=60)
    assert done.output.split() == [*names[: MOST_WORKABLE - 1], names[-1]]
    evil = (
        "for r in r*; do mv $r/.git $r/x; echo >> $r/.git/config; echo > $r/.git/hooks/h; done 2> /dev/null"
    )
    await run(folder, evil)
    kept = {path: path.read_text() for path in folder.glob("*/.git/config")}
    assert (len(kept), set(kept.values())) == (len(names), {"[core]\n"})
    assert list(folder.glob("*/.git/hooks/*")) == list(folder.glob("*/x")) == []
    assert output_of(["sh", "-c", evil], cwd=folder, timeout_s=60, max_bytes=0) is not None
    assert len(list(folder.glob("*/x/config"))) == len(names)


def hold(paths: list[Path], held: ExitStack) -> None:
    for path in paths:
        held.callback(os.close, os.open(path, os.O_RDONLY))


@pytest.mark.parametrize("root", ["/", "/usr", "/etc", "/proc"])
async def test_system_folders_are_never_granted(root: str):
    """Also when somebody starts Homewit there."""
    with pytest.raises(ToolDenied, match="cannot be given the whole of"):
        await Sandbox(writable=(Path(root),)).run("true", cwd=Path(root), timeout_s=5)


async def test_the_working_folder_has_to_be_granted(folder: Path, tmp_path: Path):
    """A command does not start in a folder that was not granted."""
    with pytest.raises(ToolDenied, match="not inside a granted folder"):
        await TOOLS["run_command"].call({"command": "true"}, fake_context(tmp_path, roots=(folder,)))


@sandboxed
async def test_python_runs_with_its_standard_library(call: Call, folder: Path):
    """The same Python as Homewit's, with the folder but without other packages."""
    code = "import sys, pathlib; pathlib.Path('made').write_text('x'); print(*sys.version_info[:2])"
    result = await call("run_python", code=code)
    assert (result.data["output"], result.data["exit_code"]) == (
        "{} {}\n".format(*sys.version_info),
        0,
    )
    assert (folder / "made").read_text() == "x"
    failed = await call("run_python", code="import homewit")
    assert (failed.data["exit_code"], "No module named 'homewit'" in failed.text) == (1, True)


@sandboxed
async def test_what_a_command_makes_for_others_to_obey_is_set_aside(call: Call, folder: Path):
    """It keeps its content under a name that nobody obeys, the user is told, and plain new things stay."""
    made = (
        "mkdir -p new/.git/hooks; printf '[core]\\n\\tbare = false\\n' > new/.git/config;"
        " echo s > new/.git/hooks/x.sample; echo h > new/.git/hooks/post-merge; echo e > .envrc;"
        " echo n > notes"
    )
    result = await call("run_command", command=made)
    assert sorted(path.name for path in folder.iterdir()) == [".envrc.set-aside", "new", "notes"]
    assert (folder / ".envrc.set-aside").read_text() == "e\n"
    hooks = sorted(path.name for path in (folder / "new/.git/hooks").iterdir())
    assert (hooks, (folder / "new/.git/config").exists()) == (["post-merge.set-aside", "x.sample"], True)
    assert "(set aside, since programs obey such a file: .envrc.set-aside)" in result.text


@sandboxed
async def test_git_itself_goes_on_working(call: Call, folder: Path):
    """A repository can be made, added to and committed to; its plain configuration stays where it is."""
    if shutil.which("git", path="/usr/bin:/bin:/usr/local/bin") is None:
        pytest.skip("git is not installed")
    first = "git init -q . && git config user.name A && git config user.email a@b.c"
    result = await call("run_command", command=first)
    assert (result.data["exit_code"], (folder / ".git/config").exists()) == (0, True), result.text
    again = await call(
        "run_command", command="echo x > f && git add f && git commit -qm one && git log --oneline | wc -l"
    )
    assert (again.data["output"].strip(), again.data["exit_code"]) == ("1", 0)
    changed = await call("run_command", command="git config core.fsmonitor ./evil")
    assert changed.data["exit_code"] != 0
    assert "fsmonitor" not in (folder / ".git/config").read_text()


@sandboxed
async def test_output_is_shown_as_it_comes(folder: Path):
    """Pieces arrive while the command runs, and characters are not cut in two."""
    shown: list[str] = []

    def show(piece: str) -> None:
        shown.append(piece)
        (folder / "seen").touch()

    command = "printf 'gr\\303'; until [ -e seen ]; do sleep 0.02; done; printf '\\274n'"
    finished = await Sandbox(writable=(folder,)).run(command, cwd=folder, timeout_s=60, show=show)
    assert (finished.output, "".join(shown), len(shown)) == ("grün", "grün", 2)


@sandboxed
async def test_memory_and_processes_are_limited(folder: Path):
    """A command that takes too much is ended by the system, not the machine by the command."""
    python = shutil.which("python3", path="/usr/bin:/bin:/usr/local/bin")
    if python is None:
        pytest.skip("python3 is not installed")
    finished = await Sandbox(writable=(folder,)).run(
        f"{python} -c 'bytearray(5 << 30)' 2>&1 | tail -1; ulimit -c", cwd=folder, timeout_s=60
    )
    assert finished.output == "MemoryError\n0\n"


FILLED = """
while read -r _ at kind _; do
  [ "$kind" = tmpfs ] && touch "$at/made" 2> /dev/null && df --output=size -B1 "$at" | tail -1
done < /proc/mounts
"""


@sandboxed
async def test_what_is_kept_in_memory_has_a_size(folder: Path):
    """No limit of a process counts what is written to a file system in memory: half of the machine's would be
    there for each. So they are small or cannot be written to, what hides a folder included.
    """
    (folder / ".ssh").mkdir()
    sizes = [int(line) for line in (await run(folder, FILLED)).split()]
    assert sizes  # /tmp is one of them
    assert sum(sizes) <= (1 << 30) + (1 << 28)
    assert await run(folder, "cat /proc/self/oom_score_adj") == "1000\n"


@sandboxed
async def test_the_network_is_there_when_the_user_has_granted_it(folder: Path):
    """The same command that finds no network otherwise; it is the control of that."""
    async with serve({"/": page(b"reached")}) as server:
        shell = (
            f"exec 3<>/dev/tcp/127.0.0.1/{server.port} && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3"
        )
        finished = await Sandbox(writable=(folder,), network=True).run(shell, cwd=folder, timeout_s=60)
        assert "reached" in finished.output
        assert server.connections == 1
