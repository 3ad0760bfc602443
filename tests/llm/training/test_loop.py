"""The training loop: it learns, and an interrupted run goes on with the weights and momenta it had."""

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from homewit.llm.network.decoder import Decoder
from homewit.llm.spec import AttentionSpec, GatedSpec, LayerSpec, ModelSpec
from homewit.llm.training.batches import Batch, BatchMaker
from homewit.llm.training.examples import Mixture
from homewit.llm.training.loop import Recipe, Trainer

BUNDLED_TOKENIZER = Path(__file__).parents[3] / "llm" / "bundled" / "tokenizer.json"
RECIPE = Recipe(tokens=100_000, batch_tokens=512, max_length=160, warmup_steps=2)


@pytest.fixture
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(BUNDLED_TOKENIZER))


def trainer(tokenizer: Tokenizer, folder: Path, seed: int = 1) -> Trainer:
    layer = LayerSpec(AttentionSpec(2, 1, 16, qk_norm=True), GatedSpec(64))
    decoder = Decoder(ModelSpec(tokenizer.get_vocab_size(), 32, 256, (layer, layer), tie_embeddings=True))
    decoder.initialize(seed)
    batches = BatchMaker(Mixture(), tokenizer, RECIPE.batch_tokens, RECIPE.max_length)
    return Trainer(decoder, batches, RECIPE, folder)


def some_batches(of: Trainer, count: int) -> list[Batch]:
    stream = of.batches.stream(3)
    return [next(stream) for _ in range(count)]


@pytest.mark.slow
def test_the_loss_of_a_batch_falls_when_it_is_trained_on(tokenizer: Tokenizer, tmp_path: Path) -> None:
    trained = trainer(tokenizer, tmp_path)
    (batch,) = some_batches(trained, 1)
    losses = [trained.step(batch) for _ in range(40)]
    assert losses[-1] < 0.6 * losses[0]


def test_padding_and_unweighted_tokens_do_not_count(tokenizer: Tokenizer, tmp_path: Path) -> None:
    one = trainer(tokenizer, tmp_path)
    (batch,) = some_batches(one, 1)
    silent = batch.weights == 0
    changed = torch.where(silent, (batch.targets + 1) % tokenizer.get_vocab_size(), batch.targets)
    assert silent.any()
    with torch.no_grad():
        before = one.loss(one.decoder, batch.ids, batch.targets, batch.weights, 0.0)
        after = one.loss(one.decoder, batch.ids, changed, batch.weights, 0.0)
    assert torch.equal(before, after)


def test_an_interrupted_run_goes_on_as_if_it_had_not_been(tokenizer: Tokenizer, tmp_path: Path) -> None:
    through = trainer(tokenizer, tmp_path / "through")
    batches = some_batches(through, 6)
    straight = [through.step(batch) for batch in batches]

    first = trainer(tokenizer, tmp_path / "broken")
    for batch in batches[:3]:
        first.step(batch)
    first.save()
    second = trainer(tokenizer, tmp_path / "broken", seed=2)
    assert second.resume()
    assert second.progress == first.progress
    assert [second.step(batch) for batch in batches[3:]] == pytest.approx(straight[3:], rel=1e-5)


def test_nothing_to_resume_says_so(tokenizer: Tokenizer, tmp_path: Path) -> None:
    assert not trainer(tokenizer, tmp_path).resume()
