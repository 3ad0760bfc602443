"""Which token comes next: penalties, grammar, sampling and the verification of guesses, put together.

The order is that of `SamplingParams`. It knows neither models nor text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from ..generation import SamplingParams
from .allowed import Allowed
from .drafts import Draft
from .penalties import Breaks, penalized
from .sampling import choose, filtered
from .speculation import guess, verified


@dataclass(frozen=True, slots=True)
class Choice:
    """The rule of one request, whose prompt is the first `prompt` of its tokens."""

    params: SamplingParams
    seed: int
    prompt: int
    breaks: Breaks

    def token(
        self, logits: Tensor, ids: Sequence[int], mask: Allowed | None = None, draft: Draft | None = None
    ) -> int:
        """The token behind `ids`, for the model's `logits` [vocab]; `draft` is what was guessed for it."""
        scores = self._scores(logits, ids, mask)
        position = len(ids) - self.prompt
        if draft is None or draft.odds is None or self.params.temperature == 0:
            return choose(scores, self.params, self.seed, position)
        return verified(filtered(scores, self.params), draft.token, draft.odds, self.seed, position)

    def guess(self, logits: Tensor, ids: Sequence[int], mask: Allowed | None = None) -> Draft:
        """The same with the `logits` of a model that only guesses."""
        scores = self._scores(logits, ids, mask)
        if self.params.temperature == 0:
            return Draft(int(scores.argmax()))
        scores = filtered(scores, self.params)
        return Draft(guess(scores, self.seed, len(ids) - self.prompt), scores.softmax(-1))

    def _scores(self, logits: Tensor, ids: Sequence[int], mask: Allowed | None) -> Tensor:
        scores = penalized(logits, self.params, ids, self.prompt, self.breaks)
        return scores if mask is None else mask.mask(scores)
