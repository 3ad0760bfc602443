"""What may and what must come next in one output: a grammar for the answer, and the end of the thoughts.

Brings both together: thoughts are free of the grammar, a model may choose to think before an answer that has
one, and forced tokens wait until the answer has begun. It does not choose tokens.
"""

from collections.abc import Callable, Sequence

from .allowed import Allowed
from .constrain import Constraint
from .thinking import Thinking


class Guide:
    """Rules of one request. Call `accept` for each token that was chosen, before the output takes it in."""

    def __init__(self, constraint: Constraint | None = None, thinking: Thinking | None = None) -> None:
        self._constraint = constraint
        self._thinking = thinking

    @property
    def finished(self) -> bool:
        """Whether nothing more may follow."""
        return self._constraint is not None and self._constraint.finished

    @property
    def grammar(self) -> Constraint | None:
        """The grammar, where it decides on the next token."""
        thinks = self._thinking is not None and self._thinking.phase == "thinking"
        return None if thinks else self._constraint

    def room_for_guesses(self, room: int) -> int:
        """How many of `room` tokens may be guessed, so that no guess crosses a change of the rules."""
        if self._thinking is None:
            return room
        if self._thinking.opening is not None:
            return 0
        left = self._thinking.left
        return room if left is None or self._thinking.phase != "thinking" else min(room, left - 1)

    def ahead(self, guesses: Sequence[int]) -> Callable[[], Sequence[Allowed | None]]:
        """Begin to find what may come next, now and behind each of `guesses`; call the result to get it.

        None stands for every token. There may be fewer than asked for.
        """
        if self.grammar is None:
            return lambda: [None] * (len(guesses) + 1)
        waiting = self.grammar.ahead(guesses)
        return lambda: self._with_opening(waiting())

    def accept(self, token: int) -> None:
        """Move past a token that was chosen."""
        begins_thinking = self._thinking is not None and token == self._thinking.opening
        if self.grammar is not None and not begins_thinking:
            self.grammar.accept(token)

    def dictated(self) -> list[int]:
        """Tokens that have to come now around the thoughts. No grammar knows them: do not `accept` them."""
        return self._thinking.dictated() if self._thinking is not None else []

    def forced(self) -> list[int]:
        """Tokens of the answer about which the grammar leaves no choice; accepted already."""
        return self.grammar.forced() if self.grammar is not None and self.answering else []

    @property
    def answering(self) -> bool:
        """Whether the next token belongs to the answer, as far as that is decided."""
        return self._thinking is None or self._thinking.phase == "answer"

    def _with_opening(self, masks: Sequence[Allowed]) -> Sequence[Allowed]:
        """With the token that would begin the thoughts, where the model may still choose to think."""
        opening = self._thinking.opening if self._thinking is not None else None
        if self._thinking is None or opening is None:
            return masks
        if opening in masks[0]:
            self._thinking.decline()  # the grammar itself may begin like this, and it goes first
            return masks
        return [masks[0].also(opening)]
