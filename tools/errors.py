"""Everything that can go wrong with a tool, as types that the caller can act on.

    ToolError
    ├── InvalidTool           the author's mistake, found when the tool is registered
    │   └── DuplicateTool     two tools want the same name
    ├── UnknownTool           no tool has this name
    ├── InvalidArguments      the call does not fit the schema; nothing was run
    ├── ToolRetry             the values cannot be used; `hint` says how to write them
    ├── InputNeeded           only the user can say what is missing; nothing was done
    ├── ApprovalNeeded        only the user can agree to what the tool found; nothing was done
    ├── ToolFailed            the tool ran and could not do it; trying the same again is no use
    │   ├── MissingSetting     a setting is missing; the message names it
    │   └── LoginNeeded        a service wants the user to log in; the message says how
    ├── ToolTimeout           the tool did not end in its time
    ├── ToolDied              its process ended before it answered; what it did until then is not known
    └── ToolDenied            refused by a safety rule, whoever asks
        ├── PathDenied        outside the granted folders, or a protected file
        ├── NetworkBlocked    an address that tools may not reach
        └── SandboxUnavailable  no sandbox starts here, so no command runs
            └── SandboxUncertain  whether one starts could not be found out now, so nothing runs without

Messages are sentences for the person at the screen: what happened, to what, what to do next.
"""


class ToolError(Exception):
    """Base of all errors raised by this package."""


class InvalidTool(ToolError):
    """A function cannot become a tool as it is written."""


class DuplicateTool(InvalidTool):
    """The name is taken by a tool that was registered before."""


class UnknownTool(ToolError, LookupError):
    """No registered tool has the name."""


class InvalidArguments(ToolError):
    """The arguments do not fit the tool's schema."""


class ToolRetry(ToolError):
    """The call may work when it is written differently; `hint` says how."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip())
        self.hint = hint


class InputNeeded(ToolError):
    """The user has to answer `question`; the answer takes the place of `argument`, and the tool is called
    again.
    """

    def __init__(self, question: str, argument: str) -> None:
        super().__init__(question)
        self.question = question
        self.argument = argument


class ApprovalNeeded(ToolError):
    """The user has to agree to `what`; then the tool is called again, with `what` in ``ctx.approved``."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} This needs your approval, which you can give in a chat.")
        self.what = what


class ToolFailed(ToolError):
    """The tool could not do what was asked."""


class MissingSetting(ToolFailed):
    """The tool needs a setting that nobody has given yet."""


class LoginNeeded(ToolFailed):
    """The service `account` wants the user to log in, or to log in anew so that more is allowed."""

    def __init__(self, why: str, account: str) -> None:
        super().__init__(f"{why} Do so with: homewit secrets login {account}")
        self.account = account


class ToolTimeout(ToolError):
    """The tool did not end within its time limit."""


class ToolDied(ToolError):
    """The process of the tool ended, or was ended, before there was an answer."""


class ToolDenied(ToolError):
    """A safety rule forbids the call."""


class PathDenied(ToolDenied):
    """The path is outside the granted folders or protected."""


class NetworkBlocked(ToolDenied):
    """The address is not one that tools may reach."""


class SandboxUnavailable(ToolDenied):
    """Commands run only in a sandbox, and none starts on this machine."""


class SandboxUncertain(SandboxUnavailable):
    """Whether a sandbox starts on this machine could not be found out this time; the next may tell."""
