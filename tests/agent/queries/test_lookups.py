"""The look-ups behind the command line's lists, on a home with some history; no model is loaded."""

import sys
from datetime import datetime
from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from homewit.agent import ModelUnavailable, NotFound, UsageError
from homewit.agent.errors import CallFailed, RuleError
from homewit.agent.queries.doctor import disk, plugins_shut_in, settings_file
from homewit.agent.queries.lookups import Queries
from homewit.agent.requests import KEPT_FACTS
from homewit.agent.testing import FakeClock
from homewit.tools import tool

CREATED = FakeClock().time.isoformat()


@pytest.fixture
async def asked(opened):
    """``asked(name, **args)`` on an open agent."""

    @tool(effect="write", sinks=("path",))
    def save(path: str) -> str:
        """Save."""
        return f"saved {path}"

    @tool
    def broken() -> str:
        """Break."""
        raise RuntimeError("no")

    async with opened("chat", "Hello Ann.", tools=[save, broken]) as agent:
        queries = Queries(agent.place, agent.runner, agent.firing)

        async def ask(name: str, /, **args):
            answer = await queries.answer(name, args)
            return answer.get("items", answer.get("item"))

        ask.agent = agent  # type: ignore[attr-defined]
        yield ask


async def test_sessions_and_runs_are_listed_and_shown(asked):
    """What was said comes back under the same ids."""
    result = await asked.agent.run("hi, I am Ann")
    (session,) = await asked("sessions.list")
    assert {**session, "id": "", "updated": ""} == {
        "id": "",
        "title": "hi, I am Ann",
        "created": CREATED,
        "updated": "",
    }
    shown = await asked("sessions.show", id=session["id"])
    assert [(turn["role"], turn["text"], turn["run"]) for turn in shown["turns"]] == [
        ("user", "hi, I am Ann", result.run_id),
        ("assistant", "Hello Ann.", result.run_id),
    ]
    found = await asked("sessions.search", query="Ann")
    assert {turn["session"] for turn in found} == {session["id"]}
    (run,) = await asked("runs.list")
    assert (run["id"], run["session"], run["status"], run["exit_code"]) == (
        result.run_id,
        session["id"],
        "done",
        0,
    )
    events = (await asked("runs.show", id=run["id"]))["events"]
    assert (events[0]["type"], events[-1]["type"]) == ("run.started", "run.finished")
    assert datetime.fromisoformat(events[0]["ts"]) == FakeClock().time


async def test_facts_are_added_explained_found_and_forgotten(asked):
    """A sentence becomes a fact with its words; forgetting names it by id or by words that only it fits."""
    added = await asked("memory.add", text="my sister's birthday is May 3")
    more = await asked("memory.add", subject="user", key="shoe size", value="44")
    assert (added["subject"], added["key"], added["value"]) == ("sister", "birthday", "May 3")
    assert await asked("memory.list") == [added, more]
    assert await asked("memory.search", query="my sister's birthday") == [added]
    why = await asked("memory.why", id=added["id"])
    assert (why["turn_text"], why["quote"]) == ("my sister's birthday is May 3",) * 2
    assert await asked("memory.forget", query="sister birthday") == [{"id": added["id"]}]
    assert await asked("memory.forget", id=more["id"]) == [{"id": more["id"]}]
    assert await asked("memory.list") == []


async def test_a_fact_is_corrected(asked):
    """The old value becomes history, also of what could hold twice; its words are the old ones, changed."""
    birthday = await asked("memory.add", text="my sister's birthday is May 3")
    music = await asked("memory.add", text="I like jazz")
    size = await asked("memory.add", subject="user", key="shoe size", value="44")
    new = await asked("memory.edit", id=birthday["id"], value="May 4")
    assert (new["value"], new["quote"]) == ("May 4", "my sister's birthday is May 4")
    assert (await asked("memory.edit", id=music["id"], value="bebop"))["quote"] == "I like bebop"
    assert (await asked("memory.edit", id=size["id"], value="45"))["quote"] == "my shoe size: 45"
    assert [fact["value"] for fact in await asked("memory.list")] == ["May 4", "bebop", "45"]
    with pytest.raises(UsageError, match=new["id"]):
        await asked("memory.edit", id=birthday["id"], value="May 5")
    for value in ("", "two\nlines"):
        with pytest.raises(UsageError, match="one line"):
            await asked("memory.edit", id=new["id"], value=value)
    assert len(await asked("memory.list")) == 3


async def test_facts_come_from_a_file(asked):
    """One that is known stays as it is, a newer value stays, and what was forgotten is not brought back."""
    await asked("memory.add", text="my sister's birthday is May 3")
    told = [
        {name: one[name] for name in ("subject", "key", "value", "quote")}
        for one in await asked("memory.list")
    ]
    tea = await asked("memory.add", text="I like tea")
    await asked("memory.forget", id=tea["id"])
    told += [
        {"subject": "sister", "key": "birthday", "value": "May 1", "valid_from": "2020-01-01T00:00:00Z"},
        {"subject": "user", "key": "like", "value": "tea", "quote": "I like tea"},
        {"subject": "car", "key": "colour", "value": "red", "valid_from": "2020-01-01T00:00:00Z"},
    ]
    states = [row["state"] for row in await asked("memory.import", facts=told)]
    assert states == ["known", "older", "forgotten", "added"]
    facts = await asked("memory.list")
    assert [(one["value"], one["quote"]) for one in facts] == [
        ("May 3", "my sister's birthday is May 3"),
        ("red", "car's colour: red"),
    ]
    assert facts[1]["valid_from"].startswith("2020-01-01")
    assert await asked("sessions.search", query="tea") == []
    with pytest.raises(ValidationError):
        await asked("memory.import", facts=[{"subject": "car", "key": "colour", "value": ""}])


async def test_words_that_fit_several_facts_forget_none(asked):
    """The message lists them with their ids."""
    await asked("memory.add", text="my sister's birthday is May 3")
    await asked("memory.add", text="my brother's birthday is June 9")
    with pytest.raises(UsageError, match="2 facts fit 'birthday'"):
        await asked("memory.forget", query="birthday")
    assert len(await asked("memory.list")) == 2
    assert len(await asked("memory.forget", query="birthday", every=True)) == 2
    assert await asked("memory.list") == []


async def test_a_fact_that_only_comes_near_is_not_forgotten(asked):
    """Searching for these words finds the birthday; forgetting needs all of them in the fact."""
    fact = await asked("memory.add", text="my sister's birthday is May 3")
    assert await asked("memory.search", query="my sister's phone") == [fact]
    with pytest.raises(NotFound, match="Nothing that is remembered fits"):
        await asked("memory.forget", query="my sister's phone", every=True)
    assert await asked("memory.list") == [fact]


async def test_tools_are_listed_shown_and_called(asked):
    """A call that the user typed in full is approved by that, and logged like any other."""
    assert "save" in [one["name"] for one in await asked("tools.list")]
    in_full = {one["name"]: one for one in await asked("tools.list", schemas=True)}
    assert in_full["save"] == await asked("tools.show", name="save")
    assert await asked("permissions.check", allow=["save"]) == [{"rule": "save"}]
    with pytest.raises(RuleError, match="can never apply"):
        await asked("permissions.check", allow=["sve"])
    shown = await asked("tools.show", name="save")
    assert (shown["effect"], shown["sinks"], shown["timeout_s"]) == ("write", ["path"], 60.0)
    called = await asked("tools.call", name="save", args={"path": "a"})
    assert called == {"tool": "save", "data": "saved a", "text": "saved a", "origins": ["save (s1)", "you"]}
    assert await asked("runs.list") == []  # only what was requested is a run to people
    (run,) = await asked("runs.list", calls=True)
    assert [row.state for row in asked.agent.place.store.ledger(run["id"])] == ["done"]


async def test_a_call_that_fails_says_why(asked):
    """The tool's own words, and nothing half said."""
    with pytest.raises(CallFailed, match="broken failed: no"):
        await asked("tools.call", name="broken")
    with pytest.raises(NotFound, match="no tool named 'nope'"):
        await asked("tools.call", name="nope")


@pytest.mark.parametrize(
    ("name", "args", "error"),
    [
        ("nothing.list", {}, UsageError),
        ("sessions.show", {}, ValidationError),
        ("sessions.show", {"id": "s_x", "more": 1}, ValidationError),
        ("sessions.show", {"id": "s_x"}, NotFound),
        ("runs.show", {"id": "r_x"}, NotFound),
        ("memory.why", {"id": "f_x"}, NotFound),
        ("memory.forget", {"query": "x"}, NotFound),
        ("memory.forget", {"query": "x", "every": True}, NotFound),
        ("memory.forget", {"id": "sister"}, NotFound),
        ("memory.forget", {}, UsageError),
        ("memory.add", {"text": "hm"}, UsageError),
        ("model.info", {"name": "no/such"}, ModelUnavailable),
        ("model.quantize", {"source": "no/such", "target": "x"}, ModelUnavailable),
        ("model.quantize", {"source": "bundled", "target": "x", "bits": 3}, ValidationError),
        ("model.bench", {"name": "no/such"}, ModelUnavailable),
        ("model.bench", {"name": "scripted:x"}, UsageError),
        ("model.bench", {"quantize": "int3"}, ValidationError),
    ],
)
async def test_what_cannot_be_answered_is_an_error_of_its_kind(asked, name, args, error):
    """Unknown names, wrong arguments and unknown ids can be told apart."""
    with pytest.raises(error):
        await asked(name, **args)


async def test_the_doctor_looks_at_everything(asked):
    """One finding per part, each with a state and, where needed, a way out."""
    findings = {one["name"]: one for one in await asked("doctor")}
    names = "python host engine kernels gpu model memory disk settings tools sandbox".split()
    names += ["web search", "plugins", "secrets"]
    assert list(findings) == names
    assert (findings["memory"]["state"], findings["web search"]["state"]) == ("ready", "optional")
    assert "search_url" in findings["web search"]["fix"]


@pytest.mark.parametrize(
    ("free", "files", "state", "text"),
    [
        (300_000_000_000, 100, "ready", "300.0 GB left"),
        (120_000_000, 100, "optional", "120 MB left for"),
        (4_000_000, 100, "problem", "is full: 4 MB left"),
        (300_000_000_000, 0, "problem", "takes no more files"),
    ],
)
def test_the_doctor_tells_of_a_disk_that_is_full_or_soon_will_be(tmp_path, free, files, state, text):
    """Before something fails, and with what to do. Control: one with room is fine."""
    room = SimpleNamespace(f_bavail=free // 1000, f_frsize=1000, f_files=1000, f_favail=files)
    found = disk(tmp_path, lambda _: room)
    assert (found.state, text in found.text, bool(found.fix)) == (state, True, state != "ready")


def test_the_doctor_measures_the_disk_of_the_home(tmp_path):
    """A real one; where nothing can be measured, that is said."""
    assert " left " in disk(tmp_path).text
    assert "cannot be measured" in disk(tmp_path / "nowhere").text


def test_the_doctor_names_the_file_of_the_settings(tmp_path):
    """Also before there is one."""
    path = tmp_path / "config.toml"
    assert (settings_file(path).state, str(path) in settings_file(path).text) == ("optional", True)
    path.write_text("")
    assert settings_file(path).state == "ready"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is no bubblewrap")
def test_the_doctor_says_when_nobody_can_tell_whether_plugins_are_shut_in(tmp_path, monkeypatch):
    """They do not run then, which is a problem; that they are plain processes without a sandbox is none."""
    place = SimpleNamespace(settings=SimpleNamespace(shield=True))
    found = []
    for name, does in (("busy", "kill -9 $$"), ("never", "exit 1")):
        program = tmp_path / name / "bwrap"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{does}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
        found.append(plugins_shut_in(place))
    assert [one.state for one in found] == ["problem", "optional"]
    assert "do not run now: Whether a sandbox starts here could not be found out" in found[0].text
    assert "run as plain processes" in found[1].text


@pytest.mark.parametrize("name", ["tools.show", "tools.call"])
async def test_a_tool_that_is_not_there_may_be_in_a_plugin_that_was_skipped(asked, name):
    """So that is named. Control: without one the message ends before."""
    with pytest.raises(NotFound) as plain:
        await asked(name, name="parking_fee")
    (asked.agent.place.home.path / "tools").mkdir(exist_ok=True)
    (asked.agent.place.home.path / "tools/parking.py").write_text("def broken(:")
    await asked.agent.place.plugins.refresh()
    with pytest.raises(NotFound) as told:
        await asked(name, name="parking_fee")
    assert "file:parking.py was skipped: line 1: invalid syntax" in str(told.value)
    assert "skipped" not in str(plain.value)


async def test_a_session_is_removed_with_what_it_did(asked):
    """What was learned in it stays where facts are kept, or is forgotten as well."""
    result = await asked.agent.run("hi, I am Ann")
    (session,) = await asked("sessions.list")
    gone = await asked("sessions.remove", id=session["id"])
    assert gone == {
        "id": session["id"],
        "turns": 2,
        "runs": 1,
        "permissions": 0,
        "facts_kept": [],
        "facts_forgotten": [],
    }
    with pytest.raises(NotFound):
        await asked("runs.show", id=result.run_id)
    first = await asked("memory.add", text="my sister's birthday is May 3")
    newer = await asked("memory.add", text="my sister's birthday is May 4")
    (by_hand,) = await asked("sessions.list")
    kept = (await asked("sessions.remove", id=by_hand["id"]))["facts_kept"]
    (place,) = await asked("sessions.list")
    assert (kept, place["title"]) == ([first["id"], newer["id"]], KEPT_FACTS)
    assert (await asked("memory.why", id=newer["id"]))["session"] == place["id"]
    gone = await asked("sessions.remove", id=place["id"], facts=True)
    assert (gone["facts_kept"], sorted(gone["facts_forgotten"])) == ([], sorted(kept))
    assert [await asked("memory.list"), await asked("sessions.list")] == [[], []]


async def test_a_session_in_which_something_goes_on_stays(asked):
    """Wherever it is carried out. Control: what was interrupted keeps no session."""
    place = asked.agent.place
    session = place.store.create_session("work").id
    run = place.store.create_run(session, "work").id
    assert place.leases.take(run)
    with pytest.raises(UsageError, match="still going on"):
        await asked("sessions.remove", id=session)
    place.leases.give_back(run)
    assert (await asked("sessions.remove", id=session))["runs"] == 1
