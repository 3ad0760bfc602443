"""What keeps secrets has to do, and which of the two that can is used here.

A keyring is taken only when it really keeps things for the user: not one that does nothing, fails, or writes
plain text. Otherwise the file is used, and `place` says so in words that are shown to the user.
"""

import re
from pathlib import Path
from typing import Literal, Protocol

from ..errors import InvalidArguments, ToolFailed
from ..secret import Secret

Where = Literal["auto", "keyring", "file"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@/-]{0,119}")
_LONGEST = 65_536


class SecretsUnavailable(ToolFailed):
    """The place of the secrets cannot be read or written; the message says why and what to do."""


class NoKeyring(SecretsUnavailable):
    """There is no keyring that could be used."""


class SecretStore(Protocol):
    """Secrets by name. Methods block, also for as long as a locked keyring asks its user."""

    @property
    def place(self) -> str:
        """Where the secrets are, for people."""
        ...

    @property
    def encrypted(self) -> bool:
        """Whether what lies on the disk is of no use without the user's password."""
        ...

    def get(self, name: str) -> Secret | None: ...
    def put(self, name: str, value: str) -> None: ...
    def remove(self, name: str) -> bool: ...
    def names(self) -> list[str]: ...


def check_name(name: str) -> str:
    """The name itself; raises InvalidArguments for one that cannot be used."""
    if not _NAME.fullmatch(name):
        raise InvalidArguments(
            f"{name!r} cannot be the name of a secret: use letters, digits and _ . : @ / -, at most 120."
        )
    return name


def check_value(name: str, value: str) -> str:
    """The value itself; raises InvalidArguments, which never holds it."""
    if not value:
        raise InvalidArguments(f"The secret {name!r} was not stored: it is empty.")
    if len(value) > _LONGEST or "\0" in value:
        raise InvalidArguments(
            f"The secret {name!r} was not stored: it is too long, or holds a NUL character."
        )
    return value


def open_store(home: Path, where: Where = "auto") -> SecretStore:
    """The place of the secrets that belong to a home folder; raises NoKeyring when one is demanded."""
    from .file import FileStore
    from .system_keyring import KeyringStore

    if where == "file":
        return FileStore(home / "secrets.json")
    try:
        return KeyringStore.find(home)
    except NoKeyring:
        if where == "keyring":
            raise
        return FileStore(home / "secrets.json")
