"""The set of tokens that may come next, as a grammar gives it. It knows neither grammars nor models."""

from dataclasses import dataclass

import numpy
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Allowed:
    """One flag per token of the vocabulary."""

    flags: NDArray[numpy.bool_]
    count: int

    @classmethod
    def from_bits(cls, bits: bytes, vocab: int, never: int | None = None) -> "Allowed":
        """From a mask of one bit per token, which may be narrower than the padded vocabulary of a model.

        `never` is an id that is not allowed in any case.
        """
        flags = numpy.zeros(vocab, dtype=bool)
        unpacked = numpy.unpackbits(numpy.frombuffer(bits, dtype=numpy.uint8), bitorder="little")[:vocab]
        flags[: len(unpacked)] = unpacked
        if never is not None:
            flags[never : never + 1] = False
        return cls(flags, int(numpy.count_nonzero(flags)))

    @property
    def only(self) -> int | None:
        """The one token that is allowed, when there is but one."""
        return int(self.flags.argmax()) if self.count == 1 else None

    def __contains__(self, token: int) -> bool:
        return bool(self.flags[token])

    def also(self, token: int) -> "Allowed":
        """The same and `token`."""
        flags = self.flags.copy()
        flags[token] = True
        return Allowed(flags, int(numpy.count_nonzero(flags)))

    def rows(self) -> Tensor:
        """The allowed tokens [count], ascending."""
        return torch.from_numpy(numpy.flatnonzero(self.flags))

    def mask(self, logits: Tensor) -> Tensor:
        """`logits` [vocab] with minus infinity at every token that is not allowed."""
        return logits.masked_fill(torch.from_numpy(~self.flags).to(logits.device), float("-inf"))

    def spread(self, logits: Tensor, rows: Tensor) -> Tensor:
        """The `logits` [count] of `rows` in their places among minus infinities, [vocab]."""
        whole = logits.new_full((len(self.flags),), float("-inf"))
        return whole.index_copy_(0, rows.to(logits.device), logits)
