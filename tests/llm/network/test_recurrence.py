"""Recurrent layers read many tokens at once as they read them one by one, and learn the same from both."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor, nn

from homewit.llm.cache.recurrent_state import RecurrentState
from homewit.llm.network.attention import Positions
from homewit.llm.network.decoder import Decoder
from homewit.llm.network.layer_kinds import make_mixer
from homewit.llm.spec import (
    ExpertsSpec,
    GatedDeltaSpec,
    LayerSpec,
    Mixer,
    ModelSpec,
    PlainSpec,
    ShortConvolutionSpec,
    StateSpaceSpec,
)

WIDTH = 24
MIXERS: dict[str, Mixer] = {
    "delta rule": GatedDeltaSpec(2, 6, 8, 5, kernel=4),
    "state space": StateSpaceSpec(6, 8, 10, groups=3, kernel=4, bias=True),
    "bounded state space": StateSpaceSpec(4, 8, 10, groups=1, kernel=2, step_limit=(0.01, 0.2)),
    "convolution": ShortConvolutionSpec(3, bias=True),
    "convolution of one tap": ShortConvolutionSpec(1),
}
LENGTH = 200  # several chunks and a rest
NOWHERE = Positions(None, None, 0, 0, torch.empty(0))


def model_of(mixer: Mixer) -> ModelSpec:
    return ModelSpec(32, WIDTH, 1024, (LayerSpec(mixer, None),))


def trained_looking(mixer: Mixer) -> nn.Module:
    """A mixer with weights that make everything in it count."""
    module = make_mixer(mixer, model_of(mixer))
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(0.0, 0.4, generator=generator)
    return module


def inputs(seed: int = 2) -> Tensor:
    return torch.randn(2, LENGTH, WIDTH, generator=torch.Generator().manual_seed(seed))


def in_pieces(module: nn.Module, x: Tensor, sizes: Sequence[int]) -> Tensor:
    """The same tokens in pieces, handed on through a state."""
    state = RecurrentState()
    results = []
    for piece in x.split([*sizes, x.shape[1] - sum(sizes)], dim=1):
        results.append(module(piece, NOWHERE, state))
        state.commit(piece.shape[1])
    return torch.cat(results, dim=1)


@pytest.mark.parametrize("kind", MIXERS)
@pytest.mark.parametrize("sizes", [[1] * 70, [64, 64], [1, 63, 2, 65, 1, 1], [150, 1]])
def test_pieces_join_to_the_whole(kind: str, sizes: list[int]) -> None:
    """However a text is cut, one token or many at a time."""
    module = trained_looking(MIXERS[kind])
    x = inputs()

    with torch.no_grad():
        whole, pieces = module(x, NOWHERE, None), in_pieces(module, x, sizes)

    torch.testing.assert_close(pieces, whole, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", MIXERS)
def test_no_token_sees_a_later_one(kind: str) -> None:
    """Changing a token changes nothing before it, and something behind it."""
    module = trained_looking(MIXERS[kind])
    x = inputs()
    changed = x.clone()
    changed[:, 100] += 1.0

    with torch.no_grad():
        before, after = module(x, NOWHERE, None), module(changed, NOWHERE, None)

    assert torch.equal(before[:, :100], after[:, :100])
    assert not torch.allclose(before[:, 100], after[:, 100])


@pytest.mark.parametrize("kind", MIXERS)
def test_both_forms_have_the_same_gradients(kind: str) -> None:
    """Training reads in chunks; what it learns is the gradient of the recurrence itself."""
    module = trained_looking(MIXERS[kind])
    x = inputs()
    weights = inputs(3)
    gradients = []
    for run in (lambda: module(x, NOWHERE, None), lambda: in_pieces(module, x, [1] * (LENGTH - 1))):
        module.zero_grad()
        (run() * weights).sum().backward()
        gradients.append([p.grad.clone() for p in module.parameters() if p.grad is not None])

    assert len(gradients[0]) == len(list(module.parameters()))
    for chunked, stepped in zip(*gradients, strict=True):
        torch.testing.assert_close(chunked, stepped, rtol=2e-3, atol=2e-3 * float(stepped.abs().max()))


@pytest.mark.parametrize("kind", [kind for kind in MIXERS if kind != "convolution of one tap"])
def test_a_decoder_learns(kind: str) -> None:
    """From its own initial weights, in mixed precision, every kind of layer memorises a batch."""
    layers = (
        LayerSpec(MIXERS[kind], ExpertsSpec(4, 2, 32, shared=16)),
        LayerSpec(MIXERS[kind], PlainSpec(48, bias=True), post_norms=True),
    )
    decoder = Decoder(ModelSpec(32, WIDTH, 128, layers, norm="rms_one_plus", learned_positions=True))
    decoder.initialize(4)
    optimizer = torch.optim.AdamW(decoder.parameters(), lr=1e-2)
    ids = torch.randint(0, 32, (4, 33), generator=torch.Generator().manual_seed(5))
    losses = []
    for _ in range(40):
        with torch.autocast("cpu", torch.bfloat16):
            logits = decoder(ids[:, :-1])
        loss = nn.functional.cross_entropy(logits.float().flatten(0, 1), ids[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))

    assert losses[0] == pytest.approx(3.47, abs=0.2)  # the logarithm of 32: nothing is known yet
    assert losses[-1] < 0.5 * losses[0]


def test_an_uncommitted_step_leaves_no_trace() -> None:
    """A step that fails in a later layer can be taken again."""
    module = trained_looking(MIXERS["delta rule"])
    x = inputs()[:1]
    state = RecurrentState()
    with torch.no_grad():
        module(x[:, :50], NOWHERE, state)
        state.commit(50)
        expected = module(x[:, 50:60], NOWHERE, state)

        module(x[:, 100:], NOWHERE, state)
        again = module(x[:, 50:60], NOWHERE, state)

    assert torch.equal(again, expected)


@pytest.mark.parametrize("kind", MIXERS)
@pytest.mark.parametrize(("certain", "guesses"), [(1, 1), (1, 5), (30, 70), (0, 4)])
def test_guesses_are_taken_back_to_in_front_of_them(kind: str, certain: int, guesses: int) -> None:
    """What stands there is what the tokens before them hand on, and they are read as if they were certain."""
    module = trained_looking(MIXERS[kind])
    x = inputs()[:1]
    state, plain = RecurrentState(), RecurrentState()
    front, end = 50 + certain, 50 + certain + guesses
    with torch.no_grad():
        whole = module(x, NOWHERE, None)
        for each, length in ((state, 50), (plain, front)):
            module(x[:, :length], NOWHERE, each)
            each.commit(length)
        state.reserve(certain + guesses, guesses)
        guessed = module(x[:, 50:end], NOWHERE, state)
        state.commit(certain + guesses)
        possible = [at for at in range(LENGTH) if state.can_rewind(at)]
        state.rewind(front)
        again = module(x[:, front:], NOWHERE, state)

    torch.testing.assert_close(guessed, whole[:, 50:end], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(again, whole[:, front:], rtol=1e-4, atol=1e-4)
    assert possible == [0, front, end]
    for ours, theirs in zip(state.snapshot(), plain.snapshot(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def test_further_guesses_keep_the_way_back_and_certain_tokens_close_it() -> None:
    """A draft model guesses one token at a time; a step that fails changes nothing of it."""
    module = trained_looking(MIXERS["delta rule"])
    x = inputs()[:1]
    state = RecurrentState()

    def read(start: int, count: int, guesses: int, commit: bool = True) -> None:
        state.reserve(count, guesses)
        with torch.no_grad():
            module(x[:, start : start + count], NOWHERE, state)
        if commit:
            state.commit(count)

    read(0, 50, 0)
    saved = state.snapshot()
    for count in (1, 2, 3):
        read(49 + count, 1, count)
        read(49 + count, 1, 0, commit=False)
    assert state.can_rewind(50)
    assert all(ours is theirs for ours, theirs in zip(state.snapshot(back=3), saved, strict=True))
    read(53, 2, 1)
    assert [state.can_rewind(at) for at in (50, 53, 54, 55)] == [False, False, True, True]
    read(55, 1, 0)
    assert not state.can_rewind(54)


def test_a_recurrence_goes_back_only_by_a_snapshot() -> None:
    """Its state says so, and a snapshot stays valid whatever is read after it."""
    module = trained_looking(MIXERS["state space"])
    x = inputs()[:1]
    state = RecurrentState()
    with torch.no_grad():
        module(x[:, :50], NOWHERE, state)
        state.commit(50)
        saved = state.snapshot()
        expected = module(x[:, 50:], NOWHERE, state)
        state.commit(LENGTH - 50)

        possible = [state.can_rewind(length) for length in (0, 50, LENGTH - 1, LENGTH)]
        state.restore(50, saved)
        again = module(x[:, 50:], NOWHERE, state)

    assert possible == [True, False, False, True]
    assert torch.equal(again, expected)
    assert state.length == 50
