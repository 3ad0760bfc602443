"""Opens the full-screen program: the host process first, then the screen, and an orderly end whatever ends
it.

Textual is imported while the host starts. Knows nothing of the screens.
"""

import asyncio
import signal

from . import output
from .errors import HostUnavailable
from .launch import STARTING, Launch, ending_signals
from .sign_of_life import sign_of_life


def chat(launch: Launch, model: str | None, session: str | None) -> int:
    """Run the program; its exit code is 0, or 128 and the signal that ended it."""
    return asyncio.run(_chat(launch, model, session))


async def _chat(launch: Launch, model: str | None, session: str | None) -> int:
    try:
        with sign_of_life(STARTING):
            transport = await launch.host()
            from .anew import take_leave
            from .app import HomewitApp  # while the host starts
            from .conversation import Conversation
    except HostUnavailable as error:
        output.fail(str(error))
        return error.exit_code

    conversation = Conversation(launch.host, model, lambda _: None, transport=transport)
    app = HomewitApp(conversation, session)
    received: list[int] = []

    def end(number: int) -> None:
        received.append(number)
        app.exit()

    loop = asyncio.get_running_loop()
    for number in ending_signals():
        loop.add_signal_handler(number, end, number)
    try:
        await app.run_async()
    finally:
        await conversation.close(cut_off=signal.SIGHUP in received)  # the terminal went, not the user
    if not received:
        take_leave(conversation)
    return 128 + received[0] if received else app.return_code or 0
