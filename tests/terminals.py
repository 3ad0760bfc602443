"""Ends the program that a test left on a terminal, however long the machine takes for it.

``pexpect`` gives a process a tenth of a second to be gone, also after ``kill -9``, and fails then.
"""

import signal

import pexpect


def exit_code(child: pexpect.spawn) -> int | None:
    """How a program ended that has said its last."""
    child.wait()
    child.close()
    return child.exitstatus


def end_program(child: pexpect.spawn) -> None:
    if child.isalive():
        child.kill(signal.SIGKILL)
        child.wait()
    child.close()
