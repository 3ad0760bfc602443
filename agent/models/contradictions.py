"""Steps of a small model that cannot be what was asked for, whatever words they have: it is better to say
that nothing can be done than to do the opposite.

English only. Pure.
"""

import re
from collections.abc import Sequence

from ..plan import Step

_TAKES_AWAY = re.compile(
    r"\W*(?:(?:please|pls|can you|could you|ok|hey)\W+)*(?:delete|remove|cancel|erase|clear|stop)\b",
    re.IGNORECASE,
)
_MAKES = frozenset("add set draft send write make".split())
_ADDRESS = re.compile(r"[^\s@/]+@[^\s@/]+")


def contradicts(request: str, steps: Sequence[Step]) -> bool:
    """Whether a step takes an address of mails for that of a page, or makes what is to be taken away."""
    if any(_ADDRESS.fullmatch(str(step.args.get("url", ""))) for step in steps):
        return True
    return (
        len(steps) == 1 and steps[0].tool.split("_")[0] in _MAKES and _TAKES_AWAY.match(request) is not None
    )
