"""Where file tools may go: inside the granted folders, and never onto files that run code or guard trust.

A path is resolved with all its links before it is judged, so neither `..` nor a symlink leads out. Writing
is refused for files that shells, git, editors or Homewit itself read as instructions: a text that made the
agent write one of them would otherwise run later, outside every check. Nothing here opens a file.
"""

import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from ..context import ToolContext
from ..errors import PathDenied
from .own_code import is_own_code

# A path is protected when any of its parts has one of these names, written in any case.
PROTECTED_NAMES = frozenset(
    """
    .git .hg .svn
    .bashrc .bash_profile .bash_login .bash_logout .bash_aliases .profile .login .logout
    .zshrc .zshenv .zprofile .zlogin .zlogout .kshrc .cshrc .tcshrc .inputrc .envrc
    .xprofile .xinitrc .xsession .xsessionrc .pam_environment
    .gitconfig .git-credentials .netrc .pgpass .npmrc .pypirc .pythonrc .pythonrc.py .pdbrc .condarc
    .vimrc .exrc .nvimrc .nvim.lua .emacs .emacs.d .vscode .idea .zed .devcontainer .mcp.json
    .cursor .claude .codex .gemini .tmux.conf .screenrc .yarnrc .yarnrc.yml .pnpmfile.cjs .husky
    .rprofile .ghci .irbrc .pryrc .gdbinit .lldbinit .psqlrc .sqliterc .ipython .mise.toml mise.toml
    .ssh .gnupg .aws .azure .kube .docker .password-store
    usercustomize.py sitecustomize.py
    homewit.toml homewit.db homewit.db-wal homewit.db-shm
    """.split()
)
# Pairs of neighbouring parts, for folders whose own name is harmless.
PROTECTED_PAIRS = frozenset(
    {
        (".config", name)
        for name in (
            "autostart autostart-scripts plasma-workspace systemd environment.d user-dirs.dirs fish zsh git "
            "nvim tmux i3 sway hypr kitty wezterm ghostty direnv mise gcloud homewit"
        ).split()
    }
    | {("library", "launchagents"), ("library", "launchdaemons"), ("share", "homewit")}
)
_SECONDS = frozenset(name for _, name in PROTECTED_PAIRS)
# Folders of keys: not even read, and hidden from commands.
PRIVATE_NAMES = frozenset({".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".password-store"})
_HOME_MARK = "homewit.db"
_LONGEST_NAME, _LONGEST_PATH = 255, 4_000  # bytes; what Linux and macOS take, or nearly


def readable_path(path: str, ctx: ToolContext) -> Path:
    """Return the real path of something a tool may read; raises PathDenied."""
    resolved = _resolve(path, ctx)
    if _inside_any(resolved, ctx.protected):
        raise PathDenied(f"{path} belongs to Homewit itself; use its own commands to look into it.")
    if any(_folded(part) in PRIVATE_NAMES for part in resolved.parts):
        raise PathDenied(f"{path} was not opened: it lies in a folder of keys, which tools do not read.")
    return resolved


def writable_path(path: str, ctx: ToolContext) -> Path:
    """Return the real path of something a tool may create or replace; raises PathDenied."""
    resolved = readable_path(path, ctx)
    # Judged twice: as written and as resolved, since a link may hide either name.
    as_written = Path(os.path.normpath(ctx.cwd / Path(path.strip()).expanduser()))
    if is_own_code(resolved, map(os.path.realpath, ctx.roots)):
        raise PathDenied(f"{path} was not written: it is part of the program that Homewit runs as.")
    for candidate in (resolved, as_written):
        if (name := protected_part(candidate)) is not None:
            raise PathDenied(
                f"{path} was not written: {name} is protected, because programs obey what it says."
            )
    if any((parent / _HOME_MARK).exists() for parent in resolved.parents):
        raise PathDenied(
            f"{path} was not written: it lies in a Homewit home folder, which tools may not change."
        )
    return resolved


def shown_path(path: Path, ctx: ToolContext) -> str:
    """Write a path as the user would: relative to the working folder where possible."""
    try:
        return path.relative_to(Path(os.path.realpath(ctx.cwd))).as_posix()
    except ValueError:
        return path.as_posix()


def protected_part(path: Path) -> str | None:
    """The part of a path that makes it protected, or None."""
    folder = ""
    for own in path.parts:
        if is_protected(own, folder):
            return own if is_protected(own) else f"{folder}/{own}"
        folder = own
    return None


def is_protected(name: str, folder: str = "") -> bool:
    """Whether a name in a folder of that name is one that makes a path protected."""
    folded = _folded(name)
    return folded in PROTECTED_NAMES or (folded in _SECONDS and (_folded(folder), folded) in PROTECTED_PAIRS)


def _resolve(path: str, ctx: ToolContext) -> Path:
    if "\0" in path:
        raise PathDenied("A path cannot hold a NUL character.")
    if not ctx.roots:
        raise PathDenied(
            f"No folder is granted, so {path} cannot be used. Start Homewit in the folder you mean."
        )
    try:
        wanted = ctx.cwd / Path(path.strip() or ".").expanduser()
        resolved = Path(os.path.realpath(wanted))
    except (OSError, RuntimeError, ValueError) as error:
        raise PathDenied(f"{path!r} cannot be resolved: {error}") from error
    if len(os.fsencode(resolved)) > _LONGEST_PATH or any(
        len(os.fsencode(part)) > _LONGEST_NAME for part in resolved.parts
    ):
        raise PathDenied(
            f"{path[:40]}… is too long: a name may have {_LONGEST_NAME} bytes, a whole path {_LONGEST_PATH}."
        )
    if not _inside_any(resolved, ctx.roots):
        granted = ", ".join(str(root) for root in ctx.roots)
        leads = "" if str(resolved) == str(wanted) else f" (it leads to {resolved})"
        raise PathDenied(
            f"{path}{leads} is outside the granted folders: {granted}. Give a path inside of these, or add "
            "its folder to `roots` in config.toml."
        )
    return resolved


def _inside_any(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(os.path.realpath(folder)) for folder in folders)


def _folded(name: str) -> str:
    """A name as the laxest file system would read it: no case, no invisible characters, no final dots."""
    if name.isascii():
        return name.casefold().rstrip(". ")
    visible = "".join(char for char in name if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFKC", visible).casefold().rstrip(". ")
