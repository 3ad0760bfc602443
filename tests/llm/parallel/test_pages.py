"""Pages that are spread over devices hold, move and give back what pages of one device would."""

from typing import cast

import pytest
import torch

from homewit.llm.cache.kv_pages import KVPages
from homewit.llm.cache.paged_state import paged_shapes
from homewit.llm.cache.pages import PagePool
from homewit.llm.parallel.group import Group
from homewit.llm.parallel.lead import Lead
from homewit.llm.parallel.messages import Copy, Erase, Grow, Stop
from homewit.llm.parallel.pages import LeadingPages, SharePages
from homewit.llm.parallel.share import Share
from homewit.llm.spec import AttentionSpec, GatedSpec, LayerSpec, ModelSpec

from .listeners import Listeners
from .threads import ThreadExchange, on_devices

PAGE = 4
CONTEXT = 64
CPU = torch.device("cpu")
# Heads that are divided evenly, unevenly, and held by several devices.
MIXERS = (AttentionSpec(4, 4, 8), AttentionSpec(6, 3, 4, window=8), AttentionSpec(4, 1, 8))
SPEC = ModelSpec(64, 32, CONTEXT, tuple(LayerSpec(mixer, GatedSpec(48)) for mixer in MIXERS))
Written = dict[int, tuple[torch.Tensor, torch.Tensor]]


def written(count: int) -> Written:
    """Random keys and values [K, T, D] of all heads, by layer."""
    chance = torch.Generator().manual_seed(4)
    both = [torch.randn(2, mixer.kv_heads, count, mixer.head_dim, generator=chance) for mixer in MIXERS]
    return {layer: (states[0], states[1]) for layer, states in enumerate(both)}


@pytest.mark.parametrize("int8", [False, True])
@pytest.mark.parametrize("size", [1, 2])
def test_what_all_hold_is_what_one_would_hold(size: int, int8: bool) -> None:
    """Collected, it is what a single device exports; distributed and collected again, it is the same."""
    whole = KVPages(PagePool(4, PAGE), paged_shapes(SPEC, CONTEXT, True), torch.float32, CPU, int8)
    slots, elsewhere = torch.tensor([9, 3, 4, 5, 12]), slice(6, 11)
    for layer, (key, value) in written(len(slots)).items():
        whole.write(layer, slots, key, value)
    expected = whole.export(slots)

    def run(exchange: ThreadExchange) -> list[dict[str, torch.Tensor]]:
        share = Share(SPEC, exchange.rank, size)
        shapes = paged_shapes(share.spec, CONTEXT, True)
        pages = SharePages(share, exchange, PagePool(4, PAGE), shapes, torch.float32, CPU, int8)
        for layer, (key, value) in written(len(slots)).items():
            _, heads = share.heads(MIXERS[layer])
            own = slice(heads.start, heads.stop)
            pages.write(layer, slots, key[own], value[own])
        first = pages.collect(slots)
        pages.distribute(elsewhere, len(slots), first if exchange.rank == 0 else None)
        assert exchange.rank or pages.fits(first, len(slots))
        return [first, pages.collect(elsewhere)]

    (first, again), *_ = on_devices(size, run)

    assert first.keys() == again.keys() == expected.keys()
    for name, tensor in expected.items():
        assert torch.equal(first[name], tensor), name
        assert torch.equal(again[name], tensor), name


def test_only_what_is_laid_out_alike_fits() -> None:
    """Files of another model, or of another number of heads, are told apart before anything is written."""
    share = Share(SPEC, 0, 2)
    shapes = paged_shapes(share.spec, CONTEXT, True)
    pool = PagePool(4, PAGE)
    (pages,) = on_devices(1, lambda alone: SharePages(share, alone, pool, shapes, torch.float32, CPU))
    tensors = {name: torch.zeros(shape, dtype=dtype) for name, (shape, dtype) in pages.layout(3).items()}
    assert pages.fits(tensors, 3)
    assert not pages.fits(tensors, 4)
    halved = {**tensors, "kv.0": tensors["kv.0"][:, :2]}
    assert not pages.fits(halved, 3)


def test_the_leader_announces_what_it_does() -> None:
    """Every change outside of a pass is told to the others, once, and done here as well."""
    listeners = Listeners()
    lead = Lead(cast(Group, listeners), timeout_s=60)
    share = Share(SPEC, 0, 2)
    pool = PagePool(20, PAGE)
    pages = LeadingPages(share, lead, pool, paged_shapes(share.spec, CONTEXT, True), torch.float32, CPU)
    key, value = (torch.full((2, PAGE, 8), number) for number in (1.0, 2.0))
    pages.write(0, slice(0, PAGE), key, value)
    pages.copy(0, 5, 3)
    pages.erase(0)
    pool.grow(16)
    pages.grow()
    pages.grow()
    lead.close()

    assert listeners.take(5) == [Grow(8), Copy(0, 5, 3), Erase(0), Grow(16), Stop()]
    assert listeners.heard.empty()
    held_key, _ = pages.read(0, slice(5 * PAGE, 6 * PAGE))
    assert torch.equal(held_key[0, :, :3], key[:, :3])
    assert not pages.read(0, slice(0, PAGE))[0].any()
