"""The drawers of what is scheduled and what was learned, and the commands that list the same."""

import asyncio
import json
from typing import Any

from homewit.tui.testing import FakeHost
from homewit.tui.testing.world import World

SCHEDULE = {
    "id": "sch_1", "next": "2026-03-03T07:00:00+00:00", "when": "every day at 7", "request": "show my tasks",
    "kind": "prompt", "cron": "0 7 * * *", "at": None, "zone": "UTC", "missed": "run_once", "inputs": {},
    "allow": ["write_file:path=a.txt"], "folder": "/", "session": "s_dinner1", "last": None,
    "created": "2026-03-02T07:00:00+00:00",
}  # fmt: skip
WAITING = {
    "id": "o_1", "schedule": "sch_1", "due": "2026-03-02T07:00:00+00:00", "status": "approval_needed",
    "run": "r_wait", "session": "s_dinner1", "attempts": 1, "problem": None, "request": "write the report",
}  # fmt: skip
PROCEDURE = {
    "id": "p_1", "name": "double ‹number›", "state": "offered", "problem": "", "uses": 0, "learned_from": 2,
    "created": "2026-03-02T07:00:00+00:00", "wordings": ["double ‹number›"], "runs": ["r_1"], "text": "x",
    "slots": [{"name": "number", "seen": [5, 6]}],
    "steps": [{"id": "s1", "tool": "double", "args": {"number": {"$ref": "inputs.number"}}, "after": []}],
}  # fmt: skip


class Scheduled(World):
    """What the double tells of, with a schedule, a run that waits, and a procedure that is offered."""

    def __init__(self) -> None:
        super().__init__()
        self.schedules: list[dict[str, Any]] = [dict(SCHEDULE)]
        self.waiting: list[dict[str, Any]] = [dict(WAITING)]
        self.procedures: list[dict[str, Any]] = [dict(PROCEDURE)]

    def answer(self, name: str, args: dict[str, Any]) -> dict[str, Any]:
        match name:
            case "schedules.list":
                return {"items": self.schedules}
            case "schedules.waiting":
                return {"items": self.waiting}
            case "schedules.show":
                return {"item": {**SCHEDULE, "notes": [], "occurrences": [WAITING]}}
            case "schedules.add":
                return {"item": {**SCHEDULE, "text": f"Scheduled {args['when']}: {args['request']}."}}
            case "schedules.remove":
                self.schedules = []
                return {"item": SCHEDULE}
            case "schedules.trigger":
                return {"item": {**WAITING, "id": "o_2", "run": None}}
            case "procedures.list":
                return {"items": self.procedures}
            case "procedures.show":
                return {"item": PROCEDURE}
            case "procedures.accept":
                self.procedures[0]["state"] = "accepted"
                return {"item": self.procedures[0]}
        return super().answer(name, args)


class Host(FakeHost):
    def __init__(self) -> None:
        super().__init__()
        self.world = Scheduled()


async def test_the_chat_says_what_waits_and_lets_it_go_on(chatting):
    """Told at the start; enter on the waiting run opens its session and resumes it."""
    async with chatting(Host()) as chat:
        await chat.shows("a scheduled run waits for you: /schedules")
        await chat.say("/schedules")
        await chat.shows("needs your approval", "write the report", "every day at 7", "show my tasks")
        await chat.press("enter")
        await chat.until(lambda: ("resume", {"run": "r_wait", "allow": []}) in chat.host.received)
        await chat.shows("plan a dinner for six", "Menu B needs no oven.")


async def test_a_schedule_is_removed_after_asking(chatting):
    """d in the list asks, y removes."""
    async with chatting(Host()) as chat:
        await chat.ready()
        await chat.say("/schedules tasks")
        await chat.shows("show my tasks")
        await chat.press("down", "d")
        await chat.shows("Remove this schedule?")
        await chat.press("y")
        await chat.shows("nothing is scheduled here")


async def test_a_schedule_is_run_now(chatting):
    """r in the list begins an occurrence of its own, in the session of the schedule."""
    async with chatting(Host()) as chat:
        await chat.ready()
        await chat.say("/schedules tasks")
        await chat.shows("show my tasks")
        await chat.press("down", "r")
        await chat.until(lambda: ("fire", {"occurrence": "o_2"}) in chat.host.received)


class SlowHost(Host):
    """Lists schedules only while ``listing`` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.world = world = Scheduled()
        world.waiting = []
        world.schedules = [dict(SCHEDULE), {**SCHEDULE, "id": "sch_2", "request": "show my mail"}]
        self.listing = asyncio.Event()

    async def _result(self, method: str, params: dict[str, Any]) -> Any:
        if params.get("name") == "schedules.list":
            await self.listing.wait()
        return await super()._result(method, params)

    def triggered(self) -> list[str]:
        return [
            params["args"]["id"] for _, params in self.received if params.get("name") == "schedules.trigger"
        ]


async def test_a_key_waits_for_the_list(chatting):
    """r before the rows are there runs the first of them once they are."""
    async with chatting(host := SlowHost()) as chat:
        await chat.ready()
        await chat.say("/schedules")
        await chat.shows("search what is scheduled")
        chat.app._typed.patience_s = 0.1
        await chat.press("down", "r")
        assert host.triggered() == []
        host.listing.set()
        await chat.until(lambda: "fire" in host.methods())
        assert host.triggered() == ["sch_1"]


async def test_a_key_waits_for_what_was_searched(chatting):
    """r right after typing acts on what the words find, not on what was listed before them."""
    host = SlowHost()
    host.listing.set()
    async with chatting(host) as chat:
        await chat.ready()
        await chat.say("/schedules")
        await chat.shows("show my tasks", "show my mail")
        host.listing.clear()
        chat.app._typed.patience_s = 0.1
        await chat.press(*"mail", "down", "r")
        host.listing.set()
        await chat.until(lambda: "fire" in host.methods())
        assert host.triggered() == ["sch_2"]


async def test_a_procedure_is_accepted(chatting):
    """a in the list; then it is called learned."""
    async with chatting(Host()) as chat:
        await chat.ready()
        await chat.say("/procedures")
        await chat.shows("offered  double ‹number›", "s1 double")
        await chat.press("down", "a")
        await chat.shows("learned  double ‹number›")


def test_the_command_line_lists_the_same(homewit):
    """Schedules with their rules, what waits, and how to go on."""
    done = homewit("schedule", "list", host=Host())
    assert "every day at 7  show my tasks" in done.out
    assert "allowed  write_file:path=a.txt" in done.out
    assert "waits for you  r_wait" in done.out
    assert "homewit resume RUN" in done.err
    rows = [
        json.loads(line) for line in homewit("procedures", "list", "--json", host=Host()).out.splitlines()
    ]
    assert [(row["id"], row["state"]) for row in rows] == [("p_1", "offered")]


def test_adding_passes_everything_on(homewit):
    """When, what, and how missed times are treated."""
    host = Host()
    done = homewit("schedule", "add", "every day at 7", "show", "my", "tasks", "--missed", "skip", host=host)
    assert done.out == "sch_1  Scheduled every day at 7: show my tasks.\n"
    asked = next(params for method, params in host.received if method == "query")
    assert asked["args"] == {
        "when": "every day at 7",
        "request": "show my tasks",
        "missed": "skip",
        "allow": [],
    }


def test_a_wrong_input_is_a_usage_error(homewit):
    """What is no pair is refused before anything is asked."""
    done = homewit("schedule", "add", "every day", "f.yaml", "--input", "x", host=Host())
    assert done.code == 2
    assert "NAME=VALUE" in done.err


def test_that_nothing_carries_out_what_is_scheduled_is_said(homewit):
    """Beside the list, on stderr. Control: with a scheduler, nothing is said."""

    def listed(attended: bool) -> FakeHost:
        return FakeHost(
            answers={
                "schedules.list": lambda _: {"items": [SCHEDULE], "attended": attended},
                "schedules.waiting": lambda _: {"items": []},
            }
        )

    done = homewit("schedule", "list", host=listed(attended=False))
    assert ("sch_1" in done.out, "start homewit scheduler" in done.err) == (True, True)
    assert homewit("schedule", "list", host=listed(attended=True)).err == ""


async def test_who_schedules_in_the_chat_is_told_that_nothing_carries_it_out(chatting):
    """Once it is scheduled. Control: another request says nothing of it."""
    step = {"id": "s1", "tool": "add_schedule", "args": {"when": "every day at 7"}, "after": []}
    end = {"type": "run.finished", "status": "done", "exit_code": 0}
    scheduling = [
        {"type": "run.started", "prompt": "x", "session": "s_new1", "model": "bundled"},
        {"type": "plan", "steps": [step]},
        {"type": "answer", "text": "Scheduled.", "citations": []},
    ]
    unattended = {"schedules.list": lambda _: {"items": [SCHEDULE], "attended": False}}
    async with chatting(FakeHost([[*scheduling, end]], answers=unattended)) as chat:
        await chat.ready()
        await chat.say("every day at 7 show my tasks")
        await chat.shows("nothing carries it out yet: start homewit scheduler, and leave it running")
        await chat.say("hello")
        await chat.shows("You said: hello")
        assert "nothing carries it out" not in chat.text()
