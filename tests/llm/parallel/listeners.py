"""Processes that hear everything that the leader says, without being there."""

import queue

from homewit.llm import PeerLost
from homewit.llm.parallel.messages import Alive, Message

PATIENCE_S = 60


class Listeners:
    """A `Group` of a leader alone that notes its messages, until the others are lost."""

    rank = 0

    def __init__(self) -> None:
        self.heard: queue.Queue[Message] = queue.Queue()
        self.lost = False
        self.left = 0

    def send(self, message: Message) -> None:
        if self.lost:
            raise PeerLost("Process 1 is gone.")
        self.heard.put(message)

    def serve(self) -> None:
        self.heard.put(Alive())

    def leave(self) -> None:
        self.left += 1

    def take(self, count: int) -> list[Message]:
        return [self.heard.get(timeout=PATIENCE_S) for _ in range(count)]
