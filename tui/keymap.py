"""The one table of keys: it makes the bindings and the help. Every key has an id, and a slash command or
F-key beside it.

Never ctrl with i, m, h or [ (terminals cannot tell them from tab, enter, backspace and escape), and none of
the line editing keys that the composer uses.
"""

from dataclasses import dataclass

from textual.binding import Binding

NEWLINE_KEYS = "ctrl+j,alt+enter,shift+enter"


@dataclass(frozen=True, slots=True)
class Key:
    id: str
    keys: str
    """As Textual names them, the first one shown."""
    action: str
    help: str

    @property
    def shown(self) -> str:
        first = self.keys.split(",")[0]
        return first.upper() if first[0] == "f" and first[1:].isdigit() else first.replace("escape", "esc")


KEYS = (
    Key("stop", "escape", "stop", "stop; keeps what was written"),
    Key("sessions", "ctrl+r,f5", "sessions", "find and resume a session"),
    Key("memory", "f3", "memory", "see and forget what is remembered"),
    Key("details", "ctrl+o,f4", "details", "show or hide the details of steps"),
    Key("new", "ctrl+n", "new_session", "start a new session"),
    Key("commands", "ctrl+p", "app.command_palette", "all commands"),
    Key("help", "f1", "help", "this help"),
    Key("up", "pageup", "page(-1)", "scroll back"),
    Key("down", "pagedown", "page(1)", "scroll on; at the end it follows again"),
    Key("quit", "ctrl+q", "app.quit", "leave; the session is kept"),
)
COMPOSER_KEYS = (
    ("enter", "send; while something runs, queue"),
    ("ctrl+j", "new line (also alt+enter, or \\ before enter)"),
    ("↑", "queued message back, then earlier ones"),
    ("tab", "complete a command; reach an approval"),
    ("ctrl+c", "copy the selection, else clear the line"),
)


def bindings() -> list[Binding]:
    return [
        Binding(key.keys, key.action, key.help, id=key.id, show=False, priority=key.id != "stop")
        for key in KEYS
    ]
