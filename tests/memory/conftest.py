"""A store on disk, and a user who says things in it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from homewit.memory import Evidence, Fact, Store, Turn

Say = Callable[[str], Turn]
Learn = Callable[..., Fact]


@pytest.fixture
def path(home: Path) -> Path:
    return home / "homewit.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store.open(path) as opened:
        yield opened


@pytest.fixture
def say(store: Store) -> Say:
    """Puts a sentence of the user into a session of its own."""
    return lambda text: store.append_turn(store.create_session().id, "user", text)


@pytest.fixture
def learn(store: Store, say: Say) -> Learn:
    """Stores a fact that the user states in one sentence, which is its evidence."""

    def learn(subject: str, key: str, value: str, said: str | None = None, **more: bool) -> Fact:
        said = said or f"{subject} {key}: {value}"
        return store.add_fact(subject, key, value, Evidence.find(say(said), said), **more)

    return learn
