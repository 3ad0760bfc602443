"""A double of the host process, shipped for tests of clients and for recording pictures."""

from .fake_host import FakeHost, split_runs
from .world import FACT, SESSION, STATUS, TOOLS, HostRefuses

__all__ = ["FACT", "SESSION", "STATUS", "TOOLS", "FakeHost", "HostRefuses", "split_runs"]
