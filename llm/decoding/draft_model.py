"""Guess what comes next with a smaller model that shares the vocabulary.

It samples under the same parameters and grammar as the model that verifies, so that its guesses are close. It
keeps a cache of its own. What becomes of the guesses is not its business.
"""

import threading
from collections.abc import Sequence

import torch
from torch import Tensor

from ..errors import RequestError
from ..serving.runner import Runner
from ..serving.sequence import SequenceHandle
from ..tokenizer import Tokenizer
from .choice import Choice
from .constrain import Constraint
from .drafts import Draft
from .sampling import NEVER


class ModelDrafter:
    """Guesses for one request, by the rule of choice that also holds for the output."""

    hope = 0.75

    def __init__(
        self, runner: Runner, vocab: int, choice: Choice, cost: float, cancel: threading.Event | None
    ) -> None:
        """`vocab` is the number of logits of the model that verifies."""
        self.cost = cost
        self._runner = runner
        self._vocab = vocab
        self._choice = choice
        self._cancel = cancel
        self._sequence: SequenceHandle | None = None

    def close(self) -> None:
        """Guess nothing more."""
        if self._sequence is not None:
            self._sequence.close()

    def propose(self, ids: Sequence[int], count: int, constraint: Constraint | None) -> list[Draft]:
        state = None if constraint is None else constraint.fork()
        drafts: list[Draft] = []
        if self._sequence is None:
            self._sequence = self._runner.open(self._runner.context, cancel=self._cancel)
        while len(drafts) < count and len(ids) + len(drafts) < self._runner.context:
            if state is not None and state.finished:
                break
            draft = self._next(self._sequence, ids, drafts, state)
            if draft is None:
                break
            drafts.append(draft)
            if state is not None:
                state.accept(draft.token)
        return drafts

    def _next(
        self, sequence: SequenceHandle, ids: Sequence[int], drafts: Sequence[Draft], state: Constraint | None
    ) -> Draft | None:
        """One guess behind `ids` and `drafts`; None when cancelled."""
        allowed = None if state is None else state.allowed()
        if allowed is not None and allowed.only is not None:
            return Draft(allowed.only)
        guesses = [draft.token for draft in drafts]
        hidden = None
        while hidden is None:
            if self._cancel is not None and self._cancel.is_set():
                return None
            hidden = sequence.advance(ids, guesses=guesses)
        return self._choice.guess(self._fitted(self._runner.project(hidden)[0]), [*ids, *guesses], allowed)

    def _fitted(self, logits: Tensor) -> Tensor:
        """Padded vocabularies differ in size: cut off, or filled with what is never guessed."""
        missing = self._vocab - logits.shape[-1]
        if missing <= 0:
            return logits[: self._vocab]
        return torch.nn.functional.pad(logits, (0, missing), value=NEVER)


def check_vocabularies(tokenizer: Tokenizer, other: Tokenizer) -> None:
    """Raise `RequestError` unless both give every token the same id."""
    if tokenizer.vocabulary() != other.vocabulary():
        raise RequestError(
            "The draft model has another vocabulary than the model. Use a smaller model of the same family."
        )
