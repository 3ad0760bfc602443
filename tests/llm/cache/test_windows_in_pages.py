"""Windowed layers whose tokens are all kept in pages: the same tokens, and a way back to any length."""

import pytest
import torch

from homewit.llm.cache.prefix_cache import CacheLimits, PrefixCache
from homewit.llm.serving.runner import Runner

from ..tiny import CONTEXT, PAGE, expected, random_ids, tiny_decoder


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["window", "windows only"])
def test_windows_in_pages_change_no_token(kind: str) -> None:
    """Read in pieces, gone back to the middle and branched off, as in one pass without a cache."""
    decoder = tiny_decoder(kind)
    limits = CacheLimits(1 << 22, PAGE, windows_paged=True)
    cache = PrefixCache(decoder.spec, CONTEXT, torch.float32, torch.device("cpu"), limits)
    runner = Runner(decoder, CONTEXT, cache)
    first = random_ids(90, 1)
    prompts = [first, [*first[:37], *random_ids(30, 2)], first[:50], [*first[:61], *random_ids(70, 3)]]
    held = []
    for ids in prompts:
        with runner.open(len(ids) + 8) as sequence:
            tokens: list[int] = []
            while len(tokens) < 8:
                states = sequence.advance([*ids, *tokens])
                if states is not None:
                    tokens.append(int(runner.project(states)[0].argmax()))
        held.append(sequence.cached)
        assert tokens == expected(decoder, ids, 8)

    assert not cache.stateful
    assert held == [0, 37, 49, 61]
