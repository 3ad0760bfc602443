"""What a tool in a worker may ask of the user's records, by what its definition says that it does.

A tool that only reads or fetches cannot change them, whatever its code tries. Pure but for the call itself.
"""

from collections.abc import Sequence
from typing import Any

from ..errors import ToolDenied, ToolFailed
from ..records import Records
from ..spec import Effect, ToolSpec

_LOOKS = ("list_", "search_", "find", "rows")
_ONLY_IN_THE_HOST = frozenset({"by_strangers"})
_CHANGES_NOTHING = frozenset({Effect.READ, Effect.NETWORK})


def record_request(
    spec: ToolSpec, records: Records, method: str, args: Sequence[Any], named: dict[str, Any]
) -> Any:
    """Carry out one method of `Records` for a tool; raises ToolDenied, ToolFailed, or what it raises."""
    if method.startswith("_") or method not in vars(Records) or method in _ONLY_IN_THE_HOST:
        raise ToolFailed(f"There is nothing named {method!r} to do with records.")
    if spec.effect in _CHANGES_NOTHING and not method.startswith(_LOOKS):
        raise ToolDenied(
            f"{spec.name} declares that it only reads, and asked to change records ({method}). "
            "Its author has to declare effect='record'."
        )
    return getattr(records, method)(*args, **named)
