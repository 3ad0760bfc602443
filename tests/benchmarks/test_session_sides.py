"""Both sides of the session write what was recorded, count alike, and do the same work."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.checkpoints import Pair, write_spec
from benchmarks.recorded_session import opening_calls, recorded_calls
from benchmarks.session_peer import ServerSide
from benchmarks.session_sides import CONTEXT, HomewitSide, SideFailed, compare
from homewit.llm.spec import AttentionSpec, GatedSpec, LayerSpec, ModelSpec

for module in ("gguf", "llama_cpp", "uvicorn"):
    pytest.importorskip(module, reason="the extra `bench` is not installed")

pytestmark = pytest.mark.slow  # whole processes that load torch

CALLS = recorded_calls()[:3]  # a plan, its answer, and the next plan


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    layer = LayerSpec(AttentionSpec(2, 1, 32), GatedSpec(64))
    spec = ModelSpec(20_000, 64, CONTEXT, (layer,), tie_embeddings=True)
    return write_spec(tmp_path_factory.mktemp("pair"), spec, ("F16",))


def test_both_sides_do_the_same_work(pair: Pair, tmp_path: Path):
    """As many tokens are read, found in the cache and written; the server also counts no end of an answer.

    Only Homewit has forced tokens, and so it needs fewer passes.
    """
    with HomewitSide(pair.hf, "bf16", 1) as homewit:
        ours = [homewit.ask(call).counts for call in CALLS]
    with ServerSide(pair.gguf["F16"], CALLS, 1, tmp_path) as server:
        theirs = [server.ask(call).counts for call in CALLS]
    assert [one.prompt for one in ours] == [one.prompt for one in theirs]
    assert [one.cached for one in ours] == [one.cached for one in theirs]
    assert [one.generated for one in ours] == [
        one.generated + (call.kind == "answer") for one, call in zip(theirs, CALLS, strict=True)
    ]
    assert ours[2].cached > 2500
    assert ours[0].forced > 0
    assert ours[0].forwards < theirs[0].forwards


def test_a_second_launch_finds_what_the_first_one_left(pair: Pair, tmp_path: Path):
    """All but the words of the request."""
    cached = []
    for call in opening_calls():
        with HomewitSide(pair.hf, "bf16", 1, tmp_path) as side:
            cached.append(side.ask(call).counts.cached)
            side.finish_writing()
    assert cached[0] == 0
    assert cached[1] > 2500


def test_other_text_than_what_was_recorded_is_not_timed():
    """A comparison of different work says nothing."""
    compare("Homewit", CALLS[0].output, CALLS[0])
    with pytest.raises(SideFailed, match="Homewit wrote 'else' instead of"):
        compare("Homewit", "else", CALLS[0])


def test_a_grammar_that_forbids_the_recording_ends_the_session(pair: Pair):
    """The recorded token is no way round the schema."""
    call = replace(CALLS[0], output=CALLS[0].output.replace("search_trains", "search_planes"))
    with HomewitSide(pair.hf, "bf16", 1) as side, pytest.raises(SideFailed):
        side.ask(call)
