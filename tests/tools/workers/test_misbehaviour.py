"""Tools that crash, hang, leak, flood or lie: the step ends, and neither the host nor the next call does."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

from homewit.tools import ToolError, ToolFailed, ToolTimeout
from homewit.tools.errors import ToolDied
from homewit.tools.workers.defining import define
from homewit.tools.workers.pool import Workers
from homewit.tools.workers.source import Source
from homewit.tools.workers.worker import WorkerLimits

from .conftest import remote

BAD = '''
    @tool(timeout_s=0.5)
    def act_briefly(how: str) -> str:
        """Misbehave, where only the time ends it."""
        return misbehave(how)
    @tool
    def act(how: str) -> str:
        """Misbehave."""
        return misbehave(how)
    def misbehave(how):
        match how:
            case "exit": os._exit(3)
            case "crash": ctypes.string_at(0)
            case "kill": os.kill(os.getpid(), 9)
            case "raise": raise SystemExit("bye")
            case "loop":
                while True: pass
            case "sleep": time.sleep(60)
            case "thread": threading.Thread(target=lambda: os._exit(5)).start(); time.sleep(60)
            case "leak":
                held = []
                while True: held.append(bytearray(1 << 24))
            case "deep":
                def down(): down()
                down()
            case "flood": return "x" * 20_000_000
            case "close": os.close(0); os.closerange(3, 50); time.sleep(60)
            case "lie":
                for fd in range(3, 20):
                    try: os.write(fd, b'{"done": 1}{\\n')
                    except OSError: pass
                time.sleep(60)
            case "print":
                print("{}"); sys.stdout.flush(); os.write(1, b"{}\\n" * 50_000)
        return os.environ.get("USER_TOKEN", "fine")
'''

ENDS = {
    "exit": (ToolDied, r"its process ended before it answered \(exit code 3\)"),
    "crash": (ToolDied, r"\(signal 11\)"),
    "kill": (ToolDied, r"\(signal 9\)"),
    "raise": (ToolFailed, "bye"),
    "loop": (ToolTimeout, "did not finish within 0.5 seconds"),
    "sleep": (ToolTimeout, "did not finish within 0.5 seconds"),
    "thread": (ToolDied, r"\(exit code 5\)"),
    "leak": (ToolError, "MemoryError|did not finish"),
    "deep": (ToolError, "recursion"),
    "flood": (ToolFailed, "larger than 16 MB"),
    "close": (ToolError, "ended before it answered|did not finish"),
    "lie": (ToolDied, "cannot be read"),
}

UNTIL_ITS_TIME = {"loop", "sleep", "close"}


@pytest.mark.parametrize("how", ENDS)
async def test_the_step_ends_and_the_next_call_works(how: str, workers: Workers, plugin, ctx):
    """Whatever the tool does to its process, its caller gets an error, and the tool can be called again."""
    tools = await remote(workers, plugin(BAD))
    kind, message = ENDS[how]
    with pytest.raises(kind, match=message):
        await tools["act_briefly" if how in UNTIL_ITS_TIME else "act"].call({"how": how}, ctx)
    assert (await tools["act"].call({"how": "print"}, ctx)).data == "fine"


def test_control_in_one_process_the_host_would_end(tmp_path: Path):
    """Control: the same tool, called in the process of its caller, takes that with it."""
    code = (
        "import asyncio, os\nfrom homewit.tools import tool, ToolContext\nfrom pathlib import Path\n"
        "@tool\ndef act() -> str:\n    '''End.'''\n    os._exit(3)\n"
        "asyncio.run(act.call({}, ToolContext(Path.cwd())))\nprint('still here')\n"
    )
    path = tmp_path / "host.py"
    path.write_text(code)
    ended = subprocess.run([sys.executable, path], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (3, "")


@pytest.mark.parametrize("how", ["cancel", "timeout"])
async def test_all_that_the_tool_started_ends_with_it(how: str, workers: Workers, plugin, ctx, tmp_path):
    """A cancelled call, and one out of time, leave no process behind, nor one that an earlier call began."""
    source = plugin(f'''
        children = []
        @tool
        def start() -> int:
            """Start something that goes on."""
            children.append(subprocess.Popen(["sleep", "7200"]))
            return children[0].pid
        @tool(timeout_s={60 if how == "cancel" else 0.5})
        def wait(*, ctx: ToolContext) -> int:
            """Wait for it."""
            (ctx.cwd / "began").touch()
            return children[0].wait()
    ''')
    tools = await remote(workers, source)
    pid = int((await tools["start"].call({}, ctx)).text)
    assert running(pid)
    task = asyncio.ensure_future(tools["wait"].call({}, ctx))
    if how == "cancel":
        while not (tmp_path / "began").exists():  # noqa: ASYNC110  the tool is another process
            await asyncio.sleep(0.01)
        task.cancel()
    with pytest.raises(asyncio.CancelledError if how == "cancel" else ToolTimeout):
        await task
    while running(pid):  # noqa: ASYNC110  it was told to end before, and takes a moment for it
        await asyncio.sleep(0.01)


def running(pid: int) -> bool:
    """Whether the process runs; one that ended and was not waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):  # the latter for one that ends while it is read
        return False
    return state not in "ZX"


async def test_an_async_tool_may_clean_up_when_it_is_cancelled(plugin, ctx, tmp_path):
    """It gets a moment for that before its process is ended."""
    source = plugin('''
        @tool
        async def wait(*, ctx: ToolContext) -> str:
            """Wait for long."""
            try:
                (ctx.cwd / "began").touch()
                await asyncio.sleep(60)
            finally:
                (ctx.cwd / "cleaned").touch()
            return "over"
    ''')
    workers = Workers(tmp_path, WorkerLimits(grace_s=60.0))
    task = asyncio.ensure_future((await remote(workers, source))["wait"].call({}, ctx))
    while not (tmp_path / "began").exists():  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (tmp_path / "cleaned").exists()
    await workers.close()


IMPORTS = {
    "raise": ("1 / 0", r"line \d+: ZeroDivisionError: division by zero"),
    "exit": ("sys.exit(4)", "SystemExit: 4"),
    "die": ("os._exit(4)", "its process ended while it was loading"),
    "hang": ("time.sleep(60)", "did not finish loading within 2 seconds"),
    "spin": ("while True: pass", "did not finish loading within 2 seconds"),
    "nothing": ("x = 1", "it defines no tools"),
    "syntax": ("def", r"line \d+: invalid syntax"),
    "untyped": ("@tool\ndef f(x): ...", "has no type hint"),
}


@pytest.mark.parametrize("how", IMPORTS)
async def test_a_plugin_that_cannot_be_imported_is_told_as_a_problem(how: str, plugin, tmp_path):
    """Nothing of it happens in this process, and it takes no longer than it may."""
    code, problem = IMPORTS[how]
    source = plugin("")
    Path(source.where).write_text(Path(source.where).read_text() + code)
    found = await define(source, tmp_path, WorkerLimits(start_s=2.0 if "2 seconds" in problem else 60.0))
    assert found.definitions == ()
    assert re.search(problem, found.problem), found.problem


async def test_what_a_plugin_does_while_it_is_imported_stays_there(plugin, tmp_path, capfd):
    """It prints to stdout, loads modules, sets variables and changes the folder of its own process only."""
    import os

    source = plugin('''
        print("hello"); os.write(1, b"raw"); os.environ["PLANTED"] = "1"; os.chdir("/")
        import decimal; sys.modules["json"] = None
        import tkinter.constants as heavy
        @tool
        def fine() -> int:
            """Work."""
            return 1
    ''')
    where = Path.cwd()
    found = await define(source, tmp_path)
    assert [one.spec.name for one in found.definitions] == ["fine"]
    assert (Path.cwd(), "PLANTED" in os.environ, "tkinter.constants" in sys.modules) == (where, False, False)
    assert capfd.readouterr().out == ""


async def test_modules_in_the_working_folder_are_not_picked_up(plugin, tmp_path):
    """A project with a `json.py` of its own does not get its code run."""
    (tmp_path / "json.py").write_text("raise SystemExit('picked up')")
    found = await define(
        Source("object", "builtin", "homewit.tools.builtin.catalogue:BUILTIN_TOOLS"), tmp_path
    )
    assert (found.problem, len(found.definitions) > 10) == ("", True)


async def test_closing_ends_every_worker(plugin, tmp_path, ctx):
    """Also one that is in the middle of a call; its caller gets an error."""
    workers = Workers(tmp_path)
    one = (await remote(workers, plugin('''
        @tool
        def hang(*, ctx: ToolContext) -> str:
            """Hang."""
            (ctx.cwd / "pid").write_text(str(os.getpid()))
            time.sleep(60)
            return "over"
    ''')))["hang"]  # fmt: skip
    task = asyncio.ensure_future(one.call({}, ctx))
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await workers.close()
    with pytest.raises(ToolDied):
        await task
    assert not running(int((tmp_path / "pid").read_text()))


LIES = {
    "no object": b"[]",
    "not JSON": b"{done",
    "not text": b"\xff\xfe",
    "nested too deeply": b"[" * 100_000,
    "half a result": b'{"done": {"data": 1}}',
    "a result of another kind": b'{"done": 7}',
    "an error without words": b'{"error": 5}',
    "an error of another kind": b'{"error": {"type": "SystemExit", "message": "x", "fields": 3}}',
    "a question without a number": b'{"ask": "x", "secret": "y"}',
    "a question of another kind": b'{"ask": 1, "file": "/etc/passwd"}',
    "progress of another kind": b'{"progress": {}}',
    "a peak of another kind": b'{"done": {"data": 1, "text": "x"}, "peak_bytes": "many"}',
    "a record of the host's": b'{"ask": 1, "records": "__class__", "args": [], "kwargs": {}}',
}


@pytest.mark.parametrize("lie", LIES)
async def test_what_a_plugin_writes_into_the_protocol_harms_nobody(lie: str, workers: Workers, plugin, ctx):
    """It gets an error or a result of its own making; nothing else comes out of the call."""
    source = plugin(f'''
        @tool(timeout_s=1)
        def speak() -> str:
            """Speak for itself."""
            for fd in range(3, 20):
                try: os.write(fd, {LIES[lie]!r} + b"\\n")
                except OSError: pass
            time.sleep(0.3)
            return "x"
    ''')
    one = (await remote(workers, source))["speak"]
    try:
        result = await one.call({}, ctx)
    except ToolError:
        pass
    else:
        assert result.text == "x"


@pytest.mark.parametrize(
    "said", ['{"loaded": 5}', '{"loaded": [{}]}', '{"loaded": [{"spec": 1}]}', "{}", "[]"]
)
async def test_definitions_that_cannot_be_read_are_a_problem_of_the_plugin(said: str, plugin, tmp_path):
    """Whatever it writes while it is imported."""
    source = plugin(f"""
        for fd in range(3, 20):
            try: os.write(fd, {said.encode()!r} + bytes([10]))
            except OSError: pass
    """)
    found = await define(source, tmp_path)
    assert (found.definitions, bool(found.problem)) == ((), True)


async def test_halves_of_characters_do_not_reach_the_host(workers: Workers, plugin, ctx):
    """They could be neither stored nor shown."""
    source = plugin('''
        @tool
        def half() -> str:
            """Give half a character."""
            return "a" + chr(0xD83D) + "b"
    ''')
    one = (await remote(workers, source))["half"]
    try:
        text = (await one.call({}, ctx)).text
    except ToolFailed:
        return
    assert text == "a\ufffdb"
