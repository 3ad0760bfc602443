"""Logging in to services with OAuth 2.1: in the browser, or on another device by a code.

What comes of it is a token that is kept as a secret and renewed when it runs out; tools ask for it by name
like for any other secret.
"""

from .account import Account, accounts_from
from .account_tokens import Tokens
from .login import log_in, log_in_as, log_in_by_code

__all__ = ["Account", "Tokens", "accounts_from", "log_in", "log_in_as", "log_in_by_code"]
