"""Workers that are shut in: a plugin reaches what its tools declare, and not Homewit's home.

Each attempt is made twice: shut in, and as a control as a plain process, where it works.
"""

import ast
import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from homewit.tools import ToolError
from homewit.tools.builtin.apart import TAKES_FILES_APART, TAKES_PAGES_APART
from homewit.tools.errors import SandboxUncertain, ToolFailed
from homewit.tools.isolation.confinement import Reach
from homewit.tools.sandbox import worker_shield
from homewit.tools.workers.defining import define, define_all
from homewit.tools.workers.definition import Definition
from homewit.tools.workers.pool import Shield, Workers, no_shield
from homewit.tools.workers.shield import ByDeclaration
from homewit.tools.workers.source import OF_FILES, OF_PAGES, Source
from homewit.tools.workers.sources import in_folder

from ..loopback import page, serve
from .conftest import remote

shielding = pytest.mark.skipif(not worker_shield(Reach()), reason="no sandbox starts here")

TRIES = '''
    import socket
    import urllib.request
    from pathlib import Path

    @tool
    def attempt(code: str) -> str:
        """Try something."""
        scope = {"Path": Path, "urllib": urllib, "os": os, "socket": socket}
        return str(eval(code, scope))

    @tool(effect="network", sinks=("url",))
    def fetch(url: str) -> str:
        """Fetch."""
        return urllib.request.urlopen(url, timeout=60).read().decode()
'''

ATTEMPTS = {
    "read settings": "Path('{home}/config.toml').read_text()",
    "read secrets": "Path('{home}/secrets.json').read_text()",
    "list the home": "os.listdir('{home}')[1]",
    "change settings": "Path('{home}/config.toml').write_text('x')",
    "add a plugin": "Path('{home}/tools/evil.py').write_text('x')",
    "change itself": "Path('{plugin}').write_text('x')",
    "write elsewhere": "Path('{outside}/made').write_text('x')",
    "write through the root": "Path('/proc/self/root{outside}/made').write_text('x')",
    "start-up files": "Path('{granted}/.bashrc').write_text('x')",
    "what it may only read": "Path('{granted}/made').write_text('x')",
    "what git keeps there": "Path('{granted}/.git/index').write_text('x')",
    "keys there": "Path('{granted}/.ssh/key').read_text()",
    "another process": "Path('/proc/{pid}/cmdline').read_text()[0]",
    "who listens beside the folder": "(s := socket.socket(socket.AF_UNIX)).connect('{listens}') or 'heard'",
    "who takes messages": "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b'x', '{takes}')",
    "a hypervisor": "socket.socket(40, socket.SOCK_STREAM)",
}


@pytest.fixture
def visible() -> Iterator[Path]:
    """A folder that workers see, unlike those below /tmp, with a path that is short enough for a socket."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as made:
        yield Path(made)


@pytest.fixture
def place(tmp_path: Path, visible: Path) -> Iterator[dict[str, object]]:
    """A home, a granted folder, one that is not, and programs that listen, as a desktop has."""
    home, granted, outside = (tmp_path / name for name in ("home", "granted", "outside"))
    for folder in (home / "tools", granted / ".git", granted / ".ssh", outside):
        folder.mkdir(parents=True)
    (granted / ".ssh/key").write_text("hunter2")
    (home / "config.toml").write_text("allow = []")
    (home / "secrets.json").write_text("{}")
    (granted / ".bashrc").write_text("alias x=y")
    with socket.socket(socket.AF_UNIX) as listens, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as takes:
        listens.bind(str(visible / "listens"))
        listens.listen()
        takes.bind(str(visible / "takes"))
        yield {
            **{"home": home, "granted": granted, "outside": outside, "pid": os.getpid()},
            **{"listens": visible / "listens", "takes": visible / "takes"},
        }


def knows_hypervisors() -> bool:
    try:
        socket.socket(40, socket.SOCK_STREAM).close()
    except OSError:
        return False
    return True


def shield_for(place: dict[str, object]) -> Shield:
    return ByDeclaration((Path(str(place["granted"])),), (Path(str(place["home"])),))


async def attempt(name: str, place: dict[str, object], plugin, shield: Shield, ctx) -> str:
    source = plugin(TRIES)
    granted = Path(str(place["granted"]))
    workers = Workers(granted, shield=shield)
    try:
        found = await define(source, granted, shield=shield)
        assert found.problem == ""
        (tool,) = (workers.tool(source, one) for one in found.definitions if one.spec.name == "attempt")
        code = ATTEMPTS[name].format(**place, plugin=source.where)
        return (await tool.call({"code": code}, ctx)).text
    finally:
        await workers.close()


@shielding
@pytest.mark.parametrize("name", ATTEMPTS)
async def test_it_is_out_of_reach(name: str, place, plugin, ctx):
    """The attempt fails, and everything is as it was."""
    with pytest.raises(ToolFailed):
        await attempt(name, place, plugin, shield_for(place), ctx)
    assert (Path(place["home"]) / "config.toml").read_text() == "allow = []"
    assert (Path(place["granted"]) / ".bashrc").read_text() == "alias x=y"
    assert list(Path(place["outside"]).iterdir()) == []
    assert not any((Path(place["granted"]) / name).exists() for name in ("made", ".git/index"))


@pytest.mark.parametrize("name", ATTEMPTS)
async def test_control_a_plain_process_reaches_it(name: str, place, plugin, ctx):
    """Control: without the shield the same attempt works."""
    if name == "a hypervisor" and not knows_hypervisors():
        pytest.skip("this kernel has no such sockets")
    assert await attempt(name, place, plugin, no_shield, ctx)


@shielding
async def test_a_plugin_in_the_home_is_found_and_works_in_the_granted_folder(place, ctx, tmp_path):
    """Of the home it sees its own file alone; the granted folder it may change."""
    home, granted = Path(place["home"]), Path(place["granted"])
    (home / "tools/mine.py").write_text(
        "from pathlib import Path\nfrom homewit.tools import tool\n@tool(effect='write', sinks=('path',))\n"
        "def make(path: str) -> str:\n    'Make a file.'\n    return str(Path(path).write_text('made'))\n"
    )
    (source,), _ = in_folder(home / "tools")
    shield = shield_for(place)
    found = await define(source, granted, shield=shield)
    assert found.problem == ""
    workers = Workers(granted, shield=shield)
    await workers.tool(source, found.definitions[0]).call({"path": str(granted / "new")}, ctx)
    await workers.close()
    assert (granted / "new").read_text() == "made"


# The names of file systems in memory that it may write to, with their sizes.
IN_MEMORY = """{at: os.statvfs(at).f_blocks * os.statvfs(at).f_frsize for at in (
    line.split()[1] for line in Path('/proc/mounts').read_text().splitlines() if ' tmpfs ' in line
) if os.access(at, os.W_OK) and not os.statvfs(at).f_flag & os.ST_RDONLY}"""


@shielding
async def test_what_it_keeps_in_memory_has_a_size(place, plugin, ctx, monkeypatch):
    """As for commands; and when the machine has no memory left, a worker is ended before other programs."""
    monkeypatch.setitem(ATTEMPTS, "in memory", IN_MEMORY.replace("{", "{{").replace("}", "}}"))
    sizes = ast.literal_eval(await attempt("in memory", place, plugin, shield_for(place), ctx))
    assert sizes == {"/tmp": 1 << 30, "/dev/shm": 1 << 28}
    monkeypatch.setitem(ATTEMPTS, "goes first", "Path('/proc/self/oom_score_adj').read_text()")
    assert (await attempt("goes first", place, plugin, shield_for(place), ctx)).strip() == "1000"


@shielding
async def test_the_network_is_for_plugins_that_declare_it(place, plugin, ctx):
    """One with a tool that fetches has it, one without has none; nor has any while it is found out."""
    granted = Path(place["granted"])
    with_network = plugin(TRIES)
    without = plugin(TRIES.partition("    @tool(effect")[0], "without")
    async with serve({"/": page(b"reached")}) as server:
        workers = Workers(granted, shield=shield_for(place))
        code = f"urllib.request.urlopen('{server.url}', timeout=60).read()"
        fetching = await remote(workers, with_network)
        assert "reached" in (await fetching["fetch"].call({"url": server.url}, ctx)).text
        alone = await remote(workers, without)
        with pytest.raises(ToolError, match=r"unreachable|refused"):
            await alone["attempt"].call({"code": code}, ctx)
        at_import = plugin(f"import urllib.request; urllib.request.urlopen('{server.url}')", "eager")
        found = await define(at_import, granted, shield=shield_for(place))
        assert "URLError" in found.problem
        await workers.close()
        assert server.connections == 1


@shielding
async def test_a_shut_in_worker_ends_like_any_other(place, plugin, ctx):
    """With all that it has started, also in sessions of their own."""
    granted = Path(place["granted"])
    source = plugin('''
        @tool(timeout_s=0.5)
        def start(*, ctx: ToolContext) -> str:
            """Start something that goes on."""
            subprocess.Popen(["sleep", "7300"], start_new_session=True)
            time.sleep(60)
            return "over"
    ''')
    workers = Workers(granted, shield=shield_for(place))
    with pytest.raises(ToolError, match="did not finish"):
        await (await remote(workers, source))["start"].call({}, ctx)
    await workers.close()
    while list(sleeping()):  # noqa: ASYNC110  they were told to end before, and take a moment for it
        await asyncio.sleep(0.02)


def sleeping():
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cmdline").read_bytes() == b"sleep\x007300\x00":
                yield process.name
        except OSError:
            continue


@pytest.mark.parametrize("shut_in", [pytest.param(True, marks=shielding), False])
async def test_sources_that_are_imported_together_are_as_shut_in_as_alone(place, shut_in: bool):
    """Of the home they see plugins. Control: without the shield they see the secrets, too."""
    home = Path(place["home"])
    look = f"import os\nassert not os.path.exists({str(home / 'secrets.json')!r}), 'seen'\n"
    for name in ("one", "two"):
        code = f"from homewit.tools import tool\n@tool\ndef {name}() -> int:\n    'Count.'\n    return 1\n"
        (home / "tools" / f"{name}.py").write_text(look + code)
    sources, _ = in_folder(home / "tools")
    shield = shield_for(place) if shut_in else no_shield
    found = await define_all(sources, Path(place["granted"]), shield=shield)
    assert [len(one.definitions) for one in found] == ([1, 1] if shut_in else [0, 0])
    assert shut_in or all("seen" in one.problem for one in found)


async def test_nothing_runs_while_it_is_uncertain_whether_it_can_be_shut_in(plugin, ctx, tmp_path):
    """It is told why, and runs when there is an answer; nor is its code imported to see what it has."""
    source, busy = plugin(f"""
        open({str(tmp_path / 'ran')!r}, "w").close()
        @tool
        def work() -> str:
            'Work.'
            return "done"
    """), [True]  # fmt: skip

    def shield(sources: object, specs: object) -> list[str]:
        if busy:
            raise SandboxUncertain("No answer.")
        return []

    for sources in ([source], [source, plugin("", "other")]):
        found = await define_all(sources, tmp_path, shield=shield)
        assert {(one.problem, one.untried, one.late) for one in found} == {("No answer.", True, False)}
    workers = Workers(tmp_path, shield=shield)
    tool = workers.tool(source, Definition((await define(source, tmp_path)).definitions[0].spec))
    (tmp_path / "ran").unlink()
    with pytest.raises(SandboxUncertain, match=r"^work was not called\. No answer\.$"):
        await tool.call({}, ctx)
    assert not (tmp_path / "ran").exists()
    busy.clear()
    assert (await tool.call({}, ctx)).data == "done"
    await workers.close()


@shielding
@pytest.mark.parametrize(
    ("source", "sees"),
    [
        (OF_FILES, {"granted"}),
        (OF_PAGES, set()),
        (Source("object", "entry-point:p", "p"), {"granted", "private"}),
    ],
    ids=["files", "pages", "a plugin"],
)
def test_its_own_readers_see_less(source: Source, sees: set[str], visible: Path, monkeypatch):
    """What parses files by strangers sees the granted folders, what parses pages none of the user's; neither
    changes any. Control: a plugin reads what the user reads.
    """
    home = visible / "user"
    for name in ("granted", "private"):
        (home / name).mkdir(parents=True)
        (home / name / "letter").write_text("dear")
    monkeypatch.setenv("HOME", str(home))
    specs = [one.spec for one in (TAKES_FILES_APART if source == OF_FILES else TAKES_PAGES_APART)]
    shield = ByDeclaration((home / "granted",), ())([source], specs)
    reads = "import os; print([n for n in ('granted', 'private') if os.path.exists(f'{HOME}/{n}/letter')])"
    writes = "; open(f'{HOME}/granted/letter', 'a')"
    said = subprocess.run(
        [*shield, sys.executable, "-c", f"HOME = {str(home)!r}; {reads}{writes}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (set(ast.literal_eval(said.stdout)), said.returncode) == (sees, 1), said.stderr
