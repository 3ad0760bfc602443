"""The look-ups around secrets: which there are, one more, one less. A value goes in and never comes out."""

from typing import Any

from ..tools import ToolError
from ..tools.secrets import SecretStore
from .errors import CallFailed, NotFound

Answer = dict[str, Any]


class SecretQueries:
    """One method per query; they block."""

    def __init__(self, store: SecretStore) -> None:
        self._store = store
        self.by_name = {"secrets.list": self.names, "secrets.set": self.put, "secrets.rm": self.remove}

    def names(self) -> Answer:
        """The names, and where they are kept."""
        try:
            items = [{"name": name} for name in self._store.names()]
        except ToolError as error:
            raise CallFailed(str(error)) from error
        return {"items": items, **self._place()}

    def put(self, name: str, value: str) -> Answer:
        """Keep a value, in the place of one that is there."""
        try:
            self._store.put(name, value)
        except ToolError as error:
            raise CallFailed(str(error)) from error
        return {"item": {"name": name, **self._place()}}

    def remove(self, name: str) -> Answer:
        """Forget a value."""
        try:
            found = self._store.remove(name)
        except ToolError as error:
            raise CallFailed(str(error)) from error
        if not found:
            raise NotFound(f"There is no secret {name!r}. `homewit secrets list` shows which there are.")
        return {"item": {"name": name}}

    def _place(self) -> Answer:
        return {"place": self._store.place, "encrypted": self._store.encrypted}
