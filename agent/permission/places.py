"""What else a value is called: rules are about places, and a place has many names.

A refusal of `private/*` is one of `./private/x`, of the whole path, and of a link that leads there; a grant
of `out/*` is none of a link in `out` that leads elsewhere. Looks at where paths lead; opens nothing.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LONGEST = 4_000
_WILD = re.compile(r"[*?\[]")
_USUAL_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Place:
    """What a text names, seen from a folder; from None, what it says and nothing else."""

    text: str
    cwd: Path | None = None

    def may_be(self, glob: str) -> bool:
        """Whether it is, under some name, what a rule that forbids is about."""
        if self.cwd is None:
            return False
        if "://" in self.text:
            return any(fnmatchcase(name, glob) for name in _same_addresses(self.text))
        forms = (glob, _absolute(glob, self.cwd))
        return any(fnmatchcase(name, form) for name in self._paths() for form in forms)

    def is_led_out_of(self, glob: str) -> bool:
        """Whether links lead out of what a rule that grants is about; what the rule itself names as a folder
        may be a link.
        """
        if self.cwd is None or "://" in self.text or not self._is_path():
            return False
        lexical = _absolute(self.text, self.cwd)
        real = os.path.realpath(lexical)
        if real == lexical:
            return False
        return not fnmatchcase(real, _resolved(_absolute(glob, self.cwd)))

    def _is_path(self) -> bool:
        return 0 < len(self.text) <= _LONGEST and "\n" not in self.text and "\0" not in self.text

    def _paths(self) -> Iterator[str]:
        if self.cwd is None or not self._is_path():
            return
        lexical = _absolute(self.text, self.cwd)
        for path in dict.fromkeys((lexical, os.path.realpath(lexical))):
            yield path
            for base in dict.fromkeys((str(self.cwd), os.path.realpath(self.cwd))):
                if Path(path).is_relative_to(base):
                    yield os.path.relpath(path, base)


Look = Callable[[str], Place]


def looking_from(cwd: Path) -> Look:
    """Looks from the folder that relative paths start from."""
    return lambda text: Place(text.strip(), cwd)


def _absolute(text: str, cwd: Path) -> str:
    try:
        return os.path.normpath(cwd / Path(text).expanduser())
    except RuntimeError:  # there is no such user
        return os.path.normpath(cwd / text)


def _resolved(glob: str) -> str:
    """A glob with the folders that it names led to where they are."""
    wild = _WILD.search(glob)
    if wild is None:
        return os.path.realpath(glob)
    named, slash, rest = glob[: wild.start()].rpartition("/")
    return os.path.realpath(named or "/").rstrip("/") + slash + rest + glob[wild.start() :]


def _same_addresses(url: str) -> Iterator[str]:
    """An address as a browser would write it, with and without what may be left out."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return
    shown = f":{port}" if port is not None and port != _USUAL_PORTS.get(parts.scheme) else ""
    rest = url.split("://", 1)[1].lstrip("/")[len(parts.netloc) :]
    for tail in dict.fromkeys((rest, unquote(rest), rest.rstrip("/"), rest or "/")):
        yield f"{parts.scheme}://{host}{shown}{tail}"
