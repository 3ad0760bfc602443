"""May this call run? A function of the call, the user's own words and the grants: allow, ask or deny.

Pure but for where paths lead, which it asks of the call's `look`, since rules are about places. It stands
outside the model and is asked again right before each call. What no rule and no default allows is asked for,
never allowed; and no rule allows what strangers wrote to decide whether, or how often, something happens.
Knows nothing of how a question is put to anybody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from .execution.tool_kinds import OUTWARD
from .permission.places import Look, Place
from .permission.rules import NEVER_STANDING, Rule, narrowest_rule, parse_refusal, parse_rule
from .permission.spans import derived, is_address, typed
from .values import NOBODY, USER, Origin, Origins, ToolOrigin, Value, in_words

_NAMED = 3


class Verdict(StrEnum):
    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Decision:
    """``grantable``: whether a rule could have allowed it; ``lasting``: whether the user may allow it for
    longer than this once.
    """

    verdict: Verdict
    reason: str
    grantable: bool = True
    lasting: bool = True


@dataclass(frozen=True, slots=True)
class Grant:
    """A rule that the user allowed on a card, tied to the definition that its tool had then."""

    rule: Rule
    definition: str


@dataclass(frozen=True, slots=True)
class Exposure:
    """Where private data came from, and where strangers' words did; empty as long as there are none."""

    private: Origins = NOBODY
    strangers: Origins = NOBODY

    @property
    def is_both(self) -> bool:
        """Whether there is one beside the other. What comes from the files alone is both by itself, and the
        combination of nothing: it can only say what it says.
        """
        kinds = {_kind(origin) for origin in (*self.private, *self.strangers)}
        return bool(self.private) and bool(self.strangers) and len(kinds) > 1

    def without(self, tool: str) -> "Exposure":
        """What is left without the results of one tool, such as its receipts for earlier calls."""
        private, strangers = (
            frozenset(origin for origin in origins if _kind(origin) != tool)
            for origins in (self.private, self.strangers)
        )
        return Exposure(private, strangers)

    def describe(self) -> str:
        """For the sentence behind "while this conversation holds …"."""
        return f"private data ({_few(self.private)}) and text by strangers ({_few(self.strangers)})"


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call as the policy sees it; arguments that are not known yet are missing from ``args``.

    ``branch``: what decides whether it runs at all, beyond the plan; ``repeats``: what decides how often.
    ``awaited``: arguments that are not known yet. ``exposed``: what the conversation has let in.
    """

    tool: str
    effect: str
    sinks: tuple[str, ...]
    args: Mapping[str, Value] = field(default_factory=dict)
    branch: Origins = NOBODY
    repeats: Origins = NOBODY
    awaited: frozenset[str] = frozenset()
    exposed: Exposure = Exposure()
    definition: str = ""
    """Hash of the tool's definition."""
    look: Look = Place
    """Tells what else a value is called, such as where a path leads."""

    def plain(self) -> dict[str, object]:
        return {name: value.data for name, value in self.args.items()}

    def untrusted_sinks(self) -> tuple[str, ...]:
        return tuple(name for name in self.sinks if name in self.args and not self.args[name].trusted)

    def carrying(self) -> tuple[str, ...]:
        """Arguments that may carry private data out on behalf of strangers: all that the user did not type,
        once a conversation holds both and the call reaches outside.
        """
        if self.effect not in OUTWARD or not self.exposed.is_both:
            return ()
        known = (name for name, value in self.args.items() if _says_something(value))
        return (*known, *sorted(self.awaited))

    def narrowest_rule(self) -> Rule:
        """The rule that covers this call and as little else as a rule can say."""
        besides = (
            self.carrying()
            if self.sinks
            else [name for name in self.args if self.args[name].data is not None]
        )
        return narrowest_rule(self.tool, self.plain(), self.sinks, besides)


@dataclass(frozen=True, slots=True)
class Policy:
    """Standing grants and refusals, and the grants of one run; without any, the defaults per effect decide.

    A standing grant does not cover spending and executing: these are allowed run by run.
    """

    allow: tuple[Rule, ...] = ()
    deny: tuple[Rule, ...] = ()
    once: tuple[Rule, ...] = ()

    @classmethod
    def of(cls, allow: Iterable[str] = (), deny: Iterable[str] = ()) -> "Policy":
        """A policy from rules as they are typed after ``--allow``."""
        return cls(tuple(map(parse_rule, allow)), tuple(map(parse_refusal, deny)))

    def with_grants(self, allow: Iterable[str]) -> "Policy":
        """This policy with the grants of one run on top."""
        return replace(self, once=(*self.once, *map(parse_rule, allow)))

    def decide(self, call: Call, words: str, grants: Iterable[Grant] = ()) -> Decision:
        """The decision on ``call``; ``words`` is what the user typed for this request, ``grants`` what was
        allowed on cards and is in force here.
        """
        if any(
            rule.names(call.tool, call.effect) and rule.touches(call.plain(), call.look) for rule in self.deny
        ):
            return Decision(Verdict.DENY, f"{call.tool} is denied by a rule")
        if (decided := _decided_by_strangers(call)) is not None:
            return Decision(Verdict.ASK, decided, grantable=False, lasting=False)
        kept = (grant.rule for grant in grants if grant.definition == call.definition)
        standing = () if call.effect in NEVER_STANDING else (*self.allow, *kept)
        if rule := _granting((*self.once, *standing), call):
            return Decision(Verdict.ALLOW, f"allowed by the rule {rule}")
        decision = _unruled(call, words)
        lasting = call.effect not in NEVER_STANDING and not call.carrying()
        return decision if decision.verdict is Verdict.ALLOW else replace(decision, lasting=lasting)


def _unruled(call: Call, words: str) -> Decision:
    """The decision where no rule covers the call."""
    if untrusted := call.untrusted_sinks():
        name = untrusted[0]
        origin = call.args[name].describe()
        return Decision(Verdict.ASK, f"{call.tool} would use a {name} that comes from {origin}")
    decision = _by_effect(call, words)
    if decision.verdict is Verdict.ASK and (carrying := call.carrying()):
        names = " and ".join(carrying)
        reason = (
            f"{call.tool} would let out a {names} while this conversation holds {call.exposed.describe()}"
        )
        return Decision(Verdict.ASK, reason)
    return decision


def _says_something(value: Value) -> bool:
    """Whether it holds more than the user's own words, or a yes or no."""
    return value.origins != USER and value.data is not None and not isinstance(value.data, bool)


def _decided_by_strangers(call: Call) -> str | None:
    """Why strangers would decide whether a call is made, or how often one that reaches beyond Homewit's own
    records is; None when they would not.
    """
    repeats = NOBODY if call.effect in ("read", "record", "network") else call.repeats
    for word, origins in (("whether", call.branch), ("how often", repeats)):
        if not all(origin.trusted for origin in origins):
            decides = " and ".join(in_words(origins))
            return f"{word} {call.tool} runs would be decided by what comes from {decides}"
    return None


def _by_effect(call: Call, words: str) -> Decision:
    match call.effect:
        case "read" | "record":
            return Decision(Verdict.ALLOW, f"{call.effect} runs by default")
        case "network":
            return _network(call, words)
        case "write":
            return Decision(Verdict.ASK, f"{call.tool} changes files")
        case "send" | "spend" | "execute":
            return Decision(Verdict.ASK, f"{call.tool} is asked for every time")
        case other:
            return Decision(Verdict.ASK, f"{call.tool} has the unknown effect {other!r}")


def _network(call: Call, words: str) -> Decision:
    """An address runs when the user typed it; other text that leaves the machine, when it is made of the
    user's words.
    """
    for name, value in call.args.items():
        if isinstance(value.data, str) and is_address(value.data) and name in call.sinks:
            if not typed(value.data, words):
                return Decision(Verdict.ASK, f"{call.tool} would contact a {name} that you did not type")
        elif isinstance(value.data, str | list | dict) and not derived(value.data, words):
            return Decision(Verdict.ASK, f"{call.tool} would send a {name} that is not made of your words")
    return Decision(Verdict.ALLOW, "what leaves the machine was typed by the user")


def _granting(rules: tuple[Rule, ...], call: Call) -> Rule | None:
    """The rule under which the call runs unasked, if there is one.

    A rule with patterns must name every sink that has a value, so that a second sink is not granted by the
    way. An untrusted value in a sink needs such a pattern in any case, and so does what may carry private
    data out on behalf of strangers: a rule for the tool or the effect was not made for it.
    """
    filled = tuple(name for name in call.sinks if name in call.args and call.args[name].data is not None)
    for rule in rules:
        if not (rule.names(call.tool, call.effect) and rule.matches(call.plain(), call.awaited, call.look)):
            continue
        must_name = filled if rule.patterns else call.untrusted_sinks()
        if all(rule.covers(name) for name in (*must_name, *call.carrying())):
            return rule
    return None


def _kind(origin: Origin) -> str:
    return origin.tool if isinstance(origin, ToolOrigin) else type(origin).__name__


def _few(origins: Origins) -> str:
    words = in_words(origins)
    more = f" and {len(words) - _NAMED} more" if len(words) > _NAMED else ""
    return ", ".join(words[:_NAMED]) + more
