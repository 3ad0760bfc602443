"""Shows a notification on the desktop, by the program that freedesktop systems have for it.

Its text is data to that program, never a command and never markup. Knows nothing of what is told.
"""

import asyncio
import html
import os
from collections.abc import Collection
from pathlib import Path

from ...isolation.own_code import find_program
from ...processes import plain_environment, start_to_listen
from ...text.wording import printable_line

PATIENCE_S = 5.0
_LONGEST = 300
_HANDED_ON = ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "DISPLAY", "WAYLAND_DISPLAY", "PATH")


async def notify(
    title: str, text: str, changeable: Collection[Path] = (), patience_s: float = PATIENCE_S
) -> bool:
    """Whether a desktop took the notification; False where there is none, or no `notify-send`.

    No program is started from `changeable`, the folders that tools may change.
    """
    program, bus = find_program("notify-send", changeable), _session_bus()
    if program is None or not bus:
        return False
    variables = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
    variables["DBUS_SESSION_BUS_ADDRESS"] = bus
    body = html.escape(printable_line(text, _LONGEST), quote=False)  # which desktops read as markup
    told = [printable_line(title, _LONGEST), body]
    try:
        process = await start_to_listen(
            [program, "--app-name=Homewit", "--", *told], plain_environment(**variables)
        )
    except OSError:
        return False
    try:
        await asyncio.wait({process.ended}, timeout=patience_s)
    finally:
        process.end()
    return await process.wait() == 0


def _session_bus() -> str:
    """Where the desktop of this user listens, "" when nobody is logged in to one."""
    if address := os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return address
    socket = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}") / "bus"
    return f"unix:path={socket}" if socket.is_socket() else ""
