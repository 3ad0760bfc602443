"""How values that JSON has no word for travel between host and worker: moments, days, amounts and records.

Records travel only from the host to a worker, by the name of their type in `homewit.tools`.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

from ..errors import ToolFailed

_KIND = "$kind"
_PACKAGE = ToolFailed.__module__.removesuffix("errors")


def to_wire(value: Any) -> Any:
    """A value as plain JSON types; raises ToolFailed for one that cannot travel."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case list() | tuple():
            return [to_wire(item) for item in value]
        case dict():
            return {_KIND: "dict", "items": [[to_wire(key), to_wire(item)] for key, item in value.items()]}
        case dt.datetime():
            zone = getattr(value.tzinfo, "key", None)
            return {_KIND: "moment", "at": value.isoformat(), "zone": zone}
        case dt.date():
            return {_KIND: "day", "on": value.isoformat()}
        case Decimal():
            return {_KIND: "amount", "of": str(value)}
    kind = type(value)
    if is_dataclass(value) and kind.__module__.startswith(_PACKAGE):
        held = {field.name: to_wire(getattr(value, field.name)) for field in fields(value)}
        return {_KIND: "record", "type": f"{kind.__module__}:{kind.__qualname__}", "fields": held}
    raise ToolFailed(f"A {kind.__name__} cannot be handed over between processes.")


def from_wire(data: Any, records: bool = False) -> Any:
    """Read what `to_wire` has written; raises ValueError for anything else.

    Args:
        records: whether the other side may name types of records. Only the host may.
    """
    if isinstance(data, list):
        return [from_wire(item, records) for item in data]
    if not isinstance(data, dict):
        return data
    match data:
        case {"$kind": "dict", "items": list(items)}:
            return {from_wire(key, records): from_wire(item, records) for key, item in items}
        case {"$kind": "moment", "at": str(at), "zone": zone}:
            moment = dt.datetime.fromisoformat(at)
            return moment.astimezone(ZoneInfo(zone)) if isinstance(zone, str) else moment
        case {"$kind": "day", "on": str(on)}:
            return dt.date.fromisoformat(on)
        case {"$kind": "amount", "of": str(of)}:
            return Decimal(of)
        case {"$kind": "record", "type": str(kind), "fields": dict(held)} if records:
            return _record(kind, held)
    raise ValueError("a value of an unknown kind")


def _record(kind: str, held: Mapping[str, Any]) -> Any:
    module, _, name = kind.partition(":")
    if not module.startswith(_PACKAGE):
        raise ValueError(f"{kind} is not a record")
    return getattr(import_module(module), name)(
        **{name: from_wire(value, True) for name, value in held.items()}
    )
