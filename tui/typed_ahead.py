"""Hands keys and pastes on one at a time: each goes where the ones before it have led.

Textual gives a key to what has the focus when the key arrives. What a key sets going (a drawer, another
focus, an older message in the composer) takes some rounds of messages, so that keys right behind it, typed
fast or over a slow line, would end in the wrong place. Knows nothing of what a key means.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

from textual.app import App
from textual.command import CommandPalette
from textual.dom import DOMNode
from textual.events import Key, Paste
from textual.keys import _character_to_key
from textual.screen import ModalScreen
from textual.widgets import Input, TextArea
from textual.worker import WorkerError

DECIDING = "deciding"
"""Group of the workers whose end decides where the next key goes."""
_DECIDING = (DECIDING, CommandPalette._GATHER_COMMANDS_GROUP)
"""In the palette, enter takes the first of the commands that were found for what was typed."""
ALT = "alt+"
"""Before a letter that came together with escape, as terminals send it for alt and the letter."""
PATIENCE_S = 2.0
"""So long, at most, a key waits for the ones before it: nothing that hangs may hold the keyboard."""
_ROUND_S = 0.1
"""Patience is counted in these: a machine that stood still takes one of them, and not all."""

Typed = Key | Paste


class TypedAhead:
    """``take`` everything typed; ``run`` passes it on to ``deliver``, in order."""

    def __init__(self, app: App[Any], deliver: Callable[[Typed], Awaitable[None]]) -> None:
        self.patience_s = PATIENCE_S
        self._app = app
        self._deliver = deliver
        self._typed: asyncio.Queue[Typed] = asyncio.Queue()
        self._written_into: DOMNode | None = None
        """The field that took the last key as a letter, which leads nowhere else."""

    def take(self, event: Typed) -> None:
        self._typed.put_nowait(event)

    async def run(self) -> None:
        while True:
            event = await self._typed.get()
            try:
                await self._pass_on(event)
            finally:
                self._typed.task_done()

    async def caught_up(self) -> None:
        """Until all that was taken by now has been passed on, and has come to its end."""
        await self._typed.join()
        await self._settled()

    async def _pass_on(self, event: Typed) -> None:
        await self._ready_for(event)
        for key in self._apart(event):
            await self._ready_for(key)
            target = self._target
            await self._deliver(key)
            self._written_into = target if self._is_letter(key, target) else None

    async def _ready_for(self, event: Typed) -> None:
        if not (self._is_letter(event, self._target) and self._target is self._written_into):
            await self._settled()

    def _apart(self, event: Typed) -> Iterator[Typed]:
        """Over a drawer, escape and a letter are two keys: it closes, and the letter is for what is below.
        Elsewhere only the letter counts, so that alt and a letter, a habit of many, stops nothing.
        """
        key = event.key if isinstance(event, Key) else ""
        letter = key.removeprefix(ALT) if key.startswith(ALT) else ""
        if len(letter) == 1 and isinstance(self._app.screen, ModalScreen):
            yield Key("escape", "\x1b")
            yield Key(_character_to_key(letter), letter)
        else:
            yield event

    @property
    def _target(self) -> DOMNode:
        return self._app.focused or self._app.screen

    def _is_letter(self, event: Typed, target: DOMNode) -> bool:
        return isinstance(target, Input | TextArea) and isinstance(event, Key) and event.is_printable

    async def _settled(self) -> None:
        """Until what was delivered has come to its end, also in a screen that it opened, or patience has."""
        coming = asyncio.create_task(self._come_to_rest())
        try:
            for _ in range(max(1, round(self.patience_s / _ROUND_S))):
                await asyncio.wait({coming}, timeout=_ROUND_S)
                if coming.done():
                    return coming.result()
        finally:
            coming.cancel()

    async def _come_to_rest(self) -> None:
        while True:
            before = self._app.screen, self._target
            # Twice: the first round ends what keys and bindings do, the second what these posted.
            for node in (*self._upwards(), *self._upwards()):
                await _handled(node)
            await self._decided()
            if before == (self._app.screen, self._target):
                return

    def _upwards(self) -> Iterator[DOMNode]:
        """What has the focus, and all that its messages rise to."""
        node: DOMNode | None = self._target
        while node is not None:
            yield node
            node = node.parent

    async def _decided(self) -> None:
        for worker in [one for one in self._app.workers if one.group in _DECIDING and not one.is_finished]:
            with suppress(WorkerError):
                await asyncio.shield(worker.wait())  # whoever loses patience does not end it


async def _handled(node: DOMNode) -> None:
    """Until ``node`` has handled all that it was sent by now."""
    handled = asyncio.Event()
    if node.call_later(handled.set):
        await handled.wait()
