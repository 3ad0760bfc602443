"""Lines in and out of descriptors, whose threads may come late."""

import os
import socket

from homewit.agent.hosting.rpc import Outbox, lines


async def test_a_late_thread_takes_nothing_that_is_meant_for_others():
    """The descriptor was closed and its number given out again: who reads and writes has kept its own."""
    (ours, far), (theirs, other) = socket.socketpair(), socket.socketpair()
    with far, theirs, other:
        outbox, number = Outbox(ours.fileno()), ours.detach()
        reading = lines(number)
        far.sendall(b"one\n")
        assert await anext(reading) == b"one"
        os.dup2(theirs.fileno(), number)
        other.sendall(b"for somebody else\n")
        far.sendall(b"two\nthree\n")
        assert [await anext(reading), await anext(reading)] == [b"two", b"three"]
        outbox.result(1, {})
        await outbox.close(60)
        assert far.recv(100) == b'{"jsonrpc":"2.0","id":1,"result":{}}\n'
        os.close(number)
        assert theirs.recv(100) == b"for somebody else\n"
        far.close()
        assert [line async for line in reading] == []
