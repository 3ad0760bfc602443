"""What the devices hold makes up the whole model, for every family that can be divided."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from homewit.llm import UnsupportedError
from homewit.llm.families import FAMILIES, blueprint_from_config, read_config
from homewit.llm.network.decoder import Decoder
from homewit.llm.parallel.decoder import ShareDecoder
from homewit.llm.parallel.loading import load_share
from homewit.llm.parallel.share import Share, even
from homewit.llm.spec import AttentionSpec, GatedSpec, LayerSpec, ModelSpec
from homewit.llm.weights import checkpoint as checkpoints

from .threads import ThreadExchange, on_devices

MakeCheckpoint = Callable[..., tuple[Path, Any]]
RECURRENT = {"lfm2", "mamba2", "qwen3_next"}
IDS = torch.randint(0, 400, (1, 50), generator=torch.Generator().manual_seed(1))
CASES: dict[str, tuple[str, int, dict[str, Any]]] = {
    **{f"{family} on 2": (family, 2, {}) for family in FAMILIES if family not in RECURRENT},
    "llama with biases on 2": ("llama", 2, {"attention_bias": True, "mlp_bias": True}),
    "llama on 4, parts of different sizes": ("llama", 4, {"num_key_value_heads": 6, "intermediate_size": 83}),
    "qwen3 on 6, key heads on several devices": ("qwen3", 6, {"tie_word_embeddings": True}),
    "gpt2 on 3": ("gpt2", 3, {"tie_word_embeddings": False}),
    "mixtral on 1": ("mixtral", 1, {}),
}


def share_of(folder: Path, size: int) -> Callable[[ThreadExchange], tuple[ShareDecoder, int]]:
    """How a device reads its share, and how many bytes that takes."""
    blueprint = blueprint_from_config(read_config(folder))

    def load(exchange: ThreadExchange) -> tuple[ShareDecoder, int]:
        with torch.device("meta"):
            decoder = ShareDecoder(Share(blueprint.spec, exchange.rank, size), exchange)
        read = load_share(decoder, folder, blueprint, torch.float32, torch.device("cpu"))
        return decoder, read

    return load


@pytest.mark.parametrize("case", CASES)
def test_the_shares_compute_what_the_whole_computes(case: str, make_checkpoint: MakeCheckpoint) -> None:
    """Logits of all tokens, and of some, from all devices together agree to 1e-4."""
    family, size, options = CASES[case]
    folder, _ = make_checkpoint(family, **options)
    blueprint = blueprint_from_config(read_config(folder))
    whole = checkpoints.load(folder, blueprint.spec, torch.float32, names=blueprint.names)
    rows = [3, 200, 201, 511]

    def run(exchange: ThreadExchange) -> tuple[torch.Tensor, list[torch.Tensor], list[torch.Tensor]]:
        decoder, _ = share_of(folder, size)(exchange)
        hidden = decoder.hidden(IDS)[0]
        return hidden, decoder.project_share(hidden, None), decoder.project_share(hidden, rows)

    (hidden, everything, some), *others = on_devices(size, run)

    expected = whole(IDS)[0]
    torch.testing.assert_close(torch.cat(everything, -1), expected, atol=1e-4, rtol=0)
    torch.testing.assert_close(torch.cat(some, -1), expected[:, rows], atol=1e-4, rtol=0)
    for other, nothing, nothing_again in others:
        assert torch.equal(other, hidden)
        assert nothing == nothing_again == []


def test_without_the_sum_the_numbers_differ(make_checkpoint: MakeCheckpoint) -> None:
    """Control: a device that adds nothing of the others computes something else."""
    folder, _ = make_checkpoint("llama")
    blueprint = blueprint_from_config(read_config(folder))
    whole = checkpoints.load(folder, blueprint.spec, torch.float32)

    (alone,) = on_devices(1, lambda exchange: share_of(folder, 2)(exchange)[0].hidden(IDS))

    assert float((alone - whole.hidden(IDS)).abs().max()) > 0.1


@pytest.mark.parametrize(("family", "tied"), [("llama", False), ("gemma3_text", True), ("mixtral", False)])
def test_each_device_reads_its_part_of_the_files(
    family: str, tied: bool, make_checkpoint: MakeCheckpoint
) -> None:
    """Two devices read half of the file each, but for norms and routers, and hold nothing more."""
    folder, _ = make_checkpoint(family, vocab_size=2048, tie_word_embeddings=tied, shard="300KB")
    blueprint = blueprint_from_config(read_config(folder))
    with torch.device("meta"):
        whole = Decoder(blueprint.spec)
    total = sum(parameter.nbytes for parameter in whole.parameters())
    everywhere = sum(
        parameter.nbytes for name, parameter in whole.named_parameters() if "norm" in name or "router" in name
    )

    shares = on_devices(2, share_of(folder, 2))

    assert everywhere < total / 50
    assert sum(read for _, read in shares) == total + everywhere
    for decoder, read in shares:
        assert abs(read - total / 2) < total / 50
        assert sum(parameter.nbytes for parameter in decoder.parameters()) == read


@given(
    devices=st.integers(1, 9),
    kv_heads=st.integers(1, 9),
    group=st.integers(1, 4),
    hidden=st.integers(9, 40),
    vocab=st.integers(9, 40),
)
def test_every_weight_has_its_device(
    devices: int, kv_heads: int, group: int, hidden: int, vocab: int
) -> None:
    """Query heads, hidden sizes and tokens are divided without gap or overlap; each query has its key."""
    spec = AttentionSpec(kv_heads * group, kv_heads, 4)
    model = ModelSpec(vocab, 8, 16, (LayerSpec(spec, GatedSpec(hidden)),))
    shares = [Share(model, rank, devices) for rank in range(devices)]
    try:
        heads = [share.heads(spec) for share in shares]
    except UnsupportedError:
        assert kv_heads < devices
        assert devices % kv_heads or (kv_heads * group) % devices
        return

    assert [head for queries, _ in heads for head in queries] == list(range(spec.heads))
    assert all({query // group for query in queries} == set(keys) for queries, keys in heads)
    assert [token for share in shares for token in share.tokens] == list(range(vocab))
    assert [one for share in shares for one in share.hidden(hidden)] == list(range(hidden))
    for share, (queries, keys) in zip(shares, heads, strict=True):
        rows = share.cut("layers.0.mixer.qkv.weight")
        assert rows is not None
        assert rows.rows is not None
        assert sum(map(len, rows.rows)) == 4 * (len(queries) + 2 * len(keys))
        (layer,) = share.spec.layers
        assert layer.mixer == replace(spec, heads=len(queries), kv_heads=len(keys))


@given(total=st.integers(0, 60), devices=st.integers(1, 9))
def test_parts_are_as_equal_as_possible(total: int, devices: int) -> None:
    """No part is more than one larger than another, and none larger than the first."""
    sizes = [len(even(total, rank, devices)) for rank in range(devices)]
    assert max(sizes) == sizes[0]
    assert sizes[0] - min(sizes) <= 1


@pytest.mark.parametrize("family", sorted(RECURRENT))
def test_recurrent_layers_are_refused(family: str, make_checkpoint: MakeCheckpoint) -> None:
    """What hands on a state is not divided, and the error says what to do."""
    folder, _ = make_checkpoint(family)
    spec = blueprint_from_config(read_config(folder)).spec
    with pytest.raises(UnsupportedError, match=r"on one device, with Engine\.load"):
        _ = Share(spec, 0, 2).spec


def test_too_many_devices_are_refused() -> None:
    """Key heads that fit no division are named."""
    model = ModelSpec(64, 8, 16, (LayerSpec(AttentionSpec(9, 3, 4), GatedSpec(12)),))
    with pytest.raises(UnsupportedError, match=r"9 query heads over 3 key heads.* no more than 3"):
        _ = Share(model, 0, 4).spec
