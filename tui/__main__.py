"""``python -m homewit.tui`` is the ``homewit`` command."""

from .cli import main

if __name__ == "__main__":
    main()
