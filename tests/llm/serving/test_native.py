"""Decoders run by the native kernels give what PyTorch gives, alone, in company, cached or not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

from homewit.llm import Engine, SamplingParams
from homewit.llm.cache.prefix_cache import CacheLimits, PrefixCache
from homewit.llm.kernels import library
from homewit.llm.kernels.decoder import native_model
from homewit.llm.kernels.model import CannotRun
from homewit.llm.network.decoder import Decoder
from homewit.llm.quantization.convert import describe, pack_decoder
from homewit.llm.serving.native import MOST_DENSE_ROWS, NativeDecoding, native_decoding
from homewit.llm.serving.runner import Runner
from homewit.llm.spec import AttentionSpec, GatedSpec, LayerSpec, ModelSpec

from ..tiny import VOCAB, expected, greedy, random_ids, tiny_decoder, tiny_scheduler

pytestmark = pytest.mark.skipif(not library.available(), reason="the native kernels are not built here")

# About 30 million weights, as a Llama has them.
MIDDLE = ModelSpec(
    8192, 512, 1024, (LayerSpec(AttentionSpec(8, 4, 64), GatedSpec(1536)),) * 8, tie_embeddings=True
)
RUN_BY_KERNELS = ["full", "window", "windows only"]


def decode(runner: Runner, prompt: list[int], count: int) -> tuple[list[int], Tensor]:
    """Greedy tokens, and the logits that each was chosen from."""
    ids, logits = list(prompt), []
    with runner.open(len(prompt) + count) as sequence:
        for _ in range(count):
            states = None
            while states is None:
                states = sequence.advance(ids)
            logits.append(runner.project(states)[0])
            ids.append(int(logits[-1].argmax()))
    return ids[len(prompt) :], torch.stack(logits)


def middle(dtype: torch.dtype) -> Decoder:
    decoder = Decoder(MIDDLE)
    decoder.initialize(seed=3)
    return decoder.to(dtype).requires_grad_(False).eval()


def test_a_middling_decoder_writes_the_same_tokens_in_float32():
    """30 million random weights, 48 greedy tokens behind 200 others."""
    decoder, prompt = middle(torch.float32), torch.arange(200).tolist()
    ours, logits = decode(Runner(decoder, 1024, step=NativeDecoding(decoder)), prompt, 48)
    theirs, reference = decode(Runner(decoder, 1024), prompt, 48)
    assert ours == theirs
    torch.testing.assert_close(logits, reference, rtol=1e-4, atol=1e-4)


def test_in_bfloat16_the_kernels_are_closer_to_float32_than_pytorch_is():
    """They round weights and the cache, PyTorch every step between, too. Same weights in all three."""
    decoder, prompt = middle(torch.bfloat16), torch.arange(200).tolist()
    exact = middle(torch.float32)
    exact.load_state_dict({name: tensor.float() for name, tensor in decoder.state_dict().items()})
    answer, reference = decode(Runner(exact, 1024), prompt, 1)
    following = [*prompt, *answer]
    errors = []
    for step in (NativeDecoding(decoder), None):
        runner = Runner(decoder, 1024, step=step)
        decode(runner, prompt, 1)
        _, logits = decode(runner, following, 1)
        _, wanted = decode(Runner(exact, 1024), following, 1)
        errors.append(float((logits - wanted).norm() / wanted.norm()))
    assert errors[0] < errors[1] < 0.02
    assert reference.dtype == torch.float32


@pytest.mark.parametrize("kind", RUN_BY_KERNELS)
def test_greedy_tokens_are_those_of_one_pass(kind: str):
    """Through pages, windows and their snapshots, and again out of the cache."""
    decoder = tiny_decoder(kind)
    scheduler, _ = tiny_scheduler(decoder, step=NativeDecoding(decoder))
    prompt = random_ids(70, 1)
    first, _ = greedy(scheduler, decoder, prompt, 30)
    again, sequence = greedy(scheduler, decoder, prompt, 30)
    assert first == again == expected(decoder, prompt, 30)
    assert sequence.cached > 0


@pytest.mark.parametrize("bits", [4, 8])
def test_packed_weights_give_the_same_bits_cached_or_not(bits):
    """Everything runs by the kernels, in which a row does not depend on how a prompt was cut."""
    decoder = tiny_decoder().to(torch.bfloat16)
    pack_decoder(decoder, describe(bits))
    prompt = random_ids(150, 1)
    whole, reference = decode(Runner(decoder, 512, step=NativeDecoding(decoder)), prompt, 12)
    runner = Runner(decoder, 512, step=NativeDecoding(decoder))
    decode(runner, prompt[:40], 5)
    decode(runner, prompt[:97], 1)
    cut, logits = decode(runner, prompt, 12)
    assert cut == whole
    assert torch.equal(logits, reference)


def test_scattered_pages_are_read_where_they_lie():
    """Two sequences that take pages in turn, each continued as if it were alone."""
    decoder = tiny_decoder()
    scheduler, _ = tiny_scheduler(decoder, pages=60, step=NativeDecoding(decoder))
    prompts = [random_ids(30, 1), random_ids(30, 2)]
    for length in (10, 20, 30):
        for prompt in prompts:
            greedy(scheduler, decoder, prompt[:length], 9)
    for prompt in prompts:
        tokens, _ = greedy(scheduler, decoder, prompt, 20)
        assert tokens == expected(decoder, prompt, 20)


def test_some_logits_alone_are_those_of_all():
    decoder = tiny_decoder()
    step = NativeDecoding(decoder)
    states = torch.randn(3, 32, generator=torch.Generator().manual_seed(1))
    rows = torch.tensor([0, 5, VOCAB - 1])
    assert torch.equal(step.project(states, rows), step.project(states)[:, rows])
    torch.testing.assert_close(step.project(states), decoder.project(states), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", ["delta rule", "state space", "convolution"])
def test_what_the_kernels_lack_is_left_to_pytorch(kind: str):
    decoder = tiny_decoder(kind)
    assert native_decoding(decoder) is None
    with pytest.raises(CannotRun, match="layer 0 mixes tokens by"):
        native_model(decoder)


def test_long_prompts_of_dense_weights_are_left_to_pytorch():
    decoder = tiny_decoder()
    assert NativeDecoding(decoder).hidden([[1] * (MOST_DENSE_ROWS + 1)], [], [1]) is None


class Counted(NativeDecoding):
    """Counts the passes that the kernels took."""

    taken = 0

    def hidden(self, ids, states, tails):
        found = super().hidden(ids, states, tails)
        self.taken += found is not None
        return found


@pytest.mark.parametrize("level", library.levels() if library.available() else [])
@pytest.mark.parametrize("kind", ["full", "window"])
def test_a_cache_in_int8_is_read_and_written_by_the_kernels(level: str, kind: str):
    """PyTorch reads the prompt, the kernels go on: the tokens that PyTorch writes over such a cache.

    The prompts begin alike, so pages are shared, and copied where they part.
    """
    decoder = tiny_decoder(kind)
    step = Counted(decoder)
    scheduler, cache = tiny_scheduler(decoder, int8=True, step=step)
    plain, _ = tiny_scheduler(decoder, int8=True)
    before = library.level()
    library.use(level)
    try:
        for length in (20, 40, 30, 40):
            prompt = random_ids(40, 1)[:length] + random_ids(length // 4, length)
            taken = step.taken
            tokens, _ = greedy(scheduler, decoder, prompt, 10)
            assert tokens == greedy(plain, decoder, prompt, 10)[0]
            assert step.taken - taken >= 9
        assert cache.page_bytes < tiny_scheduler(decoder)[1].page_bytes
    finally:
        library.use(before)


def test_over_int8_the_kernels_agree_with_pytorch():
    """Logits of 30 million random weights behind 200 tokens, which PyTorch stored, and 48 of their own."""
    decoder, prompt = middle(torch.float32), torch.arange(200).tolist()
    found = []
    for step in (NativeDecoding(decoder), None):
        cache = PrefixCache(MIDDLE, 1024, torch.float32, torch.device("cpu"), CacheLimits(int8=True))
        found.append(decode(Runner(decoder, 1024, cache, step), prompt, 48))
    assert found[0][0] == found[1][0]
    # A number that lies in the middle between two steps may be rounded to either.
    torch.testing.assert_close(found[0][1], found[1][1], rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("quantize", [None, "int8", "int4"])
def test_the_engine_decodes_with_them(qwen3: Path, quantize):
    """What `generate` writes is what `logits`, one pass in PyTorch's way, finds likeliest."""
    engine = Engine.load(qwen3, quantize=quantize)
    prompt = list(range(20, 60))
    written = [
        token for chunk in engine.generate(prompt, SamplingParams(max_tokens=8)) for token in chunk.tokens
    ]
    logits = engine.logits([*prompt, *written])[len(prompt) - 1 : -1]
    chosen = logits.gather(1, torch.tensor(written)[:, None])[:, 0]
    # In float32 they agree; packed weights are multiplied with activations rounded at other places.
    assert bool((logits.amax(1) - chosen <= (1e-4 if quantize is None else 0.05 * logits.std())).all())


def test_without_kernels_the_engine_writes_the_same(qwen3: Path):
    """In float32, in a process of its own with the kernels turned off."""
    program = (
        "import sys\n"
        "from homewit.llm import Engine, SamplingParams\n"
        "from homewit.llm.kernels.library import available\n"
        "chunks = Engine.load(sys.argv[1]).generate(list(range(20, 60)), SamplingParams(max_tokens=30))\n"
        "print(available(), [token for chunk in chunks for token in chunk.tokens])\n"
    )
    command = [sys.executable, "-c", program, str(qwen3)]
    runs = [
        subprocess.run(
            command, env=os.environ | {"HOMEWIT_KERNELS": value}, capture_output=True, text=True, check=True
        ).stdout
        for value in ("", "off")
    ]
    assert runs[0].startswith("True [")
    assert runs[1] == runs[0].replace("True", "False")
