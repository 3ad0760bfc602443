"""Where secrets are kept between calls: the system's keyring where there is one, else a file of one's own.

Nothing here is imported by tools or models; they get a `Secret` for a name that they declare, for one call.
"""

from .late import LateStore
from .store import NoKeyring, SecretStore, SecretsUnavailable, open_store

__all__ = ["LateStore", "NoKeyring", "SecretStore", "SecretsUnavailable", "open_store"]
