"""Measuring a model: how much is measured of which context, what is counted, and what is said when not."""

import json
import mmap
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from homewit.llm import CacheOptions, Engine
from homewit.llm.kernels import library
from homewit.llm.measuring.measure import measure
from homewit.llm.measuring.plan import plan
from homewit.llm.measuring.process_memory import process_memory
from homewit.llm.measuring.result import Measurement

needs_kernels = pytest.mark.skipif(not library.available(), reason="there are no native kernels here")


def loading(folder: Path, **options: Any) -> Callable[[], Engine]:
    return lambda: Engine.load(folder, device="cpu", **options)


def numbers(value: Any) -> list[float]:
    """All numbers in nested fields."""
    if isinstance(value, dict):
        return [number for each in value.values() for number in numbers(each)]
    if isinstance(value, list | tuple):
        return [number for each in value for number in numbers(each)]
    return [value] if isinstance(value, int | float) else []


def test_a_model_is_measured(qwen3: Path) -> None:
    """Every figure is positive, and the lengths are those that were asked for."""
    engine = Engine.load(qwen3, device="cpu")
    found = measure(loading(qwen3), quick=True)

    assert min(numbers(asdict(found))) > 0
    assert (found.model, found.dtype, found.parameters) == (
        engine.info.name,
        "float32",
        engine.info.parameters,
    )
    assert (found.device, found.context, found.threads) == ("cpu", 1024, torch.get_num_threads())
    assert (found.first_prompt, found.prefill.tokens) == (16, 512)
    assert [(one.held, one.tokens) for one in found.decode] == [(512, 8)]
    assert found.prefill.tokens_per_s == pytest.approx(512 / found.prefill.seconds)
    assert found.notes == ("4,096 tokens held: left out by --quick", *ended(found))


def ended(found: Measurement) -> tuple[str, ...]:
    """The note about missing kernels, where they are missing."""
    return tuple(note for note in found.notes if note.startswith("read bandwidth"))


@needs_kernels
def test_decoding_is_held_against_reading(qwen3: Path) -> None:
    """The share is what a token reads per second, by what the machine reads per second."""
    found = measure(loading(qwen3), quick=True)
    (one,) = found.decode

    assert found.kernels == library.level()
    assert found.read_bytes_per_s is not None
    assert one.bandwidth_share == pytest.approx(
        one.bytes_per_token * one.tokens_per_s / found.read_bytes_per_s
    )


def test_a_short_context_is_measured_as_far_as_it_goes(qwen3: Path) -> None:
    """The lengths shrink with the context, and the notes say so."""
    found = measure(loading(qwen3, context=64), quick=True)

    assert (found.context, found.prefill.tokens) == (64, 63)
    assert [one.held for one in found.decode] == [55]
    assert found.notes[0] == "512 tokens held: measured at 55 instead, because the context is 64 tokens"
    assert "prefill: of 63 tokens, because the context is 64 tokens" in found.notes


@pytest.mark.parametrize("family", ["mamba2", "qwen3_next", "gemma3_text"])
def test_every_kind_of_layer_is_measured(family: str, make_checkpoint: Any) -> None:
    """Recurrences, windows and experts, too."""
    folder, _ = make_checkpoint(family)
    found = measure(loading(folder, context=128), quick=True)

    assert [one.held for one in found.decode] == [119]


def test_it_tells_what_it_does(qwen3: Path) -> None:
    told: list[str] = []
    measure(loading(qwen3, context=64), quick=True, tell=told.append)

    assert told[0] == "loading the model"
    assert told[-1] == "decoding, round 1 of 1"


def test_without_kernels_there_is_no_bandwidth(qwen3: Path) -> None:
    """Control for the share: nothing is made up where nothing can read."""
    program = (
        "import json, sys\n"
        "from dataclasses import asdict\n"
        "from homewit.llm import Engine\n"
        "from homewit.llm.measuring.measure import measure\n"
        "load = lambda: Engine.load(sys.argv[1], device='cpu', context=64)\n"
        "print(json.dumps(asdict(measure(load, quick=True))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(qwen3)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "HOMEWIT_KERNELS": "off"},
    )
    found = json.loads(done.stdout)

    assert (found["kernels"], found["read_bytes_per_s"]) == (None, None)
    assert [one["bandwidth_share"] for one in found["decode"]] == [None]
    assert any(note.startswith("read bandwidth: not measured") for note in found["notes"])


@given(st.integers(2, 10_000), st.booleans())
def test_what_is_planned_fits_the_context(context: int, quick: bool) -> None:
    """Whatever the context, no prompt with its answer exceeds it, and each length that shrinks has a note."""
    steps = plan(context, quick)

    assert 1 <= steps.prefill < context
    assert steps.tokens >= 1
    assert all(held > 0 and held + steps.tokens + 1 <= context for held in steps.held)
    assert len(set(steps.held)) == len(steps.held)
    whole = {512} if quick else {512, 4096}
    missing = whole - set(steps.held)
    assert len([note for note in steps.notes if "because" in note and "held" in note]) == len(missing)


def test_a_long_context_is_measured_at_both_lengths() -> None:
    assert (plan(8192, quick=False).held, plan(8192, quick=False).notes) == ((512, 4096), ())


def test_a_token_reads_weights_once_and_what_is_held(qwen3: Path) -> None:
    """Tied embeddings count once; keys and values count for each token, in int8 with their scales."""
    engine = Engine.load(qwen3, device="cpu")
    size = sum(parameter.numel() for parameter in engine._runner.decoder.parameters()) * 4
    layers, heads, dims = 3, 2, 16

    assert engine.footprint().weights == size
    assert engine.footprint(0).token >= size
    assert engine.footprint(100).token - engine.footprint(0).token == 100 * layers * 2 * heads * dims * 4
    small = Engine.load(qwen3, device="cpu", cache=CacheOptions(int8=True))
    assert small.footprint(100).token - small.footprint(0).token == 100 * layers * 2 * heads * (dims + 4)


def test_idle_experts_and_other_embeddings_are_not_read(make_checkpoint: Any) -> None:
    """Two of five experts serve a token, and of the input embeddings only one row."""
    folder, reference = make_checkpoint("mixtral")
    engine = Engine.load(folder, device="cpu")
    sizes = {name: 4 * parameter.numel() for name, parameter in reference.named_parameters()}
    routed = sum(size for name, size in sizes.items() if "experts" in name)
    embedding = sum(size for name, size in sizes.items() if "embed_tokens" in name)
    idle = engine.footprint().weights - engine.footprint().token

    assert idle == pytest.approx(routed * 3 / 5 + embedding, abs=16)


def test_windows_are_read_as_far_as_they_see(make_checkpoint: Any) -> None:
    folder, _ = make_checkpoint("mistral")
    engine = Engine.load(folder, device="cpu")

    assert engine.footprint(24).token == engine.footprint(1000).token > engine.footprint(23).token


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system tells only the peak")
def test_the_memory_of_the_process_grows_with_what_it_holds() -> None:
    """In pages of its own, since an allocator may hand out what the process held already."""
    before = process_memory()[1]
    with mmap.mmap(-1, 64 << 20) as block:
        block.write(b"x" * len(block))
        peak, held = process_memory()

    assert before is not None
    assert peak is not None
    assert held is not None
    assert before + (32 << 20) < held <= peak
