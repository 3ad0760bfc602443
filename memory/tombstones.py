"""What was forgotten, recognisable but not readable, so that no automatic learner stores it again.

A tombstone is a salted, memory-hard hash of a fact. It keeps a forgotten value from being read out of the
file; it cannot keep somebody who has the file from testing guesses, slowly.
"""

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from . import words
from .errors import AlreadyForgotten
from .schema import tombstones

Statement = tuple[str, str, str]
"""Subject, key and value."""


def bury(connection: Connection, statement: Statement, now: datetime) -> None:
    """Leaves a tombstone for ``statement``; once is enough."""
    salt = _salt(connection) or secrets.token_bytes(16)
    digest = _digest(salt, statement)
    if connection.execute(select(tombstones).where(tombstones.c.digest == digest)).first() is None:
        connection.execute(insert(tombstones).values(salt=salt, digest=digest, created=now))


def check(connection: Connection, statement: Statement, explicit: bool) -> None:
    """Refuses a forgotten statement, or clears its tombstone when the user ``explicit``ly says it again.

    Raises AlreadyForgotten.
    """
    salt = _salt(connection)
    if salt is None:
        return
    same = tombstones.c.digest == _digest(salt, statement)
    if explicit:
        connection.execute(delete(tombstones).where(same))
    elif (found := connection.execute(select(tombstones).where(same)).mappings().first()) is not None:
        day = found["created"].astimezone()
        raise AlreadyForgotten(
            f"Not stored: this was forgotten on request on {day.day} {day:%B %Y}. "
            "Ask to remember it in so many words to bring it back."
        )


def _salt(connection: Connection) -> bytes | None:
    """One salt for the whole file, so that a check costs one hash and not one per tombstone."""
    return connection.execute(select(tombstones.c.salt).limit(1)).scalar()


def _digest(salt: bytes, statement: Statement) -> bytes:
    subject, key, value = statement
    said = f"{words.slot(subject, key)}\0{words.spelled_alike(value)}"
    return hashlib.scrypt(said.encode("utf-8", "replace"), salt=salt, n=2**13, r=8, p=1)
