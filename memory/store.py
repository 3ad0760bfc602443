"""The memory of one person: opens the database and hands out its transactions. The only place that does.

One writer at a time, whatever the number of threads and processes; readers never wait. What the transactions
are used for is written in the parts: `sessions`, `runs`, `facts`, `forget`, `records`.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool, StaticPool

from . import errors, migrations, sqlite_file
from .facts import FactBook
from .forget import Forgetting
from .grants import Permissions
from .procedures import ProcedureBook
from .records import RecordBook
from .removal import Removal
from .runs import RunLog
from .schedules import ScheduleBook
from .sessions import SessionLog
from .writing_order import WritingOrder

IN_MEMORY = ":memory:"
_URL = "sqlite:///"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Store(SessionLog, RunLog, FactBook, Permissions, Forgetting, Removal):
    """Sessions, turns, runs, facts, permissions, records, schedules: one database, for any thread."""

    def __init__(self, engine: Engine, place: Path | str, clock: Callable[[], datetime]) -> None:
        """Not for callers: `open` prepares the file that this relies on."""
        self.place = place
        self.records = RecordBook(self)
        self.schedules = ScheduleBook(self)
        self.procedures = ProcedureBook(self)
        self._clock = clock
        self._engine = engine
        self._reader = engine.execution_options(begin="BEGIN")
        self._writer = engine.execution_options(begin="BEGIN IMMEDIATE")
        folder = place.parent if isinstance(place, Path) else None
        self._order = WritingOrder(folder, sqlite_file.BUSY_TIMEOUT_S)

    @classmethod
    def open(
        cls,
        place: Path | str,
        *,
        clock: Callable[[], datetime] = _utc_now,
        wanted: migrations.Schema = migrations.CURRENT,
    ) -> Self:
        """Opens the database at ``place``: a path, ``sqlite:///PATH`` or ``:memory:``; makes it if need be.

        An older file is copied beside itself and brought up to date. Raises a StoreError.
        """
        path = _path_of(place)
        if path is not None:
            sqlite_file.prepare(path, wanted.version)
        store = cls(_engine(path), path or IN_MEMORY, clock)
        try:
            store._bring_up_to_date(wanted)
        except BaseException:
            store.close()
            raise
        return store

    def _bring_up_to_date(self, wanted: migrations.Schema) -> None:
        with self.read() as connection:
            version = migrations.version_of(connection)
        if version == 0:
            with self.write() as connection:
                version = self._create(connection, wanted)
        if version < wanted.version:
            with self._driver() as driver:
                sqlite_file.back_up(driver, Path(self.place), version)
        while version < wanted.version:
            with self.write() as connection:
                version = migrations.advance(connection, wanted, self.now())
        if version > wanted.version:
            raise sqlite_file.too_new(Path(self.place), version, wanted.version)

    def _create(self, connection: Connection, wanted: migrations.Schema) -> int:
        """Makes the tables, unless another process was faster; returns the version that is there now."""
        if migrations.is_empty(connection):
            migrations.create(connection, wanted, self.now())
        elif migrations.version_of(connection) == 0:
            raise sqlite_file.foreign(Path(self.place))
        return migrations.version_of(connection)

    def now(self) -> datetime:
        return self._clock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        if isinstance(self._engine.pool, StaticPool):  # one connection, so readers take turns with the writer
            with self.write() as connection:
                yield connection
        else:
            with self._our_errors(), self._reader.connect() as connection:
                yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self._our_errors(), ExitStack() as writing:
            self._in_turn(writing)
            with self._order.next_of_all():
                connection = writing.enter_context(self._writer.begin())
            yield connection

    def _in_turn(self, writing: ExitStack) -> None:
        try:
            writing.enter_context(self._order.turn())
        except TimeoutError as error:
            raise sqlite_file.busy(self.place) from error

    def scrub(self) -> None:
        """Removes the bytes of deleted rows from the file and its log; waits for readers of old pages."""
        if isinstance(self.place, Path):
            with ExitStack() as writing:
                self._in_turn(writing)
                sqlite_file.scrub(writing.enter_context(self._driver()), self.place)

    def check(self) -> list[str]:
        """What is wrong with the database, one line each; empty when it is sound. Reads all of it."""
        with self.read() as connection:
            found = [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check") if row[0] != "ok"]
            dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        return found + [f"{row[0]} row {row[1]} points at a missing row of {row[2]}" for row in dangling]

    def close(self) -> None:
        """Ends all connections; the log is folded into the file if this was the last process that used it."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _driver(self) -> Iterator[sqlite3.Connection]:
        """The driver's own connection, outside any transaction."""
        with self._our_errors():
            connection = self._engine.raw_connection()
            try:
                yield cast("sqlite3.Connection", connection.driver_connection)
            finally:
                connection.close()

    @contextmanager
    def _our_errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            cause = error.orig
            if not isinstance(cause, sqlite3.Error):
                raise
            raise sqlite_file.translated(cause, self.place) from error
        except sqlite3.Error as error:
            raise sqlite_file.translated(error, self.place) from error
        except PoolTimeout as error:
            raise sqlite_file.busy(self.place) from error


def _path_of(place: Path | str) -> Path | None:
    """The file meant by a path or URL, None for one in memory."""
    if isinstance(place, Path):
        return place.expanduser().absolute()
    if place in (IN_MEMORY, "sqlite://", _URL + IN_MEMORY):
        return None
    if "://" in place and not place.startswith(_URL):
        kind = place.partition(":")[0]
        raise errors.NotSupportedYet(
            f"{kind} databases are not supported yet. Give the path of a file, or sqlite:///PATH."
        )
    return Path(place.removeprefix(_URL)).expanduser().absolute()


def _engine(path: Path | None) -> Engine:
    """An engine whose transactions begin as the caller's ``begin`` option says, and not before."""
    if path is None:
        engine = create_engine(
            "sqlite://",
            poolclass=StaticPool,
            connect_args={"check_same_thread": False},
            hide_parameters=True,
        )
    else:
        engine = create_engine(
            "sqlite://",
            creator=lambda: sqlite3.connect(
                path, timeout=sqlite_file.BUSY_TIMEOUT_S, check_same_thread=False
            ),
            poolclass=QueuePool,
            pool_size=8,
            max_overflow=32,
            hide_parameters=True,  # what people said has no place in error messages
        )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _: object) -> None:
        sqlite_file.configure(connection)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return engine
