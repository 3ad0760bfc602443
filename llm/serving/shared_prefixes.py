"""The beginnings that requests have in common (instructions and tools), and their way to disk and back.

They are remembered when a chat is rendered. After the first request that used one, a copy of its states is
written in the background, so that the next launch starts from it. It knows tokens and their text, but neither
templates nor how states are computed.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

from torch import Tensor

from ..cache.forgetting import Find
from ..cache.prefix_files import PrefixFiles
from ..cache.prefix_folder import forget_stored_text
from .runner import Runner

SHORTEST = 128  # tokens; below that computing them again takes no longer than reading them
REMEMBERED = 16


class SharedPrefixes:
    """Prefixes of one engine; without `files` they live as long as the process."""

    def __init__(
        self,
        runner: Runner,
        decode: Callable[[Sequence[int]], str],
        files: PrefixFiles | None = None,
        folder: Path | None = None,
    ) -> None:
        self._runner = runner
        self._decode = decode
        self._files = files
        self._folder = folder
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[int, ...], bool] = OrderedDict()  # whether it was handed to the writer
        self._writer: threading.Thread | None = None

    def remember(self, tokens: Sequence[int]) -> None:
        """`tokens` are what a kind of request always begins with."""
        if len(tokens) < SHORTEST:
            return
        with self._lock:
            key = tuple(tokens)
            self._known.setdefault(key, False)
            self._known.move_to_end(key)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)

    def length(self, ids: Sequence[int]) -> int:
        """The length of the longest known prefix of `ids`; 0 when there is none."""
        with self._lock:
            return max((len(key) for key in self._known if tuple(ids[: len(key)]) == key), default=0)

    def used(self, ids: Sequence[int]) -> None:
        """A request with `ids` ended: keep their known prefix at hand, and write it if it is new.

        One that was cancelled early may not have computed it; then the next one's will be written.
        """
        length = self.length(ids)
        if not length:
            return
        tokens = tuple(ids[:length])
        self._runner.pin(tokens)
        with self._lock:
            fresh = not self._known.get(tokens, True)
        if not fresh or self._files is None:
            return
        stored = self._files.longest(tokens) == length
        tensors = None if stored else self._runner.export(tokens)
        text = self._decode(tokens)
        with self._lock:
            if tokens not in self._known or self._known[tokens]:
                return  # forgotten in the meantime, or written for another request
            self._known[tokens] = stored or tensors is not None
            if tensors is not None:
                self._begin_writing(self._files, tokens, text, tensors)

    def forget(self, texts: Sequence[str], find: Find) -> None:
        """Drop what contains one of `texts`, which `find` finds, here and on disk."""
        with self._lock:  # from here on nobody begins to write them
            for key in [key for key in self._known if find(key) is not None]:
                del self._known[key]
        self.finish()
        if self._folder is not None:
            forget_stored_text(self._folder, texts)

    def finish(self) -> None:
        """Wait until everything is written."""
        with self._lock:
            writer = self._writer
        if writer is not None:
            writer.join()

    def _begin_writing(
        self, files: PrefixFiles, tokens: tuple[int, ...], text: str, tensors: dict[str, Tensor]
    ) -> None:
        """Write in the background, one after the other; a program that ends waits for it. Holds the lock."""
        before = self._writer

        def write() -> None:
            if before is not None:
                before.join()
            files.save(tokens, text, tensors)

        self._writer = threading.Thread(target=write, name="prefix-writer")
        self._writer.start()
