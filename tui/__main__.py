"""The ``homewit`` command, also as ``python -m homewit.tui``.

Ctrl-C while the program is still being read ends it at once, without a traceback; from then on the command
line answers it.
"""

import signal
from typing import NoReturn

_ANSWERED = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # not so below nohup
if _ANSWERED:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from . import cli  # noqa: E402


def main() -> NoReturn:
    """Run the command line."""
    if _ANSWERED:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    cli.main()


if __name__ == "__main__":
    main()
