"""One pass of a decoder for one sequence or for several at once.

A lone sequence takes the decoder's own way, several share one reading of the weights. A `DecodeStep`, where
there is one, takes the passes that it is faster at. It knows tensors and states; who is served and what
becomes of the results is the scheduler's affair.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor

from ..cache.layer_state import DecoderState
from ..network.decoder import Decoder
from .scheduler import Part


class DecodeStep(Protocol):
    """Another way to compute than the decoder's own, chosen once when a checkpoint is loaded."""

    def hidden(
        self, ids: Sequence[Sequence[int]], states: Sequence[DecoderState], tails: Sequence[int]
    ) -> Sequence[Tensor] | None:
        """Final states [tail, width] behind the last `tail` of the new tokens of each state.

        None leaves the pass to the decoder.
        """
        ...

    def project(self, hidden: Tensor, rows: Tensor | None = None) -> Tensor:
        """Logits [T, vocab] of final states [T, width], or [T, len(rows)] for the tokens `rows`."""
        ...


def passes_of(decoder: Decoder, step: DecodeStep | None = None) -> Callable[[Sequence[Part]], None]:
    """What computes the parts of a pass with `decoder`, or with `step` where that can."""
    device = decoder.embedding.weight.device

    @torch.inference_mode()
    def compute(parts: Sequence[Part]) -> None:
        tails = [part.tail for part in parts]
        states = None
        if step is not None:
            states = step.hidden([part.ids for part in parts], [part.state for part in parts], tails)
        if states is None:
            ids = [torch.tensor([part.ids], dtype=torch.long, device=device) for part in parts]
            hidden = _hidden(decoder, ids, parts)
            states = [each[0, each.shape[1] - tail :] for each, tail in zip(hidden, tails, strict=True)]
        for part, found in zip(parts, states, strict=True):
            part.states = found if part.tail else None

    return compute


def _hidden(decoder: Decoder, ids: Sequence[Tensor], parts: Sequence[Part]) -> list[Tensor]:
    if len(parts) == 1:
        return [decoder.hidden(ids[0], parts[0].state)]
    return decoder.hidden_joined(ids, [part.state for part in parts])
