"""What ``--allow`` says: a grant for one tool, for one tool with certain arguments, or for an effect.

    TOOL                            every call of the tool whose sinks hold no untrusted value
    TOOL:ARG=GLOB[;ARG=GLOB]…       calls whose arguments match; each sink of the call must be named
    effect:write                    every tool with this effect, likewise; never for spend or execute

A glob is that of a shell (``*``, ``?``, ``[abc]``) over the whole value; a wildcard over a host stays among
its names, and one over mail addresses covers one of them. The setting ``deny`` has rules of the same form,
for every effect; where it is not clear whether a value fits, a grant does not cover it and a refusal does.
Knows nothing of origins.
"""

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from posixpath import normpath
from typing import Any

from ..errors import RuleError
from .places import Look, Place

ANYTHING = "*"
_LONGEST_LITERAL = 60
NEVER_STANDING = frozenset({"spend", "execute"})  # nor granted for all tools at once
_EFFECTS = frozenset({"read", "record", "network", "write", "send", "spend", "execute"})
_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_SEPARATORS = re.compile(r"[,;\s<>]+")
_NEXT_PATTERN = re.compile(r";(?=[A-Za-z_]\w*=)")


@dataclass(frozen=True, slots=True)
class Rule:
    """One grant. Either ``effect`` is set or ``tool`` is; ``patterns`` narrow a tool by its arguments."""

    tool: str | None = None
    effect: str | None = None
    patterns: tuple[tuple[str, str], ...] = ()

    def names(self, tool: str, effect: str) -> bool:
        """Whether the rule is about this tool at all."""
        return self.tool == tool if self.tool is not None else self.effect == effect

    def matches(self, args: Mapping[str, Any], awaited: Container[str] = (), look: Look = Place) -> bool:
        """Whether every pattern fits its argument, beyond doubt: for a grant. Of arguments that are
        ``awaited`` nothing is known yet, and only ``*`` fits them.
        """
        return all(
            _fits(args[name], glob, look) if name in args else name in awaited and glob == ANYTHING
            for name, glob in self.patterns
        )

    def touches(self, args: Mapping[str, Any], look: Look = Place) -> bool:
        """Whether every pattern fits its argument or a part of it, under some name: for a refusal."""
        return all(name in args and _may_fit(args[name], glob, look) for name, glob in self.patterns)

    def covers(self, argument: str) -> bool:
        """Whether the rule says something about this very argument."""
        return any(name == argument for name, _ in self.patterns)

    def __str__(self) -> str:
        if self.effect is not None:
            return f"effect:{self.effect}"
        if not self.patterns:
            return str(self.tool)
        return f"{self.tool}:" + ";".join(f"{name}={glob}" for name, glob in self.patterns)


def parse_rule(text: str) -> Rule:
    """Read one grant; raises ``RuleError`` that shows the three forms, or for what no rule may grant."""
    rule = parse_refusal(text)
    if rule.effect in NEVER_STANDING:
        raise RuleError(
            f"The rule {text!r} would allow every tool that can {rule.effect}. Name the tool instead: "
            f"--allow TOOL or --allow TOOL:ARG=GLOB."
        )
    return rule


def parse_refusal(text: str) -> Rule:
    """Read one rule that forbids; raises ``RuleError`` that shows the three forms."""
    head, colon, rest = text.partition(":")
    head = head.strip()
    if head == "effect" and colon:
        return _effect_rule(rest.strip(), text)
    if not _NAME.fullmatch(head):
        raise _malformed(text)
    if not colon:
        return Rule(tool=head)
    patterns = []
    for part in _NEXT_PATTERN.split(rest):
        name, equals, glob = part.partition("=")
        if not equals or not name.isidentifier() or not glob:
            raise _malformed(text)
        patterns.append((name, glob))
    return Rule(tool=head, patterns=tuple(patterns))


def narrowest_rule(
    tool: str, args: Mapping[str, Any], sinks: tuple[str, ...], besides: Iterable[str] = ()
) -> Rule:
    """The rule that allows this call's sinks as they are, and no others. What has to be named ``besides`` is
    named as it is where that is short, otherwise as anything.
    """
    patterns = {name: _literal(args[name]) for name in sinks if args.get(name) is not None}
    for name in besides:
        patterns.setdefault(name, _short(args[name]) if name in args else ANYTHING)
    return Rule(tool=tool, patterns=tuple(patterns.items()))


def _effect_rule(effect: str, text: str) -> Rule:
    if effect not in _EFFECTS:
        raise RuleError(f"The rule {text!r} names no effect. Effects are: {', '.join(sorted(_EFFECTS))}.")
    return Rule(effect=effect)


def _malformed(text: str) -> RuleError:
    return RuleError(f"The rule {text!r} cannot be read. A rule is TOOL, TOOL:ARG=GLOB or effect:NAME.")


def _fits(value: Any, glob: str, look: Look) -> bool:
    if isinstance(value, list | dict):
        return False
    written = str(value)
    if glob == ANYTHING:
        return True
    if _climbs(written) and not _climbs(glob):
        return False  # "out/*" was not meant for "out/../secret"
    if "://" in glob:
        return _fits_address(written, glob)
    if "@" in glob and _SEPARATORS.search(written) and not _SEPARATORS.search(glob):
        return False  # "*@x.org" was meant for one recipient
    return fnmatchcase(written, glob) and not look(written).is_led_out_of(glob)


def _fits_address(written: str, glob: str) -> bool:
    """A wildcard among the names of a host stays among them: "https://*.x.org/*" was not meant for
    "https://evil.org/?.x.org/".
    """
    host, path = _host_and_path(written)
    wanted_host, wanted_path = _host_and_path(glob)
    if not wanted_path and wanted_host.endswith("*") and not wanted_host.endswith((":*", "/*")):
        wanted_host, wanted_path = wanted_host[:-1], ANYTHING
    elif not wanted_path and wanted_host.endswith("/*"):
        wanted_path = ANYTHING
    return fnmatchcase(host, wanted_host) and fnmatchcase(path, wanted_path)


def _host_and_path(url: str) -> tuple[str, str]:
    scheme, separator, rest = url.partition("://")
    end = next((at for at, char in enumerate(rest) if char in "/?#\\"), len(rest))
    return scheme + separator + rest[:end], rest[end:]


def _may_fit(value: Any, glob: str, look: Look) -> bool:
    if isinstance(value, dict):
        return any(_may_fit(part, glob, look) for part in value.values())
    if isinstance(value, list):
        return any(_may_fit(part, glob, look) for part in value)
    written = str(value)
    recipients = _SEPARATORS.split(written) if "@" in glob else ()
    names = (written, normpath(written), *recipients)  # "a/../b" is "b"
    return any(fnmatchcase(name, glob) for name in names) or look(written).may_be(glob)


def _climbs(path: str) -> bool:
    return ".." in re.split(r"[/\\]", path)


def _short(value: Any) -> str:
    literal = _literal(value)
    usable = isinstance(value, str | int | float) and "\n" not in literal
    return literal if usable and 0 < len(literal) <= _LONGEST_LITERAL else ANYTHING


def _literal(value: Any) -> str:
    """A glob that matches exactly this value; ``;`` is written so that it separates nothing."""
    return re.sub(r"[*?\[;]", r"[\g<0>]", str(value))
