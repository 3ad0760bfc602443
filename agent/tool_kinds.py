"""What a tool's effect means for the order in which a plan is carried out. Pure."""

from ..tools import Effect, Registry, ToolSpec
from .plan import Plan

HARMLESS = frozenset({Effect.READ, Effect.NETWORK})


def is_harmless(spec: ToolSpec) -> bool:
    """Changes nothing, here or elsewhere, so it may be repeated."""
    return spec.effect in HARMLESS


def is_local_read(spec: ToolSpec) -> bool:
    """Gives the same before and after a change to files or the outside: it computes, or reads Homewit's own
    database.
    """
    return spec.effect == Effect.READ and not spec.untrusted_output


def changes(plan: Plan, registry: Registry) -> frozenset[str]:
    """Ids of the steps that change something, and so keep their order."""
    return frozenset(
        step.id
        for step in plan.steps
        if step.tool in registry and not is_harmless(registry.get(step.tool).spec)
    )
