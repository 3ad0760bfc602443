"""A value that must never be shown by accident.

It has no readable form, cannot be pickled or copied into a log record, and gives up its content only to
code that asks for it by name. It does not know where secrets are kept.
"""

import hmac
from typing import NoReturn


class Secret:
    """Holds one secret string; `reveal()` is the only way to read it."""

    __slots__ = ("_value", "name")

    def __init__(self, name: str, value: str) -> None:
        self.name = name
        self._value = value

    def reveal(self) -> str:
        """Return the secret itself. Never log, store or return what you get."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({self.name!r}, ***)"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"the secret {self.name!r} cannot be pickled or copied")
