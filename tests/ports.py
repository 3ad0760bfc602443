"""A port for a server that a test starts by number.

Not from the range that the system hands out: there any connection of another test could take it before the
server does.
"""

import random
import socket

# The shared generator is seeded alike in every test process.
_RANDOM = random.SystemRandom()


def free_port() -> int:
    while True:
        port = _RANDOM.randrange(10_000, 30_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
