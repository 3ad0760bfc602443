"""One pass of a decoder for one sequence or for several at once.

A lone sequence takes the decoder's own way, several share one reading of the weights. It knows tensors and
states; who is served and what becomes of the results is the scheduler's affair.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from .decoder import Decoder
from .scheduler import Part


def passes_of(decoder: Decoder) -> Callable[[Sequence[Part]], None]:
    """What computes the parts of a pass with `decoder`."""
    device = decoder.embedding.weight.device

    @torch.inference_mode()
    def compute(parts: Sequence[Part]) -> None:
        ids = [torch.tensor([part.ids], dtype=torch.long, device=device) for part in parts]
        for part, hidden in zip(parts, _hidden(decoder, ids, parts), strict=True):
            part.states = hidden[0, -part.tail :] if part.tail else None

    return compute


def _hidden(decoder: Decoder, ids: Sequence[Tensor], parts: Sequence[Part]) -> list[Tensor]:
    if len(parts) == 1:
        return [decoder.hidden(ids[0], parts[0].state)]
    return decoder.hidden_joined(ids, [part.state for part in parts])
