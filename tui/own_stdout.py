"""A stdout that belongs to a protocol alone: whatever else is printed goes to stderr meanwhile.

Knows nothing of protocols.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_STDOUT, _STDERR = 1, 2


@contextmanager
def own_stdout() -> Iterator[int]:
    """A descriptor that leads where stdout led; stdout itself leads to stderr until the end."""
    sys.stdout.flush()
    own = os.dup(_STDOUT)
    os.dup2(_STDERR, _STDOUT)
    try:
        yield own
    finally:
        sys.stdout.flush()
        os.dup2(own, _STDOUT)
        os.close(own)
