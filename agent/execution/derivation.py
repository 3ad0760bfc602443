"""Where the result of a call comes from: its tool, all that went into it, and the records that it read.

Knows nothing of how a call is made.
"""

from ...tools import ToolResult
from ..log.ledger import Output
from ..values import Origins, ToolOrigin, join
from .gate import Prepared


def output_of(prepared: Prepared, result: ToolResult, read: Origins = frozenset()) -> Output:
    """A result derives from the tool, from all that went into the call, and from the records ``read``."""
    spec = prepared.tool.spec
    own = ToolOrigin(spec.name, prepared.step.id, trusted=not spec.untrusted_output)
    return Output(result.data, result.text, join({own}, derived_from(prepared), read))


def written_by(prepared: Prepared) -> Origins:
    """Origins of what a call adds to the user's records; a tool that reads strangers' words counts as one."""
    own = ToolOrigin(prepared.tool.spec.name, prepared.step.id, trusted=False)
    return join({own} if prepared.tool.spec.untrusted_output else (), derived_from(prepared))


def derived_from(prepared: Prepared) -> Origins:
    """Where the arguments of a call come from, and what decided that it runs, and how often."""
    values = prepared.resolved.values.values()
    return join(prepared.call.branch, prepared.step.listed, *(value.origins for value in values))
