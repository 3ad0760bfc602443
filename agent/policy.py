"""May this call run? A pure function of the call, the user's own words and the grants: allow, ask or deny.

It stands outside the model and is asked again right before each call. What no rule and no default allows is
asked for, never allowed; and no rule allows what strangers wrote to decide whether something happens. Knows
nothing of how a question is put to anybody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from .rules import NEVER_STANDING, Rule, narrowest_rule, parse_refusal, parse_rule
from .spans import derived, is_address, typed
from .values import NOBODY, Origins, Value, in_words


class Verdict(StrEnum):
    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Decision:
    """``grantable``: whether a rule could have allowed it."""

    verdict: Verdict
    reason: str
    grantable: bool = True


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call as the policy sees it; arguments that are not known yet are missing from ``args``.

    ``branch``: what decides whether it runs at all, beyond the plan.
    """

    tool: str
    effect: str
    sinks: tuple[str, ...]
    args: Mapping[str, Value] = field(default_factory=dict)
    branch: Origins = NOBODY

    def plain(self) -> dict[str, object]:
        return {name: value.data for name, value in self.args.items()}

    def untrusted_sinks(self) -> tuple[str, ...]:
        return tuple(name for name in self.sinks if name in self.args and not self.args[name].trusted)

    def narrowest_rule(self) -> Rule:
        return narrowest_rule(self.tool, self.plain(), self.sinks)


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

    def decide(self, call: Call, words: str) -> Decision:
        """The decision on ``call``; ``words`` is what the user typed for this request."""
        if any(rule.names(call.tool, call.effect) and rule.touches(call.plain()) for rule in self.deny):
            return Decision(Verdict.DENY, f"{call.tool} is denied by a rule")
        if not all(origin.trusted for origin in call.branch):
            decides = " and ".join(in_words(call.branch))
            reason = f"whether {call.tool} runs would be decided by what comes from {decides}"
            return Decision(Verdict.ASK, reason, grantable=False)
        standing = () if call.effect in NEVER_STANDING else self.allow
        if rule := _granting((*self.once, *standing), call):
            return Decision(Verdict.ALLOW, f"allowed by the rule {rule}")
        if untrusted := call.untrusted_sinks():
            name = untrusted[0]
            origin = call.args[name].describe()
            return Decision(Verdict.ASK, f"{call.tool} would use a {name} that comes from {origin}")
        return _by_effect(call, words)


def _by_effect(call: Call, words: str) -> Decision:
    match call.effect:
        case "read" | "record":
            return Decision(Verdict.ALLOW, f"{call.effect} runs by default")
        case "network":
            return _network(call, words)
        case "write":
            return Decision(Verdict.ASK, f"{call.tool} changes files")
        case "send" | "spend" | "execute":
            return Decision(Verdict.ASK, f"{call.tool} can {call.effect}, which is asked for every time")
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
    way. An untrusted value in a sink needs such a pattern in any case: a rule for the tool or the effect was
    not made for it.
    """
    filled = tuple(name for name in call.sinks if name in call.args and call.args[name].data is not None)
    for rule in rules:
        if not (rule.names(call.tool, call.effect) and rule.matches(call.plain())):
            continue
        must_name = filled if rule.patterns else call.untrusted_sinks()
        if all(rule.covers(name) for name in must_name):
            return rule
    return None
