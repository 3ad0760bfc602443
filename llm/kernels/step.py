"""One decode step of a whole model as one native call.

New tokens of one or several sequences in, final states out; their keys and values are in the caches
afterwards, and counting them as held is the caller's affair. Knows neither sampling nor text.
"""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from . import structures
from .caches import SequenceCaches
from .library import open_library
from .matrix import check_memory
from .model import NativeModel


@dataclass(frozen=True, slots=True)
class Continuation:
    """`tokens` that continue a sequence which holds `start` tokens; `caches` has room for them."""

    tokens: Sequence[int]
    start: int
    caches: SequenceCaches


class NativeStep:
    """Safe to call from several threads: calls take turns."""

    def __init__(self, model: NativeModel) -> None:
        self.model = model
        self._library = open_library()
        self._model = ctypes.pointer(model.structure)

    def __call__(
        self,
        continuations: Sequence[Continuation],
        wanted: Sequence[int] | None = None,
    ) -> Tensor:
        """Final states [wanted, width], float32, of some rows of the step; None is the last of each sequence.

        Rows count through all continuations.
        """
        tokens = torch.tensor([token for each in continuations for token in each.tokens], dtype=torch.long)
        if tokens.numel() == 0 or int(tokens.min()) < 0 or int(tokens.max()) >= self.model.vocab:
            raise ValueError("a step needs tokens of the vocabulary")
        sequences = (structures.Sequence * len(continuations))()
        rows = 0
        for sequence, each in zip(sequences, continuations, strict=True):
            sequence.layers = each.caches.structures
            sequence.start, sequence.first, sequence.rows = each.start, rows, len(each.tokens)
            rows += len(each.tokens)
        if wanted is None:
            wanted = [sequence.first + sequence.rows - 1 for sequence in sequences]
        of_rows = torch.tensor(wanted, dtype=torch.int32)
        states = torch.empty(len(wanted), self.model.width)
        step = structures.Step(
            model=self._model,
            sequences=sequences,
            tokens=tokens.data_ptr(),
            wanted=of_rows.data_ptr(),
            states=states.data_ptr(),
            sequence_count=len(continuations),
            rows=rows,
            wanted_count=len(wanted),
            threads=torch.get_num_threads(),
        )
        check_memory(self._library.homewit_step(ctypes.byref(step)))
        return states
