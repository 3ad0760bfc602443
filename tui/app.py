"""The full-screen program: one chat screen, two calm themes, and a palette made from the table of commands.

Knows nothing of the conversation but that it has one.
"""

import os
from functools import partial
from typing import ClassVar

from textual import events
from textual.app import App
from textual.command import DiscoveryHit, Hit, Hits, Provider

from . import slash
from .conversation import Conversation
from .driver import GuardedDriver
from .screens.chat import ChatScreen
from .themes import DARK, LIGHT
from .typed_ahead import TypedAhead


class Palette(Provider):
    """The slash commands, and the themes."""

    async def discover(self) -> Hits:
        for title, act, help_text in self._all():
            yield DiscoveryHit(title, act, help=help_text)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for title, act, help_text in self._all():
            if (score := matcher.match(f"{title} {help_text}")) > 0:
                yield Hit(score, matcher.highlight(title), act, help=help_text)

    def _all(self):
        app = self.app
        if not isinstance(app, HomewitApp):
            return
        for command in slash.COMMANDS:
            yield command.usage.replace("[", "\\["), partial(app.from_palette, command), command.help
        for theme in (DARK, LIGHT):
            yield (
                f"theme {theme.name.removeprefix('homewit-')}",
                partial(app.use_theme, theme.name),
                "change the colours",
            )


class HomewitApp(App[None]):
    """``run_async`` it after the host process was started."""

    TITLE = "Homewit"
    CSS_PATH = "app.tcss"
    COMMANDS: ClassVar[set] = {Palette}
    ENABLE_COMMAND_PALETTE = True
    HORIZONTAL_BREAKPOINTS: ClassVar = [(0, "-narrow"), (80, "-normal"), (120, "-wide")]
    VERTICAL_BREAKPOINTS: ClassVar = [(0, "-short"), (24, "-tall"), (32, "-high")]

    def __init__(self, conversation: Conversation, session: str | None = None) -> None:
        super().__init__(driver_class=GuardedDriver)
        self.conversation = conversation
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = LIGHT.name if _light_terminal() else DARK.name
        self._chat = ChatScreen(conversation, session)
        self._typed = TypedAhead(self, super().on_event)

    def get_default_screen(self) -> ChatScreen:
        return self._chat

    def on_mount(self) -> None:
        self.run_worker(self._typed.run, name="keys")

    async def on_event(self, event: events.Event) -> None:
        """What is typed waits in its own line; everything else goes its usual way."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._typed.take(event)
        else:
            await super().on_event(event)

    def from_palette(self, command: slash.SlashCommand) -> None:
        """A command that needs an argument is put into the composer, the others are carried out."""
        if command.needs_argument:
            self._chat.composer.put(f"/{command.name} ")
            self._chat.composer.focus()
        else:
            self._chat.take(f"/{command.name}")

    def use_theme(self, name: str) -> None:
        self.theme = name


def _light_terminal() -> bool:
    """What the terminal says of its background, if it does: ``COLORFGBG`` ends with its number."""
    background = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return background in ("7", "15")
