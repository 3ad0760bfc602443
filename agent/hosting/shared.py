"""What all clients of one process share: the home with its database, the loaded models, and the runs that
are going on. Everything else (folder, settings, policy, plugins) is each client's own.

May be used from any thread. Knows nothing of clients.
"""

import threading
from collections.abc import Callable
from datetime import datetime

from ...memory import Store
from ...tools.when.local_clock import local_now
from ..home import Home
from ..log.leases import Leases
from ..models.pool import Models
from ..runs.active import ActiveRun
from ..store_errors import translated


class Shared:
    """Belongs to one event loop, as the runs do; ``close`` it after all of its users."""

    def __init__(self, home: Home, now: Callable[[], datetime] = local_now) -> None:
        self.home = home
        self.now = now
        self.models = Models(home.prefixes)
        self.runs: dict[str, ActiveRun] = {}
        """All runs that are going on in this process, whoever started them, by id."""
        self.leases = Leases(home.leases)
        self._store: Store | None = None
        self._guard = threading.Lock()

    def store(self) -> Store:
        """The database, opened when it is first wanted; blocks, and raises ``StoreUnavailable``."""
        with self._guard, translated():
            if self._store is None:
                self._store = Store.open(self.home.database, clock=self.now)
            return self._store

    def close(self) -> None:
        """Close the database and let go of the models; blocks."""
        with self._guard:
            if self._store is not None:
                self._store.close()
                self._store = None
        self.models.close()
