"""Secrets in the keyring of the system: Keychain, Secret Service, KWallet, Credential Manager.

A keyring cannot be asked for the names in it, so these are kept in one more entry. The library is imported
when a secret is first needed.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ..secret import Secret
from .store import NoKeyring, SecretsUnavailable, check_name, check_value

Answer = TypeVar("Answer")

_NAMES = "names"
_KEEPS_NOTHING = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")


@dataclass(frozen=True, slots=True)
class KeyringStore:
    """A `SecretStore` in a backend of the `keyring` library; one service for each home folder."""

    backend: Any
    service: str
    encrypted: bool = True

    @classmethod
    def find(cls, home: Path, backend: Any = None) -> "KeyringStore":
        """The user's keyring; raises NoKeyring when there is none, or none that protects anything."""
        try:
            import keyring

            chosen = backend or keyring.get_keyring()
        except Exception as error:  # backends fail in their own ways, such as without a session bus
            raise NoKeyring(f"There is no keyring that can be used here: {error}.") from error
        candidates = getattr(chosen, "backends", None) or [chosen]  # a chain asks several
        usable = [one for one in candidates if _protects(one)]
        if not usable:
            raise NoKeyring("There is no keyring here that would protect a secret.")
        return cls(usable[0], f"homewit {home}")

    @property
    def place(self) -> str:
        return f"the system's keyring ({getattr(self.backend, 'name', type(self.backend).__name__)})"

    def get(self, name: str) -> Secret | None:
        value = self._ask(lambda: self.backend.get_password(self.service, check_name(name)))
        return None if value is None else Secret(name, value)

    def put(self, name: str, value: str) -> None:
        check_name(name)
        check_value(name, value)
        self._ask(lambda: self.backend.set_password(self.service, name, value))
        self._keep_names({*self.names(), name})

    def remove(self, name: str) -> bool:
        if self.get(name) is None:
            return False
        self._ask(lambda: self.backend.delete_password(self.service, name))
        self._keep_names({*self.names()} - {name})
        return True

    def names(self) -> list[str]:
        held = self._ask(lambda: self.backend.get_password(f"{self.service} {_NAMES}", _NAMES))
        try:
            return sorted(str(name) for name in json.loads(held or "[]"))
        except (ValueError, TypeError):
            return []

    def _keep_names(self, names: set[str]) -> None:
        written = json.dumps(sorted(names))
        self._ask(lambda: self.backend.set_password(f"{self.service} {_NAMES}", _NAMES, written))

    def _ask(self, act: Callable[[], Answer]) -> Answer:
        from keyring.errors import KeyringError

        try:
            return act()
        except KeyringError as error:
            # Not chained: a backend may put what it was given into its errors.
            raise SecretsUnavailable(
                f"The keyring did not answer ({type(error).__name__}). Unlock it, or keep "
                'secrets in a file: secrets = "file" in config.toml.'
            ) from None


def _protects(backend: Any) -> bool:
    try:
        priority = backend.priority
    except Exception:  # noqa: BLE001  how backends say that they cannot be used here
        return False
    return priority > 0 and not type(backend).__module__.startswith(_KEEPS_NOTHING)
