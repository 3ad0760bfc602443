"""When this process began to import its tools: code that was changed after that is not the code that it has.

So this is the first module that the package imports.
"""

import time

IMPORTED_NS = time.time_ns()
"""Nanoseconds since 1970."""
