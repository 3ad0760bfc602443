"""Which host a command talks to: the resident one of its home, started if need be, or a private one.

A resident host that cannot stand for a process of one's own (another program, another environment) is
replaced when it serves nobody else, or when the program has changed since it was started: then it goes on
with its clients and leaves its place to the next. Otherwise, and wherever there can be none, the command gets
a process to itself and works all the same. Knows nothing of what is asked of a host.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..agent.hosting import address
from . import host_process

if TYPE_CHECKING:
    from .client import Transport

SETTING = "HOMEWIT_HOST"
_ATTEMPTS = 3


async def start(private: bool = False) -> "Transport":
    """A host that was greeted and can be asked; raises ``HostUnavailable`` when none can be had."""
    home = address.home_folder()
    if not private and address.is_possible() and _wants_resident(home):
        found = await _resident(home)
        if found is not None:
            return found
    return await host_process.start()


async def _resident(home: Path) -> "Transport | None":
    from . import host_socket

    for _ in range(_ATTEMPTS):
        there = await host_socket.connect(home)
        if there is None:
            if not await host_process.start_resident():
                return None
            there = await host_socket.connect(home)
        if there is None:  # it went again
            continue
        try:
            welcome = await there.greet()
            if welcome is not None and welcome.accepted:
                return there
            replaced = (
                welcome is None
                or (welcome.idle and await there.ask_to_end())
                or (welcome.outdated and await there.ask_to_hand_on())
            )
        except TimeoutError:  # it hangs; whoever can be served without it is
            replaced = False
        await there.close()
        if not replaced:
            return None
    return None


def _wants_resident(home: Path) -> bool:
    """The setting ``host``, read without the machinery that checks settings; the host does that."""
    if chosen := os.environ.get(SETTING):
        return chosen == "resident"
    try:
        text = (home / "config.toml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return True
    if "host" not in text:
        return True
    import tomllib

    try:
        return tomllib.loads(text).get("host", "resident") == "resident"
    except tomllib.TOMLDecodeError:
        return True
