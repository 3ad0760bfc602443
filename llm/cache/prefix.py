"""What the pages hold, as a tree: requests that begin alike share the pages of their common beginning.

A node is one page and the tokens in it, found by the hash of everything up to its end, so a lookup costs one
hash per page. Only the last page of a path may be partly filled; it grows in place when a conversation goes
on. States that cannot be cut at any token (recurrent, windowed) hang at the tokens where they were taken. The
tree is one of the holders of its pages: what it lets go stays alive for whoever still uses it. It knows
neither tensors nor text.
"""

import heapq
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import takewhile
from typing import Protocol

from .pages import PagePool

Tokens = tuple[int, ...]


class Snapshot(Protocol):
    """The state of layers that cannot be rewound, after some number of tokens."""

    @property
    def nbytes(self) -> int: ...


@dataclass(slots=True, eq=False)
class Node:
    """One page of tokens behind `parent`. A node that is not full is a tail: nothing follows it."""

    parent: "Node | None"
    tokens: Tokens
    page: int
    key: bytes = b""
    children: dict[bytes, "Node"] = field(default_factory=dict)
    tails: list["Node"] = field(default_factory=list)
    snapshots: dict[int, Snapshot] = field(default_factory=dict)  # by the tokens of this page they are behind
    snapshots_used: dict[int, int] = field(default_factory=dict)
    used: int = 0
    pins: int = 0

    @property
    def followers(self) -> Iterator["Node"]:
        yield from self.children.values()
        yield from self.tails


@dataclass(frozen=True, slots=True)
class Match:
    """The held beginning of a request: `length` tokens in `pages`, and the state behind them if needed.

    The caller has become a holder of the pages.
    """

    pages: tuple[int, ...] = ()
    length: int = 0
    snapshot: Snapshot | None = None


class PrefixTree:
    """Prefixes in the pages of `pool`. `fingerprint` names the model, `snapshot_limit` is in bytes."""

    def __init__(self, pool: PagePool, fingerprint: bytes = b"", snapshot_limit: int = 0) -> None:
        self._pool = pool
        self._root = Node(None, (), -1, blake2b(fingerprint, digest_size=16).digest())
        self._snapshot_limit = snapshot_limit
        self._clock = 0
        self.pages = 0
        self.snapshot_bytes = 0
        self.evictions = 0

    def match(self, tokens: Sequence[int], stateful: bool = False) -> Match:
        """The longest held prefix of `tokens`; with `stateful`, the longest one with a snapshot behind it."""
        self._clock += 1
        path = self._descend(tokens)
        snapshot = None
        if stateful:
            path, snapshot = self._resumable(path, tokens)
        pages = []
        for node, _ in path:
            node.used = self._clock
            self._pool.share(node.page)
            pages.append(node.page)
        return Match(tuple(pages), sum(count for _, count in path), snapshot)

    def held(self, tokens: Sequence[int], stateful: bool = False) -> int:
        """The length of what `match` would find."""
        path = self._descend(tokens)
        return sum(count for _, count in (self._resumable(path, tokens)[0] if stateful else path))

    def insert(
        self, tokens: Sequence[int], pages: Sequence[int], snapshots: Mapping[int, Snapshot] | None = None
    ) -> None:
        """Hold `tokens`, which stand in `pages`; a page whose tokens are held already stays out.

        `snapshots` are states by the number of tokens they are behind.
        """
        size = self._pool.page_tokens
        self._clock += 1
        node = self._root
        path = []
        for index, page in enumerate(pages[: -(-len(tokens) // size)]):
            node = self._follow(node, tuple(tokens[index * size : (index + 1) * size]), page)
            node.used = self._clock
            path.append(node)
        for length, snapshot in (snapshots or {}).items():
            if 0 < length <= len(tokens):
                index = (length - 1) // size
                self._attach(path[index], length - index * size, snapshot)
        self._trim_snapshots()

    def pin(self, tokens: Sequence[int]) -> list[Node]:
        """Keep the pages of `tokens` from eviction until `unpin` gets what this returns."""
        nodes = [node for node, _ in self._descend(tokens)]
        for node in nodes:
            node.pins += 1
        return nodes

    def unpin(self, nodes: Sequence[Node]) -> None:
        for node in nodes:
            node.pins -= 1

    def evict(self, count: int, pinned: bool = False) -> int:
        """Let go of leaves, the longest unused first, until `count` pages became free; returns how many did.

        Pages that somebody else holds stay, as nothing would be gained, and so do pinned ones unless asked.
        """
        freed = 0
        leaves = [(node.used, id(node), node) for node in self._nodes() if self._evictable(node, pinned)]
        heapq.heapify(leaves)
        while leaves and freed < count:
            _, _, node = heapq.heappop(leaves)
            parent = node.parent
            freed += self._remove(node)
            self.evictions += 1
            if parent is not None and parent is not self._root and self._evictable(parent, pinned):
                heapq.heappush(leaves, (parent.used, id(parent), parent))
        return freed

    def forget(self, find: Callable[[Tokens], int | None]) -> list[int]:
        """Let go of what `find` finds, and of all that follows it; the pages that nobody holds any more.

        `find` is given the tokens of a path and returns the index where the unwanted ones begin, or None.
        """
        freed = []
        for leaf in [node for node in self._nodes() if not (node.children or node.tails)]:
            path = self._path(leaf)
            at = find(tuple(token for node in path for token in node.tokens))
            if at is None:
                continue
            first = path[at // self._pool.page_tokens]
            if first.parent is not None and first in first.parent.followers:
                gone = list(self._below(first))
                freed += [node.page for node in reversed(gone) if self._remove(node)]
        return freed

    def _descend(self, tokens: Sequence[int]) -> list[tuple[Node, int]]:
        """The nodes that hold a prefix of `tokens`, with how many tokens agree: all, except in the last."""
        size = self._pool.page_tokens
        node, path, start = self._root, [], 0
        while start + size <= len(tokens):
            child = node.children.get(_chain(node.key, tokens[start : start + size]))
            if child is None:
                break
            path.append((child, size))
            node, start = child, start + size
        rest = tuple(tokens[start : start + size])
        partly = [(_common(each.tokens, rest), each) for each in node.followers]
        count, best = max(partly, key=lambda pair: pair[0], default=(0, node))
        return [*path, (best, count)] if count else path

    def _resumable(
        self, path: list[tuple[Node, int]], tokens: Sequence[int]
    ) -> tuple[list[tuple[Node, int]], Snapshot | None]:
        """The longest part of `path` with a snapshot behind it, and that snapshot.

        It may hang at a neighbour of a node on the path, which begins with the same tokens.
        """
        size = self._pool.page_tokens
        for index in range(len(path) - 1, -1, -1):
            parent = path[index][0].parent or self._root
            wanted = tuple(tokens[index * size : (index + 1) * size])
            offset, node = max(
                (
                    (offset, node)
                    for node in parent.followers
                    for offset in node.snapshots
                    if node.tokens[:offset] == wanted[:offset]
                ),
                key=lambda pair: pair[0],
                default=(0, parent),
            )
            if offset:
                node.snapshots_used[offset] = self._clock
                return [*path[:index], (node, offset)], node.snapshots[offset]
        return [], None

    def _follow(self, node: Node, tokens: Tokens, page: int) -> Node:
        """The node behind `node` that holds `tokens`, made or grown if there is none."""
        full = len(tokens) == self._pool.page_tokens
        key = _chain(node.key, tokens) if full else b""
        if full and key in node.children:
            return node.children[key]
        if not full:
            for each in node.followers:
                if each.tokens[: len(tokens)] == tokens:
                    return each
        tail = next((each for each in node.tails if tokens[: len(each.tokens)] == each.tokens), None)
        self._pool.share(page)
        if tail is None:
            tail = Node(node, tokens, page)
            self.pages += 1
        else:
            node.tails.remove(tail)
            self._pool.release(tail.page)
        tail.tokens, tail.page, tail.key = tokens, page, key
        if full:
            node.children[key] = tail
        else:
            node.tails.append(tail)
        return tail

    def _attach(self, node: Node, offset: int, snapshot: Snapshot) -> None:
        for each in (node.parent or self._root).followers:
            if offset in each.snapshots and each.tokens[:offset] == node.tokens[:offset]:
                node = each
        if offset not in node.snapshots:
            node.snapshots[offset] = snapshot
            self.snapshot_bytes += snapshot.nbytes
        node.snapshots_used[offset] = self._clock

    def _detach(self, node: Node, offset: int) -> None:
        self.snapshot_bytes -= node.snapshots.pop(offset).nbytes
        del node.snapshots_used[offset]

    def _trim_snapshots(self) -> None:
        """Drop the longest unused snapshots beyond the limit; pinned ones last."""
        if self.snapshot_bytes <= self._snapshot_limit:
            return
        every = [
            (bool(node.pins), used, id(node), node, offset)
            for node in self._nodes()
            for offset, used in node.snapshots_used.items()
        ]
        for *_, node, offset in sorted(every, key=lambda entry: entry[:3]):
            if self.snapshot_bytes <= self._snapshot_limit:
                return
            self._detach(node, offset)

    def _evictable(self, node: Node, pinned: bool) -> bool:
        leaf = not node.children and not node.tails
        return leaf and (pinned or not node.pins) and self._pool.holders(node.page) == 1

    def _remove(self, node: Node) -> bool:
        """Take a leaf out of the tree; whether its page became free."""
        parent = node.parent or self._root
        if len(node.tokens) == self._pool.page_tokens:
            del parent.children[node.key]
        else:
            parent.tails.remove(node)
        for offset in list(node.snapshots):
            self._detach(node, offset)
        self.pages -= 1
        return self._pool.release(node.page)

    def _nodes(self) -> Iterator[Node]:
        """Every node but the root, parents first."""
        for node in self._root.followers:
            yield from self._below(node)

    def _below(self, node: Node) -> Iterator[Node]:
        waiting = [node]
        while waiting:
            each = waiting.pop()
            yield each
            waiting += each.followers

    def _path(self, node: Node) -> list[Node]:
        path = []
        while node.parent is not None:
            path.append(node)
            node = node.parent
        return path[::-1]


def _chain(key: bytes, tokens: Sequence[int]) -> bytes:
    """The hash of a page behind the pages that `key` is the hash of."""
    return blake2b(array("I", tokens).tobytes(), digest_size=16, key=key).digest()


def _common(left: Sequence[int], right: Sequence[int]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))
