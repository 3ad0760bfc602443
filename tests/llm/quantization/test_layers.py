"""Packed layers in place of dense ones."""

import pytest
import torch
from torch import Tensor, nn

from homewit.llm.kernels import library
from homewit.llm.quantization.layers import Int8Linear, PackedEmbedding, PackedLinear
from homewit.llm.quantization.panels import pack, unpack

needs_kernels = pytest.mark.skipif(not library.available(), reason="the native kernels are not built here")


def made(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@needs_kernels
@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("count", [1, 5, 40])
def test_a_packed_layer_computes_with_the_weights_it_stands_for(bits, count: int):
    """Rounding the activations adds an error of less than two percent."""
    packed, bias = pack(made(50, 96), bits), made(50, seed=1)
    x = made(2, count, 96, seed=2).bfloat16()
    expected = nn.functional.linear(x.float(), unpack(packed), bias)
    result = PackedLinear(packed, bias)(x)
    assert result.dtype == torch.bfloat16
    assert (result.float() - expected).norm() < 0.02 * expected.norm()


@needs_kernels
def test_some_outputs_alone_are_those_of_all():
    """As a grammar asks for them: ascending, here within one panel and far apart."""
    layer = PackedLinear(pack(made(200, 64), 8))
    x, rows = made(3, 64, seed=1), torch.tensor([0, 1, 5, 31, 32, 150, 199])
    assert torch.equal(layer.project_rows(x, rows), layer(x)[:, rows])


@needs_kernels
@pytest.mark.parametrize("bits", [4, 8])
def test_embeddings_come_out_of_the_packed_projection(bits):
    packed = pack(made(70, 48), bits)
    embedding = PackedEmbedding(PackedLinear(packed), torch.bfloat16)
    ids = torch.tensor([[0, 69, 17], [16, 15, 0]])
    assert torch.equal(embedding(ids), unpack(packed)[ids].bfloat16())
    assert list(embedding.state_dict()) == []


def test_int8_in_pytorch_is_close_to_the_dense_layer():
    """What runs where there are no kernels."""
    weight, bias, x = made(32, 64), made(32, seed=1), made(20, 64, seed=2)
    layer = Int8Linear(weight, bias)
    expected = nn.functional.linear(x, weight, bias)
    for rows in (x[:4], x):
        result = layer(rows.bfloat16()).float()
        assert (result - expected[: len(rows)]).norm() < 0.02 * expected[: len(rows)].norm()
