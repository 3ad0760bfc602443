"""A place of secrets that is looked for when a secret is first wanted.

Most requests need none, and finding out which keyring a system has takes a tenth of a second.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..secret import Secret
from .store import SecretStore, open_store


@dataclass(frozen=True)
class LateStore:
    """A `SecretStore` of a home folder: the keyring where there is one, else a file."""

    home: Path

    @cached_property
    def _chosen(self) -> SecretStore:
        return open_store(self.home)

    @property
    def place(self) -> str:
        return self._chosen.place

    @property
    def encrypted(self) -> bool:
        return self._chosen.encrypted

    def get(self, name: str) -> Secret | None:
        return self._chosen.get(name)

    def put(self, name: str, value: str) -> None:
        self._chosen.put(name, value)

    def remove(self, name: str) -> bool:
        return self._chosen.remove(name)

    def names(self) -> list[str]:
        return self._chosen.names()
