"""Permissions: found while they are in force, taken back at once, and forgotten with what they name."""

from datetime import UTC, datetime, timedelta

import pytest

from homewit.memory import Evidence, NotFound, Store

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.moment = NOW

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(path, clock):
    with Store.open(path, clock=clock) as opened:
        yield opened


@pytest.fixture
def place(store) -> tuple[str, str]:
    """A session, and a run in it."""
    session = store.create_session("letters").id
    return session, store.create_run(session, "mail ann").id


def ids(rows) -> list[str]:
    return [row.id for row in rows]


def test_each_scope_holds_where_it_was_meant_to(store, place):
    """A plan's in its run, a session's in its session, a dated one everywhere; each for its tool only."""
    session, run = place
    plan, talk, dated = (
        store.add_grant(run, "mail:to=ann@x.org", "mail", "hash", scope).id
        for scope in ("plan", "session", "date")
    )
    later = store.create_run(session, "again").id
    elsewhere = store.create_run(store.create_session("other").id, "again")
    assert ids(store.grants_for("mail", run, session)) == [plan, talk, dated]
    assert ids(store.grants_for("mail", later, session)) == [talk, dated]
    assert ids(store.grants_for("mail", elsewhere.id, elsewhere.session)) == [dated]
    assert ids(store.grants_for("mail", elsewhere.id, None)) == [dated]
    assert store.grants_for("mai", run, session) == []


def test_what_is_listed_is_in_force(store, place, clock):
    """The newest first; a plan's grant leaves the list with the end of its run, a dated one with its date."""
    session, run = place
    plan = store.add_grant(run, "mail", "mail", "hash", "plan")
    dated = store.add_grant(run, "mail", "mail", "hash", "date", NOW + timedelta(days=1))
    assert ids(store.list_grants()) == [dated.id, plan.id]
    store.finish_run(run, "done", 0)
    assert ids(store.list_grants()) == [dated.id]
    clock.moment += timedelta(days=1)
    assert store.list_grants() == []
    assert ids(store.grants_for("mail", run, session)) == [plan.id]


def test_a_revoked_grant_is_gone_for_every_process(store, place, path):
    """Another process that has the file open finds it no more. Revoking it again changes nothing."""
    session, run = place
    grant = store.add_grant(run, "mail", "mail", "hash", "date")
    with Store.open(path) as other:
        first = other.revoke_grant(grant.id)
        assert other.revoke_grant(grant.id) == first
    assert (store.grants_for("mail", run, session), store.list_grants()) == ([], [])
    with pytest.raises(NotFound, match="permissions list"):
        store.revoke_grant("g_unknown")
    with pytest.raises(NotFound):
        store.add_grant("r_unknown", "mail", "mail", "hash", "date")


def test_a_grant_that_names_what_is_forgotten_goes_with_it(store, place):
    """Its words are erased, and what would be left is no rule. Control: a grant that names something else."""
    session, run = place
    said = store.append_turn(session, "user", "my sister's mail is ann@x.org", run)
    fact = store.add_fact("sister", "mail", "ann@x.org", Evidence.find(said, said.text))
    store.add_grant(run, "mail:to=ann@x.org", "mail", "hash", "date")
    kept = store.add_grant(run, "mail:to=bob@x.org", "mail", "hash", "date")
    store.forget(fact.id)
    assert ids(store.list_grants()) == [kept.id]
