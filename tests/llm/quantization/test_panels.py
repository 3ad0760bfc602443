"""The packed form: what is stored comes back within half a step, whoever packs it."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from homewit.llm.kernels import library, matrix
from homewit.llm.quantization.panels import CODEBOOK, Panels, pack, shapes, unpack

SHAPES = st.tuples(st.integers(1, 70), st.integers(1, 300))
GROUPS = st.sampled_from([32, 64, 128, 256])
few = settings(max_examples=25, derandomize=True)


def made(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def relative_error(packed: Panels, weight: Tensor) -> float:
    return float((unpack(packed) - weight).square().sum() / weight.square().sum())


@few
@given(SHAPES, GROUPS)
def test_eight_bits_are_within_half_a_step(shape: tuple[int, int], group: int):
    """A step is the largest weight of the group by 127, rounded to a float16."""
    weight = made(*shape)
    packed = pack(weight, 8, group)
    columns = torch.nn.functional.pad(weight, (0, -shape[1] % group)).unflatten(1, (-1, group))
    step = (columns.abs().amax(-1, keepdim=True) / 127).expand_as(columns).flatten(1)[:, : shape[1]]
    assert ((unpack(packed) - weight).abs() <= 0.5 * step * 1.02 + 1e-7).all()


@few
@given(st.sampled_from([4, 8]), SHAPES, GROUPS)
def test_the_form_has_the_shapes_it_says(bits, shape: tuple[int, int], group: int):
    packed = pack(made(*shape), bits, group)
    assert (tuple(packed.data.shape), tuple(packed.scale.shape)) == shapes(*shape, bits, group)
    assert unpack(packed).shape == shape


def test_four_bits_lose_less_than_sixteen_equal_steps():
    """The reason for the codebook. Both choose the best of the same scales for each group of 32."""
    weight = made(64, 1024)
    groups = weight.view(64, -1, 32)
    furthest = groups.gather(-1, groups.abs().argmax(-1, keepdim=True))
    equal = []
    for fraction in (0.88, 1.0):
        scale = furthest / -8 * fraction
        equal.append(((groups / scale).round().clamp(-8, 7) * scale - groups).square().sum(-1))
    equal_error = float(torch.stack(equal).amin(0).sum() / weight.square().sum())
    assert relative_error(pack(weight, 4, 32), weight) < 0.9 * equal_error


def test_a_smaller_group_loses_less():
    weight = made(64, 1024) * torch.logspace(-2, 0, 1024)
    for bits in (8, 4):
        errors = [relative_error(pack(weight, bits, group), weight) for group in (32, 128, 512)]
        assert errors == sorted(errors)


@few
@given(SHAPES, st.sampled_from([4, 8]), GROUPS, st.sampled_from([torch.float32, torch.bfloat16]))
def test_the_kernels_pack_and_unpack_as_pytorch_does(shape: tuple[int, int], bits, group: int, dtype):
    """8 bits to the bit; with 4, sums in another order may choose another scale that is as good."""
    if not library.available():
        pytest.skip("the native kernels are not built here")
    weight = made(*shape).to(dtype)
    ours, theirs = matrix.pack(weight, bits, group), pack(weight, bits, group)
    if bits == 8:
        assert torch.equal(ours.data, theirs.data)
        assert torch.equal(ours.scale, theirs.scale)
    assert relative_error(ours, weight.float()) <= 1.02 * relative_error(theirs, weight.float()) + 1e-4
    assert torch.equal(matrix.NativeMatrix(ours).unpack(), unpack(ours))
    ids = torch.arange(shape[0] - 1, -1, -2)
    assert torch.equal(matrix.NativeMatrix(ours).unpack(torch.float32, ids), unpack(ours)[ids])


@pytest.mark.parametrize("bits", [4, 8])
def test_zeros_and_subnormal_weights_become_zeros(bits):
    """A scale below what a float16 holds is no scale: nothing is divided by it."""
    for value in (0.0, 1e-12):
        assert torch.equal(unpack(pack(torch.full((5, 40), value), bits)), torch.zeros(5, 40))


def test_the_codebook_ascends_and_has_no_value_without_its_opposite():
    assert list(CODEBOOK) == sorted(set(CODEBOOK))
    assert len(CODEBOOK) == 16
    assert min(CODEBOOK) >= -127


@pytest.mark.parametrize("group", [0, 16, 33, 2048])
def test_a_group_that_the_kernels_cannot_read_is_refused(group: int):
    with pytest.raises(ValueError, match="cannot share a scale"):
        pack(made(4, 64), 8, group)
