"""Group commit: what is given together is written together, in order, and an intent is waited for."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from homewit.agent.events import Answered
from homewit.agent.log.commits import Commits
from homewit.agent.log.journal import Given, Journal
from homewit.agent.log.ledger import Ledger, Output
from homewit.agent.testing import FakeClock
from homewit.agent.values import USER
from homewit.memory import AlreadySettled, Entry, Intended, Said, Store, StoreError, StoreFull
from homewit.tools import tool

TS = "2026-03-02T09:30:00+00:00"


class Watched(Store):
    """A store that remembers its transactions, and may refuse one."""

    batches: list[int]
    refuse_at: int | None = None
    error: Exception

    def write_down(self, run: str, entries: Sequence[Entry]) -> list[int]:
        self.batches.append(len(entries))
        if self.refuse_at is not None and len(self.batches) > self.refuse_at:
            raise self.error
        return super().write_down(run, entries)


@pytest.fixture
def store(home):
    with Watched.open(home / "homewit.db") as store:
        store.batches = []
        yield store


def commits_of(store: Store) -> Commits:
    return Commits(store, store.create_run(None, "go").id)


async def test_what_comes_at_the_same_moment_is_one_transaction(store):
    """A hundred entries given at once, and a hundred more while they are being written."""
    commits = commits_of(store)
    first = [commits.put(Said("warning", {"n": number}, TS)) for number in range(100)]
    await asyncio.sleep(0)
    more = [commits.put(Intended(f"s{number}", "t", {}, "k")) for number in range(100)]
    await asyncio.gather(*first, *more)
    assert [one.result() for one in first] == list(range(1, 101))
    assert store.batches == [100, 100]
    assert [event.body["n"] for event in store.events(commits.run)] == list(range(100))


async def test_what_is_durable_has_everything_before_it_with_it(store):
    """When an intent is written, so is every event that was given before, though nobody waited for it."""
    commits = commits_of(store)
    ledger = Ledger(commits)
    for number in range(5):
        commits.put(Said("warning", {"n": number}, TS))
    commits.alone(lambda: store.append_turn(session, "assistant", "hi"))
    session = store.create_session().id
    await ledger.intend("s1", "t", {"x": 1})
    assert len(store.events(commits.run)) == 5
    assert [turn.text for turn in store.turns(session)] == ["hi"]
    assert [row.state for row in store.ledger(commits.run)] == ["intent"]


@pytest.mark.parametrize("error", [StoreFull("No room is left."), RuntimeError("a fault of ours")])
async def test_after_a_failure_nothing_more_is_written(store, error):
    """What waits fails with it, and so does everything given later: the log has no gap, and nobody hangs."""
    commits = commits_of(store)
    await commits.put(Said("warning", {"n": 0}, TS))
    store.refuse_at, store.error = 1, error
    lost = [commits.put(Said("warning", {"n": number}, TS)) for number in (1, 2)]
    for one in lost:
        with pytest.raises(type(error)):
            await asyncio.wait_for(one, 60)
    store.refuse_at = None
    with pytest.raises(type(error)):
        await commits.put(Said("warning", {"n": 3}, TS))
    assert [event.body["n"] for event in store.events(commits.run)] == [0]


async def test_an_entry_that_cannot_be_takes_none_before_it_along(store):
    """An outcome that is known is written, whatever a faulty entry of another step does to the rest."""
    commits = commits_of(store)
    ledger = Ledger(commits)
    await ledger.intend("s1", "t", {})
    await ledger.intend("s2", "t", {})
    output = Output("x", "x", USER)
    good, twice = ledger.done("s1", output), ledger.done("s1", output)
    late = ledger.done("s2", output)
    await good
    for wrong in (twice, late):
        with pytest.raises(AlreadySettled):
            await wrong
    assert [(row.step, row.state) for row in store.ledger(commits.run)] == [("s1", "done"), ("s2", "intent")]


async def test_an_event_is_shown_with_all_that_belongs_to_it(store):
    """An answer is also a turn; its event is there when both are."""
    journal = await Journal.begin(store, FakeClock(), Given("hello"), None, None)
    event = await journal.write(Answered(text="Hi!")).event()
    assert (event.seq, event.run) == (1, journal.run)
    assert [turn.text for turn in store.turns(journal.session)] == ["hello", "Hi!"]


async def test_a_run_whose_log_fails_ends_and_says_so(opened, plan):
    """Nothing more is done once nothing more can be written; the client still learns how it ended."""
    called: list[str] = []

    @tool(effect="record")
    def keep(text: str) -> str:
        """Keep."""
        called.append(text)
        agent.place.store.write_down = full  # type: ignore[method-assign]
        return text

    def full(run: str, entries: Any) -> list[int]:
        raise StoreError("No room is left.")

    written = plan(("keep", {"text": "a"}), ("keep", {"text": "b"}))
    async with opened("plan", written, tools=[keep]) as agent:
        events = [event.to_wire() async for event in agent.stream("keep a and b")]
    assert called == ["a"]
    assert [event["type"] for event in events[-2:]] == ["error", "run.finished"]
    assert (events[-2]["code"], events[-1]["status"]) == ("store", "failed")
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
