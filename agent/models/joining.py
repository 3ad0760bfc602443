"""The steps of a request in parts as one plan: numbered on, and with "it" pointing at the step before.

A part that nothing can be made of is reported in the words of the request, so that it is never lost unseen.
Pure but for the callable that reads parts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..model import ToolView, TurnContext
from ..plan import Argument, Ask, Ref, Step
from ..planning.arguments import replaced
from ..planning.back_references import referred
from ..planning.parts import Part
from ..planning.phrases import MISSING, Back, FromCall, Said
from .asking import question


@dataclass(frozen=True, slots=True)
class Joined:
    """What was made of a request, or of a part of it."""

    steps: tuple[Step, ...] = ()
    not_understood: tuple[str, ...] = ()
    """What no step serves, in the words of the request."""


def joined(turn: TurnContext, parts: Sequence[Part[Said]], read: Callable[[str], Joined]) -> Joined:
    """The steps of all parts in their order; ``read`` makes those of a part that has no call.

    Where "it" is nothing that a foreseen sentence can use, what was read before it is read again with it; and
    where a part by itself leaves something to ask, together with the part before it.
    """
    views = {view.name: view for view in turn.every_tool()}
    steps: list[Step] = []
    lost: list[str] = []
    begin = 0  # where the steps of the part before begin
    for before, part in zip([None, *parts], parts, strict=False):
        if part.call is None:
            made = read(part.text)
            found = numbered(made.steps, len(steps))
            lost += made.not_understood if made.steps else ()
        else:
            found = said_steps(part.call, steps, views, turn.text)
        if not found and before is not None and before.call is None:
            together = turn.request[before.start : part.end]
            both = numbered(read(together).steps, begin) if together else []
            if len(both) > len(steps) - begin:
                steps[begin:], found = [], both
        if part.call is None and before is not None and any(map(_asks, found)):
            together = turn.request[before.start : part.end]
            both = numbered(read(together).steps, begin) if together else []
            found = _as_read_together(steps[begin:], found, both)
        lost += [] if found else [part.text]
        begin = len(steps)
        steps += found
    return Joined(tuple(steps), tuple(lost))


def _asks(step: Step) -> bool:
    """Whether the user would have to be asked for a value of it."""
    return any(isinstance(value, Ask) for value in step.args.values())


def _as_read_together(before: Sequence[Step], found: Sequence[Step], both: Sequence[Step]) -> list[Step]:
    """The steps of a part that asks for something, with what is given for it where the part was read with the
    one before it, by ``both``; or those of ``both`` where they are others and ask for nothing.
    """
    more = both[len(before) :]
    if [step.tool for step in both[: len(before)]] != [step.tool for step in before]:
        return list(found)
    if [step.tool for step in more] != [step.tool for step in found]:
        return list(found if not more or any(map(_asks, more)) else more)
    filled: list[Step] = []
    for step, other in zip(found, more, strict=True):
        known = {name: other.args.get(name) for name, value in step.args.items() if isinstance(value, Ask)}
        refs = {name: value for name, value in known.items() if isinstance(value, Ref)}
        after = tuple(dict.fromkeys((*step.after, *(value.step for value in refs.values()))))
        filled.append(replace(step, args={**step.args, **refs}, after=after))
    return filled


def numbered(steps: Sequence[Step], before: int) -> list[Step]:
    """Steps that were numbered from 1, as they are behind others."""
    return _renamed(steps, {step.id: f"s{before + number}" for number, step in enumerate(steps, 1)})


def spliced(steps: Sequence[Step], more: Sequence[Step], place: int) -> list[Step]:
    """Both, numbered from 1, with ``more`` behind the first ``place`` of the steps."""
    ids = [f"s{number}" for number in range(1, len(steps) + len(more) + 1)]
    kept = [*ids[:place], *ids[place + len(more) :]]
    moved = _renamed(steps, {step.id: new for step, new in zip(steps, kept, strict=True)})
    return [*moved[:place], *numbered(more, place), *moved[place:]]


def _renamed(steps: Sequence[Step], ids: Mapping[str, str]) -> list[Step]:
    def moved(part: Ref | Ask) -> Ref | Ask:
        return Ref(ids[part.step], part.path) if isinstance(part, Ref) else part

    return [
        replace(
            step,
            id=ids[step.id],
            args={name: replaced(value, moved) for name, value in step.args.items()},
            after=tuple(ids[one] for one in step.after),
        )
        for step in steps
    ]


def said_steps(
    call: Said, before: Sequence[Step], views: Mapping[str, ToolView], text: str = ""
) -> list[Step]:
    """The step of a foreseen sentence behind those that it takes values from, with a question for each value
    that it leaves out; none where "it" is nothing that the step before has, or could be of several tools.

    Where no step is before it, "this" is the ``text`` that the request is about.
    """
    ways = (_steps_of(one, before, views, text) for one in (replace(call, others=()), *call.others))
    found = [steps for steps in ways if steps]
    return found[0] if len(found) == 1 else []


def _steps_of(call: Said, before: Sequence[Step], views: Mapping[str, ToolView], text: str) -> list[Step]:
    first: dict[str, Step] = {}
    for name, value in call.args.items():
        tool, dot, parameter = name.rpartition(".")
        if dot and tool not in views:
            return []
        if dot:
            known = first.get(tool) or Step(f"s{len(before) + len(first) + 1}", tool, {})
            first[tool] = replace(known, args={**known.args, parameter: value})
    properties: Mapping[str, Any] = views[call.tool].parameters.get("properties", {})
    args: dict[str, Argument] = {}
    for name, value in call.args.items():
        if "." in name:
            continue
        schema = properties.get(name, {})
        if value is MISSING:
            args[name] = Ask(question(name, schema))
        elif isinstance(value, FromCall):
            args[name] = Ref(first[value.tool].id, value.field)
        elif isinstance(value, Back):
            given = text if value.given and not before else ""
            back = given or referred(value, name, schema, before, views)
            if back is None:
                return []
            args[name] = back
        else:
            args[name] = value
    after = tuple({value.step: None for value in args.values() if isinstance(value, Ref)})
    return [*first.values(), Step(f"s{len(before) + len(first) + 1}", call.tool, args, after)]
