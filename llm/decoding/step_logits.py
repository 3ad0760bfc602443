"""The logits of one step, computed for as few tokens as the choice needs.

Where a grammar allows few tokens only their rows of the output projection are computed, where it allows one
none at all; the rest is projected together, because reading the weights is what it costs. It does not choose.
"""

from collections.abc import Sequence

from torch import Tensor

from ..network.projection import is_sparse
from ..serving.runner import Runner
from .allowed import Allowed


class StepLogits:
    """Logits behind each of the tokens of a step, whose final states are `states` [n, width]."""

    def __init__(
        self, runner: Runner, states: Tensor, masks: Sequence[Allowed | None], complete: bool = False
    ) -> None:
        """`complete` asks for every logit, whatever the masks allow."""
        self.rows = 0
        """Logits computed so far."""
        self._runner = runner
        self._states = states
        self._vocab = runner.decoder.spec.vocab
        self._rows_only = [
            mask is not None and not complete and is_sparse(mask.count, self._vocab) for mask in masks
        ]
        self._masks = masks
        self._whole: dict[int, Tensor] = {}

    def at(self, index: int) -> Tensor:
        """Logits [vocab], float32, behind token `index`: all of them, or at least the allowed ones.

        The others are minus infinity then.
        """
        mask = self._masks[index]
        if mask is not None and self._rows_only[index]:
            rows = mask.rows()
            self.rows += len(rows)
            return mask.spread(self._runner.project(self._states[index : index + 1], rows)[0], rows)
        if index not in self._whole:
            places = [at for at in range(index, len(self._masks)) if not self._rows_only[at]]
            logits = self._runner.project(self._states[places])
            self.rows += logits.numel()
            self._whole = dict(zip(places, logits, strict=True))
        return self._whole[index]
