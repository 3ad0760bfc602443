"""A follower does to its pages what the leader does, and nothing else."""

from pathlib import Path

import torch

from homewit.llm.cache.paged_state import paged_shapes
from homewit.llm.cache.pages import PagePool
from homewit.llm.families import read_config, spec_from_config
from homewit.llm.parallel.follower import Follower
from homewit.llm.parallel.messages import Copy, Erase, Export, Grow, Load, Message, Restore
from homewit.llm.parallel.pages import SharePages
from homewit.llm.parallel.share import Share

from .threads import ThreadExchange, on_devices

PAGE = 4
CPU = torch.device("cpu")


def held_by_both(folder: Path, *told: Message) -> dict[int, torch.Tensor]:
    """Keys and values of layer 0 by page, after a page 2 of ones and what the follower was then told."""
    spec = spec_from_config(read_config(folder))
    slots = list(range(2 * PAGE, 3 * PAGE))

    def run(exchange: ThreadExchange) -> dict[int, torch.Tensor]:
        found: dict[int, torch.Tensor] = {}
        if exchange.rank:
            follower = Follower(exchange, Load(str(folder), "float32", "cpu", 64, PAGE, False, 1.0))
            exports = [Export(list(range(page * PAGE, (page + 1) * PAGE))) for page in range(8)]
            for message in (Grow(8), Restore(slots), *told, *exports):
                follower.do(message)
            return found
        share = Share(spec, 0, 2)
        pages = SharePages(
            share, exchange, PagePool(8, PAGE), paged_shapes(share.spec, 64), torch.float32, CPU
        )
        ones = {name: torch.ones(shape, dtype=dtype) for name, (shape, dtype) in pages.layout(PAGE).items()}
        pages.distribute(torch.tensor(slots), PAGE, ones)
        for page in range(8):
            found[page] = pages.collect(slice(page * PAGE, (page + 1) * PAGE))["kv.0"][:, 1]  # the follower's
        return found

    return on_devices(2, run)[0]


def test_pages_are_copied_and_erased(qwen3: Path) -> None:
    """The first tokens of a page are copied, and what is forgotten is overwritten on this device, too."""
    kept = held_by_both(qwen3, Copy(2, 5, 3))
    gone = held_by_both(qwen3, Copy(2, 5, 3), Erase(2))

    assert bool((kept[2] == 1).all())
    assert bool((kept[5][:, :3] == 1).all())
    assert bool((gone[2] == 0).all())
    assert bool((gone[5][:, :3] == 1).all())
