"""Many sources at once: each is imported in a process of its own, and none is harmed by another."""

import asyncio
from pathlib import Path

import pytest

from homewit.tools.processes import start_python
from homewit.tools.workers import fork_server
from homewit.tools.workers.defining import define_all
from homewit.tools.workers.wire import decode, encode
from homewit.tools.workers.worker import WorkerLimits, definitions_from_wire

from .test_misbehaviour import running

FINE = '''
    @tool
    def {name}() -> str:
        """Work."""
        return "done"
'''
BAD = {
    "raises": ("1 / 0", "ZeroDivisionError: division by zero"),
    "exits": ("sys.exit(4)", "SystemExit: 4"),
    "dies": ("os._exit(4)", "its process ended while it was loading"),
    "crashes": ("ctypes.string_at(0)", "its process ended while it was loading"),
    "has_nothing": ("x = 1", "it defines no tools"),
    "speaks": (
        "[os.write(fd, b'{}\\n') for fd in range(3, 20) if os.path.exists(f'/proc/self/fd/{fd}')]",
        "",
    ),
    "replaces": (
        "import json; json.loads = None; sys.modules['homewit.tools.wire'] = None",
        "it defines no tools",
    ),
    "prints": (
        "print('{}' * 100_000, flush=True)\n" + FINE.format(name="prints").replace("    @", "@", 1),
        "",
    ),
}


def named(results) -> dict[str, list[str]]:
    return {one.source.label: [definition.spec.name for definition in one.definitions] for one in results}


async def test_each_of_many_sources_gives_its_tools(plugin, tmp_path: Path):
    """In their order, more of them than are imported at the same time."""
    sources = [plugin(FINE.format(name=f"tool_{number}"), f"p{number}") for number in range(20)]
    found = await define_all(sources, tmp_path)
    assert [one.problem for one in found] == [""] * 20
    assert list(named(found).items()) == [(f"file:p{number}.py", [f"tool_{number}"]) for number in range(20)]


async def test_what_one_does_while_it_is_imported_harms_no_other(plugin, tmp_path: Path):
    """One of each kind among good ones: these have their tools, and the bad ones their own problem."""
    sources = [plugin("", f"bad_{name}") for name in BAD]
    for source, (code, _) in zip(sources, BAD.values(), strict=True):
        Path(source.where).write_text(Path(source.where).read_text() + code)
    good = [plugin(FINE.format(name=f"good_{number}"), f"good_{number}") for number in range(3)]
    found = await define_all([good[0], *sources, *good[1:]], tmp_path)
    assert {label: names for label, names in named(found).items() if label.startswith("file:good")} == {
        f"file:good_{number}.py": [f"good_{number}"] for number in range(3)
    }
    problems = {one.source.label: one.problem for one in found}
    for name, (_, expected) in BAD.items():
        assert expected in problems[f"file:bad_{name}.py"], name
    assert [one for one in found if one.late] == []


async def test_one_that_hangs_is_ended_and_told(plugin, tmp_path: Path):
    """Each of them, when its time is up."""
    sources = [plugin("time.sleep(7200)", name) for name in ("one", "two")]
    found = await define_all(sources, tmp_path, WorkerLimits(start_s=2.0))
    assert [(one.problem, one.late) for one in found] == [
        ("it did not finish loading within 2 seconds", True)
    ] * 2


async def test_one_that_hangs_holds_up_no_other(plugin, tmp_path: Path):
    """They are told of while it still hangs: here its time is never up."""
    sources = [plugin("time.sleep(7200)", "hangs")]
    sources += [plugin(FINE.format(name=f"good_{number}"), f"good_{number}") for number in range(3)]
    arguments = ["-m", fork_server.__name__, "0", "7200", "2"]
    process = await start_python(arguments, cwd=tmp_path)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(encode({"load": [source.to_wire() for source in sources]}))
    told = {}
    for _ in sources[1:]:
        number = decode(await process.stdout.readline())["number"]
        told[number] = list(definitions_from_wire(decode(await process.stdout.readline())))
    assert told == {1: ["good_0"], 2: ["good_1"], 3: ["good_2"]}
    process.end()
    await process.wait()


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="the plugin has to know its parent")
@pytest.mark.parametrize("how", ["os.kill(os.getppid(), 9)", "os.killpg(0, 9)"])
async def test_one_that_ends_the_program_around_it_ends_no_import(how: str, plugin, tmp_path: Path):
    """The others are imported one by one then."""
    sources = [plugin(FINE.format(name=f"tool_{number}"), f"p{number}") for number in range(4)]
    killer = plugin("", "killer")
    Path(killer.where).write_text(
        "import os\nfrom pathlib import Path\n"
        "assert 'fork_server' in Path(f'/proc/{os.getppid()}/cmdline').read_text(), 'alone'\n"
        f"{how}\n"
    )
    *found, last = await define_all([*sources, killer], tmp_path)
    assert named(found) == {f"file:p{number}.py": [f"tool_{number}"] for number in range(4)}
    assert (last.definitions, last.problem) == ((), "line 3: AssertionError: alone")


async def test_nothing_is_left_running(plugin, tmp_path: Path):
    """Neither what a plugin started while it was imported, nor what was being imported when nobody waits."""
    starting = plugin(f"""
        child = subprocess.Popen(["sleep", "7200"])
        open({str(tmp_path / "pid")!r}, "w").write(str(child.pid))
    """, "starting")  # fmt: skip
    hanging = plugin(f"""
        open({str(tmp_path / "own")!r}, "w").write(str(os.getpid()))
        time.sleep(7200)
    """, "hanging")  # fmt: skip
    task = asyncio.ensure_future(define_all([starting, hanging], tmp_path, WorkerLimits(start_s=60.0)))
    while not all((tmp_path / name).exists() and (tmp_path / name).read_text() for name in ("pid", "own")):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    while any(running(int((tmp_path / name).read_text())) for name in ("pid", "own")):  # noqa: ASYNC110
        await asyncio.sleep(0.01)  # they were told to end before, and take a moment for it
