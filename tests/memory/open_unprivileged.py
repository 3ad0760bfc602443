"""Opens a database without the rights of root and prints the error's type and text.

Usage: open_unprivileged.py FILE. Root may write anywhere, so permissions are tested as somebody else.
"""

import os
import sys
from pathlib import Path

from homewit.memory import Store, StoreError

NOBODY = 65534

Store.open(":memory:").close()  # loads everything while it can still be read
if os.getuid() == 0:
    os.setgid(NOBODY)
    os.setuid(NOBODY)
try:
    Store.open(Path(sys.argv[1])).close()
except StoreError as error:
    print(type(error).__name__, error)
