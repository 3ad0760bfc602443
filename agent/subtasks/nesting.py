"""How the plan of a sub-task stands inside of its run: its steps are ``PARENT/s1``, and so are references to
them. Pure.
"""

from dataclasses import replace

from ..plan import Plan, Step
from ..planning.arguments import INPUTS, ITEM, Ref, replaced
from ..planning.conditions import with_refs
from ..values import Origins, join


def nested(plan: Plan, parent: str, suggested: Origins) -> Plan:
    """The plan with its ids behind that of the step that it is part of.

    ``suggested``: where the request of the sub-task comes from, and so what the user did not type in it.
    """
    return replace(plan, steps=tuple(_nested(step, parent, suggested) for step in plan.steps))


def _nested(step: Step, parent: str, suggested: Origins) -> Step:
    def change(part: object) -> object:
        if isinstance(part, Ref) and part.step not in (ITEM, INPUTS):
            return Ref(f"{parent}/{part.step}", part.path)
        return part

    return replace(
        step,
        id=f"{parent}/{step.id}",
        args={name: replaced(argument, change) for name, argument in step.args.items()},
        after=tuple(f"{parent}/{id}" for id in step.after),
        foreach=replaced(step.foreach, change),
        when=None if step.when is None else with_refs(step.when, change),
        suggested=join(step.suggested, suggested),
    )
