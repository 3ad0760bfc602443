"""The end of a conversation on the terminal: how to go on with it later, or at once with a program that was
updated meanwhile.

A process keeps the program that it read, so the new one is begun in its place: same terminal, same process
id. Knows nothing of who noticed the update.
"""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from . import output
from .conversation import Conversation
from .errors import BeginAnew, HostUnavailable


def take_leave(conversation: Conversation) -> None:
    """After it was closed: name the session that was kept. Raises ``BeginAnew`` when the user wants that."""
    session = conversation.state.session if conversation.state.runs else None
    if conversation.begins_anew:
        raise BeginAnew(*(("--session", session) if session else ()))
    if session:
        output.say(f"To go on: homewit chat --session {session}", "dim")


def begin(arguments: Sequence[str]) -> NoReturn:
    """Become the command that was started, with ``arguments`` after its own."""
    try:
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:], *arguments])  # noqa: S606 - ourselves
    except OSError as error:
        raise HostUnavailable(f"the new version cannot be started: {error.strerror or error}") from error
