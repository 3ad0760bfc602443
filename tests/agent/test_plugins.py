"""Plugins of a home: imported when they are new or changed, else remembered, and never trusted for that."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from homewit.agent.events import Warned
from homewit.agent.plugins import Plugins
from homewit.tools import Effect, PluginProblem, Registry, ToolContext, ToolDenied, ToolFailed
from homewit.tools.errors import SandboxUncertain
from homewit.tools.testing import fake_context
from homewit.tools.workers.definition_cache import DefinitionCache
from homewit.tools.workers.definitions import Definitions
from homewit.tools.workers.pool import Shield, Workers, no_shield
from homewit.tools.workers.worker import WorkerLimits

CODE = '''
from pathlib import Path
from homewit.tools import tool

with Path({log!r}).open("a") as log:
    log.write("{name}\\n")
{before}
@tool
def {name}(litres: int = 1) -> str:
    """{says}"""
    return f"{says} {{litres}}"
'''


@dataclass
class Started:
    """What one start of the program has."""

    plugins: Plugins
    registry: Registry

    def sources(self) -> dict[str, str]:
        return {spec.name: spec.source for spec in self.registry.specs()}


@dataclass(frozen=True)
class Place:
    """A home's folder for tools, and how often code in it was imported."""

    folder: Path
    cache: Path
    log: Path

    def write(self, name: str, says: str = "Water.", before: str = "") -> Path:
        """A plugin that notes down that it is imported."""
        path = self.folder / f"{name}.py"
        path.write_text(CODE.format(log=str(self.log), name=name, says=says, before=before))
        return path

    def imported(self) -> list[str]:
        """Names of the plugins that were imported since the last time, sorted."""
        found = self.log.read_text().split() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return sorted(found)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "tools").mkdir()
    return Place(tmp_path / "tools", tmp_path / "cache" / "plugins.json", tmp_path / "imported")


Start = Callable[..., AbstractAsyncContextManager[Started]]


@pytest.fixture
def start(place: Place, tmp_path: Path) -> Start:
    """`async with start() as started`: the program from its start to its end."""

    @asynccontextmanager
    async def begin(
        program: str = "1", start_s: float = 60.0, shield: Shield = no_shield
    ) -> AsyncIterator[Started]:
        registry, limits = Registry(), WorkerLimits(start_s=start_s)
        workers = Workers(tmp_path, limits, shield=shield)
        definitions = Definitions(DefinitionCache(place.cache, program), tmp_path, limits, shield)
        plugins = Plugins(registry, workers, definitions, place.folder)
        await asyncio.to_thread(plugins.load)
        try:
            yield Started(plugins, registry)
        finally:
            await plugins.close()
            await workers.close()

    return begin


@pytest.fixture
def ctx(tmp_path: Path) -> ToolContext:
    return fake_context(tmp_path)


async def test_a_start_with_unchanged_plugins_imports_none(place: Place, start: Start, ctx: ToolContext):
    """Their tools are the same as the first time and can be called; only then is their code run."""
    place.write("water")
    place.write("prune", "Prune.")
    async with start() as first:
        before = first.registry.specs()
    assert place.imported() == ["prune", "water"]
    async with start() as second:
        assert (second.registry.specs(), second.plugins.problems(), place.imported()) == (before, (), [])
        assert (await second.registry.get("water").call({"litres": 2}, ctx)).text == "Water. 2"
    assert place.imported() == ["water"]


async def test_what_has_changed_is_imported_and_nothing_else(place: Place, start: Start):
    """Between two starts, and while the program runs; also a file of the same size and time as before."""
    path = place.write("water")
    place.write("prune")
    async with start():
        place.imported()
    times = path.stat()
    place.write("water", "Spray.")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    async with start() as started:
        assert (started.registry.get("water").spec.description, place.imported()) == ("Spray.", ["water"])
        place.write("prune", "Cut back.")
        place.write("dig", "Dig.")
        path.unlink()
        await started.plugins.refresh()
        assert {spec.name: spec.description for spec in started.registry.specs()} == {
            "prune": "Cut back.",
            "dig": "Dig.",
        }
    assert place.imported() == ["dig", "prune"]
    async with start() as again:
        assert (list(again.sources()), place.imported()) == (["dig", "prune"], [])
    assert str(path) not in place.cache.read_text()


@pytest.mark.parametrize("what", ["another program", "not JSON", "another form", "gone"])
async def test_a_cache_that_cannot_be_used_is_made_anew(place: Place, start: Start, what: str):
    """Nothing is said about it, and the next start is fast again."""
    place.write("water")
    async with start():
        place.imported()
    match what:
        case "not JSON":
            place.cache.write_bytes(b"\x00{")
        case "another form":
            place.cache.write_text('{"program": "1", "kept": [{"source": 7}]}')
        case "gone":
            place.cache.unlink()
    program = "2" if what == "another program" else "1"
    for expected in (["water"], []):
        async with start(program) as started:
            assert (list(started.sources()), started.plugins.problems()) == (["water"], ())
        assert place.imported() == expected


async def test_a_cache_that_lies_gets_nothing_called(place: Place, start: Start, ctx: ToolContext):
    """What it says is compared with the code before a call. The code wins, from the next request on."""
    place.write("water")
    async with start():
        place.imported()
    kept = json.loads(place.cache.read_text())
    (definition,) = kept["kept"][0]["definitions"]
    definition["spec"]["description"] = "Water, whatever else you do."
    definition["spec"]["untrusted_output"] = True
    place.cache.write_text(json.dumps(kept))
    async with start() as started:
        lying = started.registry.get("water")
        assert lying.spec.description == "Water, whatever else you do."
        with pytest.raises(ToolDenied, match=r"file:water\.py has changed since it was loaded"):
            await lying.call({}, ctx)
        await started.plugins.refresh()
        honest = started.registry.get("water")
        assert (honest.spec.description, honest.spec.effect) == ("Water.", Effect.READ)
        assert (await honest.call({}, ctx)).text == "Water. 1"
    place.imported()
    async with start() as again:
        assert (again.registry.get("water").spec, place.imported()) == (honest.spec, [])


async def test_a_cache_cannot_take_a_preview_away(place: Place, start: Start, ctx: ToolContext):
    """Nor an undo or a check: what a tool has beside its call is part of what is compared."""
    path = place.write("water", before='def ahead(litres: int = 1) -> str:\n    return "a flood"\n')
    path.write_text(path.read_text().replace("@tool\n", '@tool(effect="write", preview=ahead)\n'))
    async with start() as started:
        assert await started.registry.get("water").foresee({}, ctx) == "a flood"
    place.cache.write_text(place.cache.read_text().replace('"preview"', ""))
    async with start() as started:
        assert await started.registry.get("water").foresee({}, ctx) == ""
        with pytest.raises(ToolDenied, match="has changed since it was loaded"):
            await started.registry.get("water").call({}, ctx)


async def test_a_plugin_that_failed_is_tried_again(place: Place, start: Start, tmp_path: Path):
    """Its reason may have gone: here a file that it reads. The others are not imported for it."""
    needed = tmp_path / "beds.txt"
    place.write("prune")
    place.write("water", before=f"Path({str(needed)!r}).read_text()")
    for _ in range(2):
        async with start() as started:
            (problem,) = started.plugins.problems()
            assert (problem.source, list(started.sources())) == ("file:water.py", ["prune"])
            assert "No such file or directory" in problem.message
    assert place.imported() == ["prune", "water", "water"]
    needed.write_text("roses")
    async with start() as started:
        assert (list(started.sources()), started.plugins.problems()) == (["prune", "water"], ())
    assert place.imported() == ["water"]


async def test_a_plugin_that_hung_is_not_waited_for_again(place: Place, start: Start, tmp_path: Path):
    """The next start tells it at once, and tries it again beside the first request."""
    patient = tmp_path / "patient"
    place.write("water", before=f"import time\nwhile not Path({str(patient)!r}).exists(): time.sleep(0.01)")
    hung = PluginProblem("file:water.py", "it did not finish loading within 2 seconds")
    async with start(start_s=2.0) as started:
        assert started.plugins.problems() == (hung,)
    place.imported()
    async with start() as started:
        assert (started.plugins.problems(), place.imported()) == ((hung,), [])
        patient.touch()
        await started.plugins.refresh()
        await started.plugins.settled()
        assert (list(started.sources()), started.plugins.problems()) == (["water"], ())
    assert place.imported() == ["water"]


async def test_a_plugin_that_could_not_be_shut_in_for_sure_is_tried_again(place: Place, start: Start):
    """By each request, until there is an answer; nothing of it is remembered, and nothing is run before."""
    place.write("prune")
    place.write("water")
    busy = [True]

    def shield(sources: object, specs: object) -> list[str]:
        if busy:
            raise SandboxUncertain("No answer.")
        return []

    async with start(shield=shield) as started:
        for _ in range(2):
            told = {(problem.source, problem.message) for problem in started.plugins.problems()}
            assert told == {(f"file:{name}.py", "No answer.") for name in ("prune", "water")}
            await started.plugins.refresh()
            await started.plugins.settled()
        assert (list(started.sources()), place.imported(), place.cache.exists()) == ([], [], False)
        busy.clear()
        await started.plugins.refresh()
        await started.plugins.settled()
        assert (list(started.sources()), started.plugins.problems()) == (["prune", "water"], ())


async def test_code_that_fails_only_when_it_is_called_is_a_problem_then(
    place: Place, start: Start, ctx: ToolContext, tmp_path: Path
):
    """A plugin that was remembered and cannot be imported any more is told as such, and offered no longer."""
    needed = tmp_path / "beds.txt"
    needed.write_text("roses")
    place.write("water", before=f"Path({str(needed)!r}).read_text()")
    async with start():
        needed.unlink()
    async with start() as started:
        with pytest.raises(
            ToolFailed, match=r"water cannot be called: file:water\.py: line \d+: FileNotFound"
        ):
            await started.registry.get("water").call({}, ctx)
        await started.plugins.refresh()
        assert (list(started.sources()), len(started.plugins.problems())) == ([], 1)


async def test_entry_points_are_remembered_until_their_package_changes(
    place: Place, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Two entry points of one distribution both give their tools; a file of the package decides for both."""
    site = tmp_path / "site"
    package = site / "homewit_test_garden"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    for name in ("water", "prune"):
        (package / f"{name}.py").write_text(CODE.format(log=str(place.log), name=name, says="Do.", before=""))
    (site / "homewit_test_garden-1.0.dist-info").mkdir()
    (site / "homewit_test_garden-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: homewit-test-garden\nVersion: 1.0\n"
    )
    (site / "homewit_test_garden-1.0.dist-info" / "entry_points.txt").write_text(
        "[homewit.tools]\nwater = homewit_test_garden.water\nprune = homewit_test_garden.prune\n"
    )
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", str(site), prepend=":")
    label = "entry-point:homewit-test-garden"
    for expected in (["prune", "water"], []):
        async with start() as started:
            own = {name: source for name, source in started.sources().items() if source == label}
            assert (own, started.plugins.problems()) == ({"water": label, "prune": label}, ())
        assert place.imported() == expected
    (package / "beds.py").write_text("ROSES = 3\n")
    async with start():
        assert place.imported() == ["prune", "water"]


async def test_an_edited_plugin_is_shut_in_by_what_all_of_its_tools_need(
    place: Place, start: Start, ctx: ToolContext
):
    """A worker serves each of them, so a call that reads must not start one without the other's network."""
    shut_in: list[list[str]] = []

    def shield(sources, specs) -> list[str]:
        shut_in.append(sorted(spec.name for spec in specs))
        return []

    path = place.write("water")
    async with start(shield=shield) as started:
        other = 'def order(url: str) -> str:\n    "Order."\n    return url\n'
        path.write_text(f'{path.read_text()}\n@tool(effect="network", sinks=("url",))\n{other}')
        await started.plugins.refresh()
        await started.registry.get("water").call({}, ctx)
    assert shut_in == [[], [], ["order", "water"]]  # by none of them while they are found out


async def test_a_plugin_that_breaks_while_the_program_runs_is_told_once(opened, folder: Path, tmp_path: Path):
    """The next request says what became of it; nothing is said again until it changes."""
    home = tmp_path / "home"
    (home / "tools").mkdir(parents=True)
    file = home / "tools" / "parking.py"
    file.write_text("tools = []\n")
    async with opened("chat", "Hello.", "chat", "Hello.", home=home) as agent:
        file.write_text("def broken(:\n")
        warned: list[list[str]] = []
        for _ in range(2):
            bodies = [event.body async for event in agent.stream("hi")]
            warned.append([body.message for body in bodies if isinstance(body, Warned)])
    assert [len(told) for told in warned] == [1, 0]
    assert warned[0][0].startswith("file:parking.py is left out now: line 1: ")
