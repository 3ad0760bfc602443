"""One model on several devices, one process for each, over `torch.distributed`.

`torchrun` starts the processes. The first one leads: `load` gives it an ordinary `Engine`. Each of the others
calls `follow`, holds its share of weights, keys and values, and computes what the leader announces.
"""

from .follower import follow
from .group import rank
from .leader import load

__all__ = ["follow", "load", "rank"]
