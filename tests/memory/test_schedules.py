"""An occurrence is written once, lent to one at a time, and gets one run, whoever is killed when."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from homewit.agent.testing import FakeClock
from homewit.memory import AlreadyStarted, Evidence, HandedOut, NewSchedule, NotFound, Schedule, Store

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DUE = START - timedelta(minutes=1)


def alive(_holder: str) -> bool:
    return False


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START)


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> Iterator[Store]:
    with Store.open(tmp_path / "homewit.db", clock=clock) as opened:
        yield opened


def add(store: Store, prompt: str = "what is 1 + 1?", due: datetime = DUE) -> Schedule:
    new = NewSchedule("prompt", prompt, "every hour", "UTC", "/tmp", due, cron="0 * * * *")
    return store.schedules.add(new)


def once(schedule: Schedule) -> HandedOut:
    return HandedOut((schedule.next,) if schedule.next else (), (), None)


def test_what_comes_due_is_written_once(store: Store):
    """Whoever asks second, finds it written; and nothing follows that was not decided."""
    schedule = add(store)
    made = store.schedules.hand_out(once)
    assert [(one.schedule, one.due, one.state) for one in made] == [(schedule.id, DUE, "waiting")]
    assert store.schedules.hand_out(once) == []
    assert store.schedules.get(schedule.id).next is None


def test_the_same_moment_cannot_come_twice(store: Store):
    """Even a decision that repeats itself cannot make a second occurrence of a moment."""
    schedule = add(store)
    store.schedules.hand_out(lambda one: HandedOut((DUE,), (), DUE))
    store.schedules.settle(store.schedules.occurrences(schedule.id)[0].id)
    with pytest.raises(Exception, match="UNIQUE"):
        store.schedules.hand_out(lambda one: HandedOut((DUE,), (), None))
    assert len(store.schedules.occurrences(schedule.id)) == 1


def test_runs_of_one_schedule_do_not_overlap(store: Store, clock: FakeClock):
    """While an occurrence waits or runs, nothing more of its schedule is handed out."""
    schedule = add(store)
    [first] = store.schedules.hand_out(lambda one: HandedOut((DUE,), (), START))
    clock.advance(hours=3)
    assert store.schedules.hand_out(once) == []
    store.schedules.settle(first.id)
    assert [one.due for one in store.schedules.hand_out(once)] == [START]
    assert schedule.id == store.schedules.occurrences()[0].schedule


def test_one_holder_at_a_time(store: Store, clock: FakeClock):
    """A lease keeps others away until it ends, is given back, or its holder is gone."""
    add(store)
    [one] = store.schedules.hand_out(once)
    take = store.schedules.take
    assert take(one.id, "a", 60, alive) is not None
    assert take(one.id, "b", 60, alive) is None
    assert store.schedules.free(alive) == []
    assert store.schedules.renew(one.id, "b", 60) is False
    clock.advance(seconds=50)
    assert store.schedules.renew(one.id, "a", 60) is True
    clock.advance(seconds=50)
    assert take(one.id, "b", 60, alive) is None
    clock.advance(seconds=11)
    assert take(one.id, "b", 60, alive) is not None
    assert store.schedules.renew(one.id, "a", 60) is False
    third = take(one.id, "c", 60, lambda holder: holder == "b")
    assert third is not None
    assert third.attempts == 3
    store.schedules.give_back(one.id, "c")
    assert [free.id for free in store.schedules.free(alive)] == [one.id]


def test_many_takers_one_holder(store: Store):
    """Of many that try at the same time, one succeeds."""
    add(store)
    [one] = store.schedules.hand_out(once)
    barrier, taken = Barrier(8), []

    def try_it(name: str) -> None:
        barrier.wait()
        if store.schedules.take(one.id, name, 60, alive) is not None:
            taken.append(name)

    threads = [Thread(target=try_it, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1


def test_an_occurrence_gets_one_run(store: Store):
    """The run is tied to it in the transaction that creates the run; a second one leaves no trace."""
    schedule = add(store)
    [one] = store.schedules.hand_out(once)
    session = store.create_session("scheduled")
    run = store.create_run(session.id, "what is 1 + 1?", occurrence=one.id)
    with pytest.raises(AlreadyStarted):
        store.create_run(session.id, "what is 1 + 1?", occurrence=one.id)
    assert [found.id for found in store.list_runs()] == [run.id]
    assert store.schedules.occurrence(one.id).run == run.id
    assert store.schedules.get(schedule.id).session == session.id


def test_control_runs_without_an_occurrence_are_not_held_back(store: Store):
    """Control: it is the tie that refuses the second run."""
    assert store.create_run(None, "same").id != store.create_run(None, "same").id


def test_what_is_added_under_one_key_is_one_schedule(store: Store):
    """A tool that is called again after a crash adds nothing."""
    new = NewSchedule("prompt", "x", "every hour", "UTC", "/tmp", DUE, cron="0 * * * *")
    assert store.schedules.add(new, "r_1/s1").id == store.schedules.add(new, "r_1/s1").id
    assert len(store.schedules.list_all()) == 1


def test_removing_keeps_what_runs_did(store: Store):
    """The schedule and its occurrences go, its runs stay; a second time there is nothing to remove."""
    schedule = add(store)
    [one] = store.schedules.hand_out(once)
    run = store.create_run(None, "what is 1 + 1?", occurrence=one.id)
    store.schedules.remove(schedule.id)
    assert (store.schedules.list_all(), store.schedules.occurrences()) == ([], [])
    assert store.get_run(run.id).id == run.id
    with pytest.raises(NotFound):
        store.schedules.remove(schedule.id)


def test_forgetting_ends_what_it_was_scheduled_with(store: Store):
    """The words leave the schedule, and half a request is not carried out; other schedules stay."""
    kept = add(store, "show my tasks")
    ended = add(store, "congratulate auntie Grizelda")
    turn = store.append_turn(store.create_session("x").id, "user", "my aunt is auntie Grizelda")
    quote = Evidence.find(turn, "my aunt is auntie Grizelda")
    fact = store.add_fact("me", "aunt", "auntie Grizelda", quote, explicit=True)
    store.forget(fact.id)
    assert "Grizelda" not in store.schedules.get(ended.id).prompt
    assert (store.schedules.get(ended.id).next, store.schedules.get(kept.id).next) == (None, DUE)
