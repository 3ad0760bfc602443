"""Conversations, event logs and the ledger."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from homewit.memory import (
    AlreadySettled,
    Entry,
    Intended,
    LedgerRow,
    NotFound,
    Run,
    Said,
    Session,
    Settled,
    Spoken,
    Store,
    StoreError,
    Turn,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TS = "2026-03-01T12:00:00+01:00"


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def test_a_session_keeps_its_turns_in_order(path: Path):
    """Turns come back whole and in order, and move their session to the top of the list."""
    clock = Clock()
    with Store.open(path, clock=clock) as store:
        first, second = store.create_session("first"), store.create_session("second")
        clock.now += timedelta(minutes=1)
        run = store.create_run(first.id, "hello")
        said = store.append_turn(first.id, "user", "hello", run.id)
        answered = store.append_turn(first.id, "assistant", "Hi!")
        assert store.turns(first.id) == [
            Turn(said.id, first.id, run.id, "user", "hello", clock.now),
            Turn(answered.id, first.id, None, "assistant", "Hi!", clock.now),
        ]
        assert store.list_sessions() == [Session(first.id, "first", NOON, clock.now), second]
        assert store.list_sessions(limit=1) == [store.get_session(first.id)]


def test_any_text_can_be_said(store: Store):
    """Emoji, NUL, line ends and right-to-left text are kept; a broken surrogate becomes U+FFFD."""
    session = store.create_session().id
    for text in ("", "👩‍👩‍👧 è e\u0301", "a\0b\r\n\tc", "שלום", "x" * 1_000_000):
        assert store.append_turn(session, "user", text).text == text
    assert store.append_turn(session, "user", "a\ud83dz").text == "a\ufffdz"


def test_sessions_can_be_renamed(store: Store):
    """A title can be given later."""
    session = store.create_session()
    store.rename_session(session.id, "About birthdays")
    assert store.get_session(session.id).title == "About birthdays"


def test_unknown_ids_are_named_in_the_error(store: Store):
    """What does not exist raises NotFound with its id and where to look."""
    session, run = store.create_session().id, store.create_run(None, "go").id
    for call, name in (
        (lambda: store.append_turn("s_none", "user", "x"), "s_none"),
        (lambda: store.get_session("s_none"), "s_none"),
        (lambda: store.rename_session("s_none", "x"), "s_none"),
        (lambda: store.get_run("r_none"), "r_none"),
        (lambda: store.finish_run("r_none", "done", 0), "r_none"),
        (lambda: store.write_down("r_none", [Said("answer", {}, TS)]), "r_none"),
        (lambda: store.write_down("r_none", [Intended("s1", "t", {}, "k")]), "r_none"),
        (lambda: store.write_down(run, [Settled("s9", "done", {})]), "s9"),
        (lambda: store.get_fact("f_none"), "f_none"),
        (lambda: store.forget("f_none"), "f_none"),
        (lambda: store.append_turn(session, "user", "x", "r_none"), "does not exist"),
    ):
        with pytest.raises(NotFound, match=name):
            call()
    assert store.turns(session) == []


def test_a_run_is_running_until_it_is_finished(path: Path):
    """A run records its prompt, seed and end, and can be taken up again."""
    clock = Clock()
    with Store.open(path, clock=clock) as store:
        session = store.create_session().id
        run = store.create_run(session, "what is 17 * 23?", seed=7)
        assert run == Run(run.id, session, "what is 17 * 23?", "running", None, NOON, None, 7)
        clock.now += timedelta(seconds=2)
        ended = store.finish_run(run.id, "done", 0)
        assert ended == Run(run.id, session, "what is 17 * 23?", "done", 0, NOON, clock.now, 7)
        other = store.create_run(None, "another")
        assert store.list_runs() == [other, ended]
        assert store.list_runs(session=session) == [store.get_run(run.id)]
        assert store.list_runs(1, outside_sessions=False) == [ended]
        assert store.reopen_run(run.id) == run


def test_events_are_numbered_per_run_and_come_back_as_written(store: Store):
    """Numbers start at 1 without gaps in each run; bodies and time stamps are returned unchanged."""
    one, other = store.create_run(None, "one").id, store.create_run(None, "other").id
    body = {"text": 'a "quoted" é\n', "b": [1, 2.5, None, True], "a": {}}
    assert store.write_down(one, [Said("answer", body, TS)]) == [1]
    assert store.write_down(other, [Said("route", {}, NOON)]) == [1]
    assert store.write_down(one, [Said("usage", {"n": 1}, TS), Said("run.finished", {}, TS)]) == [2, 3]
    assert store.write_down(one, []) == []
    assert store.events(one) == [
        (1, TS, "answer", body),
        (2, TS, "usage", {"n": 1}),
        (3, TS, "run.finished", {}),
    ]
    assert list(store.events(one)[0].body) == ["text", "b", "a"]
    assert store.events(one, after=2) == [(3, TS, "run.finished", {})]
    assert store.events(other) == [(1, NOON.isoformat(), "route", {})]


@pytest.mark.parametrize("table", ["events", "turns"])
@pytest.mark.parametrize("change", ["UPDATE {} SET run = NULL", "DELETE FROM {}"])
def test_logs_are_append_only(store: Store, path: Path, table: str, change: str):
    """Even SQL from outside cannot change or delete what was said and done."""
    session = store.create_session().id
    store.append_turn(session, "user", "hello", store.create_run(session, "hello").id)
    store.write_down(store.list_runs()[0].id, [Said("answer", {}, TS)])
    refused = pytest.raises(sqlite3.IntegrityError, match=f"{table} is append-only")
    with closing(sqlite3.connect(path)) as outside, refused:
        outside.execute(change.format(table))


def test_the_ledger_tells_what_may_have_happened(path: Path):
    """An intent without an outcome is what a crash leaves; each later attempt is a row of its own."""
    clock = Clock()
    with Store.open(path, clock=clock) as store:
        run = store.create_run(None, "mail Ana").id
        store.write_down(run, [Intended("s1", "send_mail", {"to": "ana"}, "key-1")])
    with Store.open(path, clock=clock) as store:
        intent = LedgerRow(run, "s1", "send_mail", {"to": "ana"}, "key-1", "intent", None, NOON, None)
        assert store.ledger(run) == [intent]
        clock.now += timedelta(seconds=1)
        later = clock.now
        store.write_down(run, [Settled("s1", "unknown")])
        store.write_down(run, [Settled("s1", "failed", {"error": "no route"})])
        store.write_down(run, [Intended("s1", "send_mail", {"to": "ana@x"}, "key-2")])
        store.write_down(run, [Settled("s1", "done", ["sent", 1])])
        assert store.ledger(run) == [
            LedgerRow(
                run, "s1", "send_mail", {"to": "ana"}, "key-1", "failed", {"error": "no route"}, NOON, later
            ),
            LedgerRow(run, "s1", "send_mail", {"to": "ana@x"}, "key-2", "done", ["sent", 1], later, later),
        ]


def test_the_last_effect_that_still_stands(path: Path):
    """The newest done step of the tools asked for, of one session or of all; one that was undone is passed
    over.
    """
    with Store.open(path, clock=Clock()) as store:
        here, there = store.create_session().id, store.create_session().id
        for number, (session, tool, state) in enumerate(
            [
                (here, "add_note", "done"),
                (here, "add_task", "done"),
                (there, "add_note", "done"),
                (here, "add_note", "failed"),
                (here, "read", "done"),
            ]
        ):
            run = store.create_run(session, str(number)).id
            store.write_down(run, [Intended("s1", tool, {"number": number}, "k")])
            store.write_down(run, [Settled("s1", state, {})])
        tools = ["add_note", "add_task"]
        found = [store.last_done(tools), store.last_done(tools, here), store.last_done(["none"])]
        assert [row and row.args["number"] for row in found] == [2, 1, None]
        store.mark_undone(found[1].run, "s1")
        assert store.last_done(tools, here).args == {"number": 0}
        assert store.ledger(found[1].run)[0].undone == NOON
        for run, step in ((found[1].run, "s9"), (store.list_runs(session=here)[1].id, "s1")):
            with pytest.raises(NotFound, match="nothing to undo"):
                store.mark_undone(run, step)


def test_a_final_outcome_cannot_be_rewritten(store: Store):
    """What is done stays done, and is never intended again."""
    run = store.create_run(None, "go").id
    store.write_down(run, [Intended("s1", "pay", {}, "k")])
    store.write_down(run, [Settled("s1", "done", {})])
    with pytest.raises(AlreadySettled, match=r"s1 .* already ended as done"):
        store.write_down(run, [Settled("s1", "failed", {})])
    with pytest.raises(AlreadySettled, match="must not run again"):
        store.write_down(run, [Intended("s1", "pay", {}, "k")])


def test_what_was_piped_is_told_from_what_was_typed(store: Store):
    """A turn remembers how it came."""
    session = store.create_session().id
    typed, piped = (
        store.append_turn(session, "user", "note this"),
        store.append_turn(session, "user", "eggs", piped=True),
    )
    assert (typed.piped, piped.piped, store.turns(session)) == (False, True, [typed, piped])


def test_roles_are_checked(store: Store):
    """Only the user and the assistant speak."""
    with pytest.raises(StoreError, match="CHECK constraint"):
        store.append_turn(store.create_session().id, "system", "obey")  # type: ignore[arg-type]


def test_what_comes_at_the_same_moment_is_written_at_once(store: Store):
    """Events, intents and outcomes of many steps: in order, numbered, and with the checks of single calls."""
    run = store.create_run(None, "go").id
    intents = [Intended(f"s{number}", "t", {"n": number}, f"k{number}") for number in range(600)]
    assert store.write_down(run, [Said("plan", {}, TS), *intents, Said("usage", {"n": 1}, TS)]) == [1, 2]
    ends = [Settled(f"s{number}", "done" if number else "unknown", [number]) for number in range(600)]
    assert (
        store.write_down(run, [*ends, Intended("t", "t", {}, "k"), Settled("t", "failed", {"error": "x"})])
        == []
    )
    rows = store.ledger(run)
    assert [(row.step, row.state, row.output) for row in rows[:2]] == [
        ("s0", "unknown", [0]),
        ("s1", "done", [1]),
    ]
    assert (len(rows), rows[-1].state, rows[-1].output) == (601, "failed", {"error": "x"})
    assert [event.type for event in store.events(run)] == ["plan", "usage"]


def test_a_turn_goes_with_the_event_that_it_belongs_to(store: Store):
    """Both or none; an unknown session leaves nothing of either."""
    session = store.create_session().id
    run = store.create_run(session, "go").id
    answer = Said("answer", {"text": "Hi!"}, TS)
    assert store.write_down(run, [answer, Spoken(session, "assistant", "Hi!")]) == [1]
    with pytest.raises(NotFound):
        store.write_down(run, [answer, Spoken("s_none", "assistant", "Hi!")])
    assert [(turn.role, turn.text, turn.run) for turn in store.turns(session)] == [("assistant", "Hi!", run)]
    assert len(store.events(run)) == 1


@pytest.mark.parametrize(
    ("wrong", "error"),
    [(Intended("s1", "t", {}, "k"), AlreadySettled), (Settled("s9", "done"), NotFound)],
)
def test_one_entry_that_cannot_be_leaves_nothing_of_the_rest(
    store: Store, wrong: Entry, error: type[Exception]
):
    """All or none. Control: without it, the same entries are written."""
    run = store.create_run(None, "go").id
    store.write_down(run, [Intended("s1", "t", {}, "k"), Settled("s1", "done")])
    good = [Said("plan", {}, TS), Intended("s2", "t", {}, "k")]
    with pytest.raises(error):
        store.write_down(run, [*good, wrong])
    assert (len(store.events(run)), len(store.ledger(run))) == (0, 1)
    store.write_down(run, good)
    assert (len(store.events(run)), len(store.ledger(run))) == (1, 2)
