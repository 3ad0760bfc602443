"""Devices as threads of one process: the same sums and exchanges, without processes between them."""

import threading
from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor

Result = TypeVar("Result")


class Meeting:
    """Where `size` threads put down what they have, and take what all have."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._barrier = threading.Barrier(size, timeout=300)
        self._tensors: list[Tensor] = [torch.empty(0)] * size

    def exchanged(self, rank: int, x: Tensor) -> list[Tensor]:
        self._tensors[rank] = x
        self._barrier.wait()
        everything = [each.clone() for each in self._tensors]
        self._barrier.wait()
        return everything


class ThreadExchange:
    """An `Exchange` for one of the threads that meet; as a `Group` it is always prepared."""

    def __init__(self, meeting: Meeting, rank: int) -> None:
        self.rank = rank
        self.size = meeting.size
        self._meeting = meeting

    def prepare(self, place: torch.device, timeout_s: float) -> None:
        assert place.type == "cpu"

    def add_up(self, x: Tensor) -> Tensor:
        return torch.stack(self._meeting.exchanged(self.rank, x)).sum(0)

    def hand_out(self, x: Tensor) -> Tensor:
        return self._meeting.exchanged(self.rank, x)[0]

    def collect(self, x: Tensor) -> list[Tensor]:
        everything = self._meeting.exchanged(self.rank, x)
        return everything if self.rank == 0 else []


def on_devices(size: int, work: Callable[[ThreadExchange], Result]) -> list[Result]:
    """What `work` gives on each of `size` devices that run at the same time."""
    meeting = Meeting(size)
    found: dict[int, Result] = {}
    errors: list[BaseException] = []

    def run(rank: int) -> None:
        try:
            with torch.inference_mode():
                found[rank] = work(ThreadExchange(meeting, rank))
        except BaseException as error:  # noqa: BLE001 - it belongs to the test
            errors.append(error)

    threads = [threading.Thread(target=run, args=(rank,)) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return [found[rank] for rank in range(size)]
