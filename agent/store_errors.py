"""Turns the memory's errors into the agent's, so that clients meet one family. Knows nothing of what was
asked of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from .. import memory
from .errors import NotFound, StoreUnavailable


@contextmanager
def translated() -> Iterator[None]:
    """Raise ``NotFound`` for an unknown id and ``StoreUnavailable`` for everything else that the store
    raises.
    """
    try:
        yield
    except memory.NotFound as error:
        raise NotFound(str(error)) from error
    except memory.StoreError as error:
        raise StoreUnavailable(str(error)) from error
