"""The checkpoints that benchmarks give to both sides are one and the same."""

from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.checkpoints import Pair, write_spec
from benchmarks.vocabulary import ROOT, learned
from homewit.llm import Engine
from homewit.llm.spec import AttentionSpec, GatedSpec, LayerSpec, ModelSpec, RotarySpec

llama_cpp = pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
pytest.importorskip("gguf", reason="gguf is not installed")

FAMILIES = {"llama": False, "qwen3": True}
VOCAB = 2048
PROMPT = "<|im_start|>user\nWhat did I spend in May? 17.50 €, I'd say.<|im_end|>\n<|im_start|>assistant\n"


def small(head_norms: bool) -> ModelSpec:
    """Grouped heads, and more width in the heads than in the layers, as Qwen3 has it."""
    mixer = AttentionSpec(4, 2, 32, qk_norm=head_norms, rotary=RotarySpec(theta=500_000.0))
    return ModelSpec(VOCAB, 64, 256, (LayerSpec(mixer, GatedSpec(96)),) * 2, tie_embeddings=True)


@pytest.fixture(params=FAMILIES)
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Pair:
    return write_spec(tmp_path, small(FAMILIES[request.param]), ("F16", "Q8_0"))


def opened(path: Path) -> Any:
    return llama_cpp.Llama(str(path), n_ctx=256, n_threads=1, logits_all=True, verbose=False)


def test_both_engines_find_the_same_logits_and_tokens(pair: Pair):
    """The tokens of a chat are the same; the logits behind each of them nearly, as far as float16 allows."""
    engine = Engine.load(pair.hf, dtype="float32", device="cpu")
    peer = opened(pair.gguf["F16"])
    ids = engine.tokenizer.encode(PROMPT, specials=True)
    assert peer.tokenize(PROMPT.encode(), add_bos=False, special=True) == ids
    peer.eval(ids)
    theirs, ours = torch.tensor(peer._scores), engine.logits(ids)
    assert (theirs - ours).abs().max() < 0.02 * ours.std()
    packed = opened(pair.gguf["Q8_0"])
    packed.eval(ids)  # the control: rounding the weights shows
    assert (torch.tensor(packed._scores) - ours).abs().max() > 0.02 * ours.std()


def test_both_tokenizers_split_this_repository_alike(pair: Pair):
    """Also where words that no text becomes fill the vocabulary up."""
    engine, peer = Engine.load(pair.hf, dtype="float32", device="cpu"), opened(pair.gguf["F16"])
    for name in ("README.md", "docs/plugins.md", "agent/prompt.py"):
        for piece in (ROOT / name).read_text(encoding="utf-8").split("\n\n"):
            theirs = peer.tokenize(piece.encode(), add_bos=False, special=False)
            assert theirs == engine.tokenizer.encode(piece)


def test_what_was_written_is_taken_as_it_is(tmp_path: Path):
    """A second call writes nothing again, and adds the kinds that were not asked for before."""
    first = write_spec(tmp_path, small(False), ())
    before = (first.hf / "model.safetensors").stat().st_mtime_ns
    second = write_spec(tmp_path, small(False), ("F16",))
    assert (second.hf / "model.safetensors").stat().st_mtime_ns == before
    assert [path.name for path in second.gguf.values() if path.is_file()] == ["F16.gguf"]


def test_a_vocabulary_has_the_size_that_is_asked_for():
    """More than the texts give is filled up with words that appear once each."""
    tokens = learned(30_000).tokens
    assert (len(tokens), len(set(tokens))) == (30_000, 30_000)
