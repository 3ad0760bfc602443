"""Logits of some tokens alone: the same numbers as in the whole product, for every kind of head."""

import pytest
import torch
from torch import Tensor, nn

from homewit.llm.decoding.allowed import Allowed
from homewit.llm.network.projection import is_sparse, project

WIDTH, VOCAB = 48, 4096


class Halved(nn.Module):
    """A head of a kind of its own, which computes rows only if asked by that name."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(WIDTH, VOCAB)
        self.asked = 0

    def forward(self, x: Tensor) -> Tensor:
        return self.dense(x) / 2


class HalvedRows(Halved):
    def project_rows(self, x: Tensor, rows: Tensor) -> Tensor:
        self.asked = len(rows)
        return nn.functional.linear(x, self.dense.weight[rows], self.dense.bias[rows]) / 2


HEADS = {
    "embedding": lambda: nn.Embedding(VOCAB, WIDTH),
    "linear": lambda: nn.Linear(WIDTH, VOCAB, bias=False),
    "biased": lambda: nn.Linear(WIDTH, VOCAB),
    "unknown": Halved,
    "rows": HalvedRows,
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("kind", HEADS)
def test_rows_are_those_of_the_whole(kind: str, dtype: torch.dtype) -> None:
    """For any number of rows and tokens, bit for bit."""
    torch.manual_seed(1)
    head = HEADS[kind]().to(dtype)
    for tokens in (1, 3):
        hidden = torch.randn(tokens, WIDTH).to(dtype)
        whole = project(head, hidden)
        for count in (1, 2, 7, 16, 33, 200):
            rows = torch.randperm(VOCAB)[:count].sort().values
            assert torch.equal(project(head, hidden, rows), whole[:, rows])


def test_a_head_that_can_compute_rows_is_asked_to() -> None:
    """In full blocks, the last row repeated."""
    head = HalvedRows()

    assert project(head, torch.randn(1, WIDTH), torch.arange(17)).shape == (1, 17)
    assert head.asked == 32


def test_few_rows_are_sparse_and_many_are_not() -> None:
    assert is_sparse(100, 150_000)
    assert not is_sparse(20_000, 150_000)


def test_spread_logits_are_the_masked_ones() -> None:
    """Rows put back in their places equal the whole vector with everything else forbidden."""
    logits = torch.randn(40)
    allowed = Allowed.from_bits(bytes([0b1010, 0, 0b1]), 40, never=16)

    assert (allowed.count, allowed.only, 3 in allowed, 16 in allowed) == (2, None, True, False)
    assert torch.equal(allowed.spread(logits[allowed.rows()], allowed.rows()), allowed.mask(logits))
    assert allowed.also(20).rows().tolist() == [1, 3, 20]
    assert Allowed.from_bits(bytes([0b100]), 40).only == 2
