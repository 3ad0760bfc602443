"""Errors of the protocol, with words: editors show an error's message, and seldom what stands beside it."""

from acp import RequestError

_INVALID, _FAILED = -32602, -32603


def invalid(text: str) -> RequestError:
    """What the editor asked cannot be done as it was asked."""
    return RequestError(_INVALID, text)


def failed(text: str) -> RequestError:
    """It could be asked, and did not work."""
    return RequestError(_FAILED, text)
