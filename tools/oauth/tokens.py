"""A token as it is kept: the words for the service, those for the next one, and until when.

Kept as one secret, so nothing of it is shown anywhere; text only while it is written and read.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import ToolFailed

_EARLY_S = 60.0  # renewed a little before it runs out, for clocks that differ and calls that take long


@dataclass(frozen=True, slots=True)
class Token:
    """`expires` is a Unix time, None for a token that does not say when it runs out."""

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    expires: float | None = None

    def runs_out(self, now: float) -> bool:
        """Whether it should be renewed."""
        return self.expires is not None and now >= self.expires - _EARLY_S

    def text(self) -> str:
        """The token as it is kept."""
        return json.dumps({"access": self.access, "refresh": self.refresh, "expires": self.expires})

    @classmethod
    def read(cls, text: str) -> "Token":
        """Read what `text` has written; raises ToolFailed, without what it has read."""
        try:
            held = json.loads(text)
            expires = held["expires"]
            return cls(str(held["access"]), str(held["refresh"]), None if expires is None else float(expires))
        except (ValueError, KeyError, TypeError):
            raise ToolFailed("The kept token cannot be read; log in again.") from None

    @classmethod
    def given(cls, answer: Mapping[str, Any], now: float, before: "Token | None" = None) -> "Token":
        """The token in a server's answer; an answer without a new refresh token keeps the one before."""
        access = answer.get("access_token")
        if not isinstance(access, str) or str(answer.get("token_type", "")).lower() != "bearer":
            raise ToolFailed("The server answered without a token that could be used.")
        lasts = answer.get("expires_in")
        expires = (
            now + float(lasts) if isinstance(lasts, (int, float)) and not isinstance(lasts, bool) else None
        )
        refresh = answer.get("refresh_token") or (before.refresh if before is not None else "")
        return cls(access, str(refresh), expires)
