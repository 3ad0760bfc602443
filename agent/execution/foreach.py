"""A step that runs once for each of a list, as one plain step per item.

The item at hand becomes a reference into the list (``s1.items.0``), so each value keeps the origins that the
list has. Pure; knows nothing of execution.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..errors import MissingField, TooManyItems
from ..log.ledger import Output
from ..plan import Step
from ..planning.arguments import ITEM, Argument, Ref, replaced
from ..planning.conditions import condition_refs, with_refs
from ..values import Origins, join
from .resolve import pick


def item_id(step: str, number: int) -> str:
    """The id under which one item is logged: ``s2[0]``. Nothing else has brackets."""
    return f"{step}[{number}]"


def step_of(id: str) -> str:
    """The id of the step that an item belongs to; of a step, its own."""
    return id.partition("[")[0]


def chooses_items(step: Step) -> bool:
    """Whether its condition is asked of each item, and so leaves out some of them."""
    return step.when is not None and any(ref.step == ITEM for ref in condition_refs(step.when))


def expand(step: Step, outputs: Mapping[str, Output], most: float) -> tuple[Step, ...]:
    """One step for each item. Raises ``MissingField`` when there is no such list, and when it is too long."""
    count = len(_items(step.foreach, outputs))
    if count > most:
        raise TooManyItems(
            f"{_named(step.foreach)} has {count} items, and {most} are allowed. Raise max_items to allow it."
        )
    listed = list_origins(step, outputs)
    return tuple(_for_item(step, number, listed) for number in range(count))


def list_origins(step: Step, outputs: Mapping[str, Output]) -> Origins:
    """Where the list comes from, as far as it is not written in the plan."""
    foreach = step.foreach
    return outputs[foreach.step].origins_at(foreach.path) if isinstance(foreach, Ref) else join()


def _items(foreach: Argument, outputs: Mapping[str, Output]) -> list[Any]:
    if not isinstance(foreach, Ref):
        return foreach
    found = pick(outputs[foreach.step], foreach)
    if found is None:
        return []
    if not isinstance(found, list):
        raise MissingField(f"foreach takes a list, and {foreach} is none")
    return found


def _named(foreach: Argument) -> str:
    return str(foreach) if isinstance(foreach, Ref) else "the list"


def _for_item(step: Step, number: int, listed: Origins) -> Step:
    def change(part: Any) -> Any:
        return _item(step.foreach, number, part.path) if isinstance(part, Ref) and part.step == ITEM else part

    return replace(
        step,
        id=item_id(step.id, number),
        args={name: replaced(argument, change) for name, argument in step.args.items()},
        after=(),
        foreach=None,
        listed=listed,
        when=None if step.when is None else with_refs(step.when, change),
    )


def _item(foreach: Argument, number: int, path: str) -> Argument:
    """The part of one item that a reference to it means."""
    if isinstance(foreach, Ref):
        return Ref(foreach.step, ".".join(part for part in (foreach.path, str(number), path) if part))
    return _part(foreach[number], path)


def _part(argument: Argument, path: str) -> Argument:
    """What lies at a path in a value that stands in the plan."""
    for name in path.split(".") if path else ():
        if isinstance(argument, Ref):
            argument = Ref(argument.step, f"{argument.path}.{name}" if argument.path else name)
            continue
        try:
            argument = argument[int(name)] if isinstance(argument, list) else argument[name]
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise MissingField(f"an item of the list has no {path}") from error
    return argument
