"""What the parts of the store build on: a read and a write transaction, a clock, and new ids.

`store.Store` implements it and is the only place that opens a connection. Nothing here knows of tables.
"""

import hashlib
import secrets
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy import Connection

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # no i, l, o, u: ids are read aloud and typed
_LENGTH = 10


class Transactions(ABC):
    """A source of transactions; each commits when its block ends, or leaves no trace if it raises."""

    @abstractmethod
    def read(self) -> AbstractContextManager[Connection]:
        """A consistent view; what other threads and processes write meanwhile is not seen."""

    @abstractmethod
    def write(self) -> AbstractContextManager[Connection]:
        """The only writer until the block ends; not to be nested."""

    @abstractmethod
    def now(self) -> datetime:
        """The present moment, with its time zone."""


def new_id(kind: str) -> str:
    """A short random id such as ``f_3k2m9x1a7q``; 50 bits."""
    return _id(kind, secrets.randbits(5 * _LENGTH))


def keyed_id(kind: str, key: str) -> str:
    """The id that belongs to ``key``, always the same: what is added under it twice is one thing."""
    return _id(kind, int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big"))


def _id(kind: str, number: int) -> str:
    letters = ((number >> (5 * place)) % len(_ALPHABET) for place in range(_LENGTH))
    return f"{kind}_" + "".join(_ALPHABET[letter] for letter in letters)
