"""Renews kept tokens that have run out, one at a time for each name.

A server may take a refresh token only once. So whoever comes meanwhile waits, and when the server refuses,
what another process has kept by then is used. Knows neither where tokens are kept nor what the user is told.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable

from ..errors import ToolFailed
from .tokens import Token


class Renewal:
    """All that is renewed in one process; any thread may call it. `now` gives a Unix time."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def turn(self, name: str) -> threading.Lock:
        """Whoever changes what is kept under a name holds this meanwhile."""
        return self._turns[name]

    def current(
        self,
        name: str,
        *,
        read: Callable[[], Token | None],
        renew: Callable[[Token], Token],
        keep: Callable[[Token], None],
        refused: str = "",
    ) -> Token | None:
        """The token to use now, renewed first when it runs out; None where there is none. Blocks.

        Args:
            read: the token as it is kept now.
            renew: asks the server for the next one; raises ToolFailed when it gives none.
            keep: lets the next one take the place of the one before.
            refused: a token that the server takes no more, though it may not have run out.
        """
        with self._turns[name]:
            token = read()
            if token is None or not (token.runs_out(self._now()) or token.access == refused):
                return token
            try:
                following = renew(token)
            except ToolFailed:
                by_another = read()
                if by_another is None or by_another.access == token.access:
                    raise
                return by_another
            keep(following)
            return following
