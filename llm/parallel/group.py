"""The processes that share a model: what they tell each other, add up and collect.

Messages go through gloo, tensors through gloo on a CPU and through NCCL on GPUs. Whatever fails between
processes ends as `PeerLost`. It knows neither models nor what the messages mean.
"""

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Literal, Protocol, TypeAlias

import torch
import torch.distributed as dist
from torch import Tensor

from ..errors import PeerLost, UnsupportedError
from .messages import Message, decode, encode

LEADER = 0
LOADING_S = 1800.0  # by how much one disk may be slower than another
FRAME_BYTES = 2048  # a message that fits into it costs one broadcast, a longer one two
LENGTH_BYTES = 4
Use: TypeAlias = Literal["loading", "serving", "devices"]
VARIABLES = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


def rank() -> int:
    """The number of this process; 0 leads. Raises `UnsupportedError` where torchrun did not start it."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank()
    missing = [name for name in VARIABLES if name not in os.environ]
    if missing:
        raise UnsupportedError(
            f"A model on several devices needs one process for each, but {', '.join(missing)} is not set. "
            "Start the program with: torchrun --nproc-per-node DEVICES PROGRAM"
        )
    return int(os.environ["RANK"])


def local_device(device: str) -> str:
    """The device of this process among those of its machine. Raises `UnsupportedError` if there is none."""
    if device == "cpu" or (device == "auto" and not torch.cuda.is_available()):
        return "cpu"
    if device not in ("auto", "cuda"):
        raise UnsupportedError(f"The device {device!r} is one, not several. Use 'auto', 'cpu' or 'cuda'.")
    number, there = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
    if number >= there:
        raise UnsupportedError(
            f"Process {number} of this machine has no GPU: there are {there}. Start fewer processes."
        )
    return f"cuda:{number}"


class Exchange(Protocol):
    """What the parts of a model need of the other devices. All call the same, in the same order."""

    @property
    def rank(self) -> int: ...

    def add_up(self, x: Tensor) -> Tensor:
        """`x` as the sum of what all have of it; may be in place."""
        ...

    def hand_out(self, x: Tensor) -> Tensor:
        """`x` as the leader has it; may be in place."""
        ...

    def collect(self, x: Tensor) -> list[Tensor]:
        """What all have of `x`, in order, for the leader; nothing for the others."""
        ...


class Group:
    """This process among the others: an `Exchange` that also carries messages. For one thread at a time.

    While the model is loaded, processes wait for each other for up to `LOADING_S`, from `serve` on for as
    long as they agreed on; a process that dies is noticed at once.
    """

    def __init__(self) -> None:
        self.rank = rank()
        if not (dist.is_available() and dist.is_gloo_available()):
            raise UnsupportedError("This build of torch has no gloo, which models on several devices need.")
        self._timeout_s = self._serving_s = LOADING_S
        with self._exchange():
            if not dist.is_initialized():
                dist.init_process_group("gloo")
                atexit.register(_end)
        self.size = dist.get_world_size()
        self._connections: dict[Use, dist.ProcessGroup] = {}
        self._messages: Use = "loading"
        self._connect("loading", "gloo")

    def prepare(self, place: torch.device, timeout_s: float) -> None:
        """Agree on devices like `place`, and on waiting at most `timeout_s` from `serve` on."""
        self._serving_s = timeout_s
        self._connect("serving", "gloo")
        if place.type == "cuda":
            torch.cuda.set_device(place)
            self._connect("devices", "nccl")

    def serve(self) -> None:
        """All have loaded."""
        for use, connection in self._connections.items():
            if use != "loading":
                dist.distributed_c10d._set_pg_timeout(timedelta(seconds=self._serving_s), connection)
        self._messages, self._timeout_s = "serving", self._serving_s

    def send(self, message: Message) -> None:
        """From the leader to all others."""
        data = encode(message)
        framed = len(data).to_bytes(LENGTH_BYTES, "little") + data
        first, rest = framed[:FRAME_BYTES], framed[FRAME_BYTES:]
        with self._exchange():
            self._tell(_bytes(first.ljust(FRAME_BYTES, b"\0")))
            if rest:
                self._tell(_bytes(rest))

    def receive(self) -> Message:
        """The leader's next message."""
        frame = torch.empty(FRAME_BYTES, dtype=torch.uint8)
        with self._exchange():
            self._tell(frame)
            data = frame.numpy().tobytes()
            end = LENGTH_BYTES + int.from_bytes(data[:LENGTH_BYTES], "little")
            if end > FRAME_BYTES:
                rest = torch.empty(end - FRAME_BYTES, dtype=torch.uint8)
                self._tell(rest)
                data += rest.numpy().tobytes()
        return decode(data[LENGTH_BYTES:end])

    def add_up(self, x: Tensor) -> Tensor:
        with self._exchange():
            dist.all_reduce(x, group=self._for(x))
        return x

    def hand_out(self, x: Tensor) -> Tensor:
        with self._exchange():
            dist.broadcast(x, LEADER, self._for(x))
        return x

    def collect(self, x: Tensor) -> list[Tensor]:
        found = [torch.empty_like(x) for _ in range(self.size)] if self.rank == LEADER else []
        with self._exchange():
            dist.gather(x, found or None, LEADER, self._for(x))
        return found

    def leave(self) -> None:
        """Give up the connections of this group; the process may join another one."""
        # A connection's threads end when the last that holds it lets go. One that still runs when Python
        # ends, and drops a tensor then, aborts the process.
        while self._connections:
            dist.destroy_process_group(self._connections.popitem()[1])

    def _tell(self, data: Tensor) -> None:
        """`data` as the leader has it, in place."""
        dist.broadcast(data, LEADER, self._connections[self._messages])

    def _for(self, x: Tensor) -> dist.ProcessGroup:
        return self._connections["devices" if x.is_cuda else "serving"]

    def _connect(self, use: Use, backend: str) -> None:
        with self._exchange():
            group = dist.new_group(backend=backend, timeout=timedelta(seconds=LOADING_S))
        if not isinstance(group, dist.ProcessGroup):
            raise PeerLost("This process is not one of those that share the model. Start all again.")
        self._connections[use] = group

    @contextmanager
    def _exchange(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:  # all that torch.distributed raises
            other = "A process that holds a share" if self.rank == LEADER else "The leader or another holder"
            raise PeerLost(
                f"{other} of the model is gone, or did not answer within {self._timeout_s:g} s. "
                "See what it printed, and start all processes again."
            ) from error


def _end() -> None:
    """What this process began, if nobody else has ended it."""
    if dist.is_initialized():
        dist.destroy_process_group()


def _bytes(data: bytes) -> Tensor:
    return torch.frombuffer(bytearray(data), dtype=torch.uint8)
