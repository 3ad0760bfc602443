"""What all chats with the same instructions and tools begin with, and how their messages end.

Read off a checkpoint's own template: two chats that differ in the user's words only are rendered, and
compared token by token. It knows neither the template's language nor what the tokens are kept for.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import takewhile

PROBES = ("a", "Z")  # two texts that no tokenizer begins alike


@dataclass(frozen=True, slots=True)
class PromptShape:
    """`shared` tokens stand before the user's words; `message_end` is the control token behind them."""

    shared: tuple[int, ...] = ()
    message_end: int | None = None


def prompt_shape(render: Callable[[str], list[int]], control: Collection[int]) -> PromptShape:
    """The shape of prompts that `render` gives for a user's words; `control` are the ids of control tokens.

    The shared part ends with a control token if it has one: ordinary text may merge with what follows.
    """
    first, second = map(render, PROBES)
    common = [one for one, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False))]
    controls = [index for index, token in enumerate(common) if token in control]
    shared = common[: controls[-1] + 1] if controls else common
    return PromptShape(
        tuple(shared), next((token for token in first[len(common) :] if token in control), None)
    )
