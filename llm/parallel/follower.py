"""A process that follows: it holds its share and does what the leader announces, until there is nothing left.

It decides nothing and remembers nothing of a sequence but keys and values in the pages that it was told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from ..cache.layer_state import LayerState
from ..cache.page_table import PageTable
from ..cache.paged_state import layer_states, paged_shapes
from ..cache.pages import PagePool
from ..errors import RequestError
from ..families import blueprint_from_config, read_config
from .decoder import ShareDecoder
from .group import LEADER, Group, local_device, rank
from .loading import load_share
from .messages import Copy, Erase, Export, Grow, Load, Message, Pass, Project, Ready, Restore, Stop, Stretch
from .pages import SharePages
from .share import Share


def follow() -> None:
    """Serve the leader until it closes its engine or ends.

    Raises `PeerLost` when it dies or falls silent, `LLMError`s when the share cannot be loaded.
    """
    if rank() == LEADER:
        raise RequestError("Process 0 leads. Call `load` in it, and `follow` in all others.")
    group = Group()
    try:
        first = group.receive()
        if isinstance(first, Load):
            follower = Follower(group, first)
            while not isinstance(message := group.receive(), Stop):
                follower.do(message)
    finally:
        group.leave()


@dataclass(slots=True)
class FollowedState:
    """The state of a sequence for the time of one pass."""

    length: int
    layers: Sequence[LayerState]


class Follower:
    """One device's share of the model that `order` names. Raises `LLMError`s."""

    def __init__(self, group: Group, order: Load) -> None:
        self._group = group
        self._context = order.context
        self._place = torch.device(local_device(order.device))
        self._dtype: torch.dtype = getattr(torch, order.dtype)
        group.prepare(self._place, order.timeout_s)
        folder = Path(order.source)
        blueprint = blueprint_from_config(read_config(folder))
        share = Share(blueprint.spec, group.rank, group.size)
        self._spec = share.spec
        with torch.device("meta"):
            self.decoder = ShareDecoder(share, group)
        load_share(self.decoder, folder, blueprint, self._dtype, self._place)
        shapes = paged_shapes(self._spec, order.context, windows_paged=True)
        self._pool = PagePool(1, order.page_tokens)
        self._pages = SharePages(share, group, self._pool, shapes, self._dtype, self._place, order.int8)

    @torch.inference_mode()
    def do(self, message: Message) -> None:
        """What the leader does at this moment, too."""
        match message:
            case Ready():
                self._group.serve()
            case Pass(parts):
                self._pass(parts)
            case Project(count, rows):
                hidden = torch.empty(count, self._spec.width, dtype=self._dtype, device=self._place)
                self.decoder.project_share(self._group.hand_out(hidden), rows)
            case Grow(capacity):
                self._pool.grow(capacity)
                self._pages.grow()
            case Copy(source, target, count):
                self._pages.copy(source, target, count)
            case Erase(page):
                self._pages.erase(page)
            case Export(slots):
                self._pages.collect(torch.tensor(slots))
            case Restore(slots):
                self._pages.distribute(torch.tensor(slots), len(slots), None)

    def _pass(self, parts: Sequence[Stretch]) -> None:
        ids = [torch.tensor([part.ids], dtype=torch.long, device=self._place) for part in parts]
        if parts[0].pages is None:
            self.decoder.hidden(ids[0])
        elif len(parts) == 1:
            self.decoder.hidden(ids[0], self._state(parts[0]))
        else:
            self.decoder.hidden_joined(ids, [self._state(part) for part in parts])

    def _state(self, part: Stretch) -> FollowedState:
        table = PageTable(self._pages, part.pages or (), part.start)
        table.aim(len(part.ids))
        layers = layer_states(self._spec, self._context, self._pages, table, self._place, windows_paged=True)
        return FollowedState(part.start, layers)
