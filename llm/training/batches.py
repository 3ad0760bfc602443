"""Turns examples into padded batches with a weight for every predicted token.

What the model has to write counts fully, names and values more; what it reads counts a little, because tool text and
requests are practice in copying. Sequences of like length share a batch, so little is padding and nothing is packed.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from ..compact.form import ROUTES, Marker, control_tokens
from .examples import Mixture

READ_WEIGHT = 0.03
WEIGHTS = {Marker.CALL: 2.0, Marker.VAL: 2.5, Marker.REF: 2.0, Marker.SLOT: 2.0, Marker.ARG: 1.5}
POOL = 2048
BUCKET = 8


@dataclass(frozen=True, slots=True)
class Row:
    ids: list[int]
    weights: np.ndarray


@dataclass(frozen=True, slots=True)
class Batch:
    ids: Tensor
    """[B, T] inputs, right-padded."""
    targets: Tensor
    """[B, T] next tokens."""
    weights: Tensor
    """[B, T]; zero for padding."""
    tokens: int
    """Tokens that are not padding."""


class BatchMaker:
    """An endless stream of batches of about ``batch_tokens`` tokens."""

    def __init__(self, mixture: Mixture, tokenizer: Tokenizer, batch_tokens: int, max_length: int) -> None:
        self.mixture = mixture
        self.tokenizer = tokenizer
        self.batch_tokens = batch_tokens
        self.max_length = max_length
        self.table = weight_table(tokenizer)
        self.pad = tokenizer.token_to_id(Marker.PAD.value)

    def stream(self, seed: int) -> Iterator[Batch]:
        rng = random.Random(seed)
        waiting: dict[int, list[Row]] = {}
        while True:
            full = list(self._full_batches(self._rows(rng), waiting))
            rng.shuffle(full)
            yield from full

    def _rows(self, rng: random.Random) -> Iterator[Row]:
        pool = [self.mixture.draw(rng) for _ in range(POOL)]
        for encoding in self.tokenizer.encode_batch([example.text for example in pool]):
            if len(encoding.ids) <= self.max_length:
                yield Row(encoding.ids, token_weights(np.array(encoding.ids), self.table))

    def _full_batches(self, rows: Iterable[Row], waiting: dict[int, list[Row]]) -> Iterator[Batch]:
        """Batches whose bucket is full; other rows wait. Few shapes, because kernels are made anew for each shape."""
        for row in rows:
            length = -(-(len(row.ids) - 1) // BUCKET) * BUCKET
            bucket = waiting.setdefault(length, [])
            bucket.append(row)
            if len(bucket) == max(1, self.batch_tokens // length):
                yield self._pad(bucket, length)
                bucket.clear()

    def _pad(self, rows: Sequence[Row], length: int) -> Batch:
        ids = np.full((len(rows), length), self.pad)
        targets = np.full((len(rows), length), self.pad)
        weights = np.zeros((len(rows), length), dtype=np.float32)
        for index, row in enumerate(rows):
            count = len(row.ids) - 1
            ids[index, :count], targets[index, :count] = row.ids[:-1], row.ids[1:]
            weights[index, :count] = row.weights[1:]
        total = sum(len(row.ids) for row in rows)
        return Batch(torch.from_numpy(ids), torch.from_numpy(targets), torch.from_numpy(weights), total)


@dataclass(frozen=True, slots=True)
class WeightTable:
    starts: frozenset[int]
    """Control tokens after which the model writes: the routes and the answer marker."""
    by_marker: np.ndarray
    """Weight of the text that follows a control token; 0 for tokens that are not control tokens."""


def weight_table(tokenizer: Tokenizer) -> WeightTable:
    by_marker = np.zeros(tokenizer.get_vocab_size(), dtype=np.float32)
    ids = {content: number for number, content in enumerate(control_tokens())}
    for marker in Marker:
        by_marker[ids[marker.value]] = WEIGHTS.get(marker, 1.0)
    starts = frozenset(ids[marker.value] for marker in (*ROUTES, Marker.ANSWER))
    return WeightTable(starts, by_marker)


def token_weights(ids: np.ndarray, table: WeightTable) -> np.ndarray:
    """Weight of predicting each token of one sequence."""
    begin = next((index for index, token in enumerate(ids) if int(token) in table.starts), len(ids))
    weights = np.full(len(ids), READ_WEIGHT, dtype=np.float32)
    current = 1.0
    for index in range(begin, len(ids)):
        marker_weight = table.by_marker[ids[index]]
        weights[index] = 1.0 if marker_weight else current
        current = float(marker_weight) or current
    return weights
