"""The host process: holds engine, tools and database, so that a user interface never shares a process with
them.

``python -m homewit.agent.host`` serves one client over stdio and ends with it; with ``--resident`` it serves
all clients of its home on a Unix socket, and says ``ready`` on stdout once they can come. Whatever else is
printed goes to stderr. Knows nothing of screens, and loads what is heavy once clients can reach it.
"""

import asyncio
import gc
import logging
import os
import resource
import signal
import sys
import time
from collections.abc import Coroutine

RESIDENT = "--resident"
READY = b"ready\n"
_TAKING_OVER_S = 15.0
_GARBAGE_AFTER = (20_000, 20, 20)
"""A start makes a million objects that stay, and a twelfth of it would go into looking through them."""


async def serve_one(incoming: int, outgoing: int) -> None:
    """Serve the client at the other end of two pipes until it leaves or a signal comes, then end in order.

    What still goes on ends with it, unless the client asked for it to rest.
    """
    from .home import find_home
    from .hosting.conversation import Conversation
    from .hosting.service import Service
    from .hosting.shared import Shared

    ending, shared = asyncio.Event(), Shared(find_home())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    conversation = Conversation(incoming, outgoing, lambda notify: Service(notify, shared))
    await conversation.run(ending)
    await conversation.close(park=conversation.parks is True)
    await asyncio.to_thread(shared.close)


def serve_all(outgoing: int) -> int:
    """Be the resident host, or find that there is one; it can be reached once ``ready`` is said."""
    from .hosting import address, peers, presence

    home = address.home_folder()
    giving_up = time.monotonic() + _TAKING_OVER_S
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    while (mine := presence.claim(home)) is None:
        there = address.published(home)
        if there is not None and peers.is_answered(there.socket):
            os.write(outgoing, READY)
            return 0
        if time.monotonic() > giving_up:
            sys.stderr.write(f"another process holds {address.lock_file(home)} and does not answer\n")
            return 1
        time.sleep(0.02)  # the other one is about to come, or about to go
    os.write(outgoing, READY)
    os.close(outgoing)

    async def serve() -> None:
        from .config import Settings, load_settings
        from .errors import ConfigError
        from .home import find_home
        from .hosting.resident import Resident
        from .hosting.shared import Shared

        found = find_home()
        try:
            settings = load_settings(found, found.path)
        except ConfigError:  # each client is told
            settings = Settings()
        await Resident(mine, Shared(found), settings.host_idle_s).run()

    try:
        _run(serve())
    finally:
        mine.release()
    return 0


def claim_stdout() -> int:
    """The real stdout as a descriptor of our own; from now on whatever else is printed goes to stderr."""
    protocol = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return protocol


def _run(work: Coroutine[None, None, None]) -> None:
    from ..llm import torch_start

    torch_start.leave_out()
    asyncio.new_event_loop().run_until_complete(work)


def main() -> None:
    outgoing = claim_stdout()
    gc.set_threshold(*_GARBAGE_AFTER)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold secrets that were lent
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    code = 0
    if RESIDENT in sys.argv[1:]:
        try:
            code = serve_all(outgoing)
        except OSError as error:  # no folder or socket to be had; clients do without, and say what is wrong
            logging.error("cannot be the resident host: %s", error)
            code = 1
    else:
        _run(serve_one(0, outgoing))
    sys.stderr.flush()
    # Not sys.exit: a thread may still be loading or running a model, and nothing of it is worth waiting for.
    os._exit(code)


if __name__ == "__main__":
    main()
