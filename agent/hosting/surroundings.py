"""What a process inherits from where it was started, and whether another one may work in its place.

Settings (``HOMEWIT_*``) and the working folder travel with each client. What the program itself reads from
its environment has to be the same in client and host. Anything else only plugins could read: where there are
some, all has to be the same but for what describes a terminal, a login or a single command.
"""

import os
import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from ..config import Settings
from ..home import Home
from ..requests import Hello
from .program import Watched

PROGRAM = Watched()

_OF_CLIENTS = frozenset({"HOMEWIT_HOME", *(f"HOMEWIT_{name.upper()}" for name in Settings.model_fields)})
_OF_THE_PROGRAM = re.compile(
    "HOMEWIT_.*|HOME|TZ|LANG|LANGUAGE|LC_(ALL|CTYPE|TIME|NUMERIC|MONETARY|MESSAGES)|TMPDIR|CC|PYTHONPATH|PYTHONHOME|"
    "PYTHONHASHSEED|PYTHONWARNINGS|LD_.*|DYLD_.*|(OMP|MKL|OPENBLAS|GOMP|KMP|TORCH|PYTORCH|TRITON|CUDA|NVIDIA|HF|"
    "TOKENIZERS|RAYON)_.*"
)
_OF_A_TERMINAL = re.compile(
    "_|__.*|PWD|OLDPWD|SHLVL|SHELL|COLUMNS|LINES|TERM.*|.*COLOR.*|WINDOW.*|TMUX.*|STY|SSH_.*|GPG_TTY|DISPLAY|"
    "WAYLAND_DISPLAY|XAUTHORITY|XDG_(SESSION|SEAT|VTNR|ACTIVATION|CURRENT|MENU|DATA_DIRS|CONFIG_DIRS|GREETER).*|"
    "DBUS_.*|(SESSION|DESKTOP|GNOME|KDE|GTK|GDM|QT|GIO|IM|MATE|XFCE|SYSTEMD|WATCHDOG|SUDO)_.*|MANAGERPID|"
    "(VTE|KITTY|ALACRITTY|WEZTERM|ITERM|LC_TERMINAL|KONSOLE|GHOSTTY|VSCODE|ZELLIJ|TILIX|STARSHIP|DIRENV)(_.*)?|"
    "PS\\d|PROMPT.*|HIST.*|BASH.*|ZSH.*|FISH.*|INVOCATION_ID|JOURNAL_STREAM|NOTIFY_SOCKET|EDITOR|VISUAL|PAGER|"
    "LESS.*|MAIL.*|MAKE.*|MFLAGS|PYTEST_.*|PYTHON(STARTUP|IOENCODING|UNBUFFERED|FAULTHANDLER)"
)


def mismatch(hello: Hello, home: Home) -> str:
    """Why this process cannot stand for one that the client would start; empty when it can. Blocks."""
    if hello.program != PROGRAM.fingerprint:
        return "the program has changed since the host was started"
    if names := differences(hello.environment, _has_plugins(home)):
        return f"the environment of the host is another one: {', '.join(names)}"
    if hello.umask != _UMASK:
        return f"the host makes files with another umask: {_UMASK:03o}"
    return ""


def settings_of(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that are settings, which each client brings along."""
    return {name: value for name, value in environment.items() if name in _OF_CLIENTS}


def differences(theirs: Mapping[str, str], plugins: bool, ours: Mapping[str, str] = os.environ) -> list[str]:
    """Names of variables that keep a client from being served here, in alphabetical order.

    ``plugins``: whether there is foreign code that may read any of them.
    """
    changed = {name for name in (*theirs, *ours) if theirs.get(name) != ours.get(name)} - _OF_CLIENTS
    return sorted(
        name
        for name in changed
        if _OF_THE_PROGRAM.fullmatch(name) or (plugins and not _OF_A_TERMINAL.fullmatch(name))
    )


def _has_plugins(home: Home) -> bool:
    return any(home.tools.glob("*")) or bool(_entry_points())


@cache
def _entry_points() -> tuple[EntryPoint, ...]:
    """Plugins that are installed; a change of these makes it another program."""
    return tuple(entry_points(group="homewit.tools"))


def current_umask() -> int:
    """It can only be read by setting it; other threads must not make files meanwhile."""
    current = os.umask(0o077)
    os.umask(current)
    return current


_UMASK = current_umask()
