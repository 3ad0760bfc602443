"""Whether words are a command line, such as "ls -la; pwd", and not more things that are asked for.

Behind "run" both may stand: "run ls -la and show my tasks" goes on with words, "run ls; show my tasks" with
what no shell knows. A line counts if each of its commands begins with a program that people know, or with a
path to one. Pure.
"""

import re

from .clauses import opens

_PROGRAMS = frozenset(
    "awk apt basename bash brew bun bzip2 cal cargo cat cd chmod chown cmake composer cp curl cut date "
    "deno df diff dig dirname docker dotnet du echo env export expr false file find free gcc gem gh git "
    "go gradle grep gunzip gzip head helm hg hostname htop id ifconfig ip java javac jq kill kubectl less "
    "ln ls lsblk lsof make md5sum mkdir more mount mv mvn mypy nl node npm npx nproc perl ping pip pip3 "
    "pnpm poetry printenv printf ps pwd pyright pytest python python3 realpath rg rm rmdir rsync ruby "
    "ruff rustc scp seq sed sh sha256sum sleep sort sqlite3 ssh stat sudo svn tail tar tee terraform time "
    "top touch tr tree true tsc type uname uniq unzip uptime uv wc wget which whoami xargs yarn yes zip "
    "zsh".split()
)
_QUOTED = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"")
_BETWEEN = re.compile(r"\s*(?:;|\|\|?|&&|\n)\s*")
_SETS = re.compile(r"[A-Za-z_]\w*=\S*\s+")
_PATH = re.compile(r"(?:\.{0,2}|~)/[\w./+-]+")
_WORDS_GO_ON = re.compile(r"(?:,\s|\s)(?:and|then|also|after that|please)\s|[,:]\s|\.\s+[A-Z]", re.IGNORECASE)
_MAKES = re.compile(r"make(?: (?:all|build|check|clean|docs|install|lint|run|setup|tests?))+")
"""What begins as a request does, and names what only the program knows."""
_SIGN = re.compile(r"\s--?[A-Za-z]|[/*$<>~=|]|&&|\w\.\w")
"""What programs are given and requests seldom have."""


def is_command_line(text: str) -> bool:
    """Whether all of ``text`` can be given to a shell as it stands."""
    bare = _QUOTED.sub("Q", text)
    sure = _SIGN.search(bare) is not None and ";" not in bare
    return not _WORDS_GO_ON.search(bare) and all(_is_command(one, sure) for one in _BETWEEN.split(bare))


def _is_command(text: str, sure: bool) -> bool:
    """Whether it is one command; ``sure`` that it is no request, as "find my notes" may be."""
    while assigned := _SETS.match(text):
        text = text[assigned.end() :]
    program = text.split()[0] if text.split() else ""
    if _MAKES.fullmatch(text):
        return True
    if _PATH.fullmatch(program):
        return True
    return program in _PROGRAMS and (sure or not opens(text) or _SIGN.search(text) is not None)
