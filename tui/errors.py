"""What can go wrong on the terminal side, each with the exit code it ends the command with.

TuiError                1
├── UsageProblem        2   what was typed cannot be done; the message says what can
├── HostUnavailable     3   the host process does not start or does not answer
├── HostStopped         3   the host process ended in the middle of something
└── RequestFailed       *   the host refused one request and named the exit code
"""


class ReaderGone(BaseException):
    """Nobody reads stdout any more. Not an error: the program ends without a word."""


class BeginAnew(BaseException):
    """The program was updated, and what goes on is to go on with the new one, told ``arguments``."""

    def __init__(self, *arguments: str) -> None:
        super().__init__()
        self.arguments = arguments


class TuiError(Exception):
    """Base of the tree; the message is one line for people."""

    exit_code = 1


class UsageProblem(TuiError):
    exit_code = 2


class HostUnavailable(TuiError):
    exit_code = 3


class HostStopped(TuiError):
    exit_code = 3


class RequestFailed(TuiError):
    """The host's own words, its JSON-RPC code, and the exit code that it asked for."""

    def __init__(self, message: str, code: int = 0, exit_code: int = 1) -> None:
        super().__init__(message)
        self.code = code
        self.exit_code = exit_code
