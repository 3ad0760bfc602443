"""What a person types into the full-screen program."""

import time

import pexpect

GRACE_S = 0.6  # letters do not answer an approval before it has been on screen for half a second


def say(child: pexpect.spawn, text: str) -> None:
    child.send(text)
    child.send("\r")


def answer(child: pexpect.spawn, key: str) -> None:
    """Answer the card that is open with a key."""
    child.send("\t")
    child.expect("a letter answers")
    time.sleep(GRACE_S)
    child.send(key)
