"""How the end of a call is told: with what it gave where it is done, else with why it is not.

Knows nothing of how a call came to its end.
"""

from collections.abc import Mapping
from time import monotonic
from typing import Any

from ..events import StepFinished, StepStatus
from ..log.ledger import Output
from ..values import in_words


def end_of(
    id: str,
    tool: str,
    args: Mapping[str, Any],
    status: StepStatus,
    output: Output | None = None,
    why: str = "",
    began: float | None = None,
) -> StepFinished:
    """The event of an end.

    Args:
        output: what a call that is done has given; None for any other.
        why: what is said of a call without an output.
        began: by the monotonic clock; None where nobody knows how long it took.
    """
    return StepFinished(
        id=id,
        tool=tool,
        args=dict(args),
        status=status,
        output={"error": why} if output is None else output.data,
        text=why if output is None else output.text,
        seconds=0.0 if began is None else round(monotonic() - began, 3),
        origins=() if output is None else in_words(output.origins),
    )
