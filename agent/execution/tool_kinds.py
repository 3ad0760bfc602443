"""What a tool's effect means for the order in which a plan is carried out. Pure."""

from ...tools import Effect, Registry, Tool, ToolSpec
from ...tools.loaders.deferred import DeferredTool
from ...tools.spec import AnyTool
from ..plan import Plan, Step
from ..subtasks.tool import SUB_TASK

OUTWARD = frozenset({Effect.NETWORK, Effect.SEND, Effect.SPEND, Effect.EXECUTE})
"""Effects by which something can leave the machine; a command can, where it may use the network."""
HARMLESS = frozenset({Effect.READ, Effect.NETWORK})


def is_harmless(spec: ToolSpec) -> bool:
    """Changes nothing, here or elsewhere, so it may be repeated."""
    return spec.effect in HARMLESS


def is_local_read(spec: ToolSpec) -> bool:
    """Gives the same before and after a change to files or the outside: it computes, or reads Homewit's own
    database.
    """
    return spec.effect == Effect.READ and not spec.untrusted_output


def may_read_private(tool: AnyTool) -> bool:
    """Whether its result may hold what only the user should know. Pages are everybody's, a sum is nobody's;
    what a tool does not declare is taken for private.
    """
    spec = tool.spec
    if spec.effect == Effect.NETWORK:
        return False
    if spec.untrusted_output or spec.secrets:
        return True
    if spec.effect != Effect.READ:
        return False
    return not isinstance(tool, Tool | DeferredTool) or tool.takes_context


def reaches_outside(registry: Registry, tool: str) -> bool:
    """Whether something can leave the machine through it."""
    return tool in registry and registry.get(tool).spec.effect in OUTWARD


def changes(plan: Plan, registry: Registry) -> frozenset[str]:
    """Ids of the steps that change something, and so keep their order."""
    return frozenset(step.id for step in plan.steps if step.tool in registry and _changes(step, registry))


def _changes(step: Step, registry: Registry) -> bool:
    """A sub-task changes what its tools may change; tools that are not known yet may change anything."""
    if step.tool != SUB_TASK:
        return not is_harmless(registry.get(step.tool).spec)
    tools = step.args.get("tools") or []
    known = isinstance(tools, list) and all(isinstance(name, str) and name in registry for name in tools)
    return not known or any(name == SUB_TASK or not is_harmless(registry.get(name).spec) for name in tools)
