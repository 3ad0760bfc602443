"""The approval card: what needs the user's consent, exactly as it will run, and what the user's answer is
bound to.

One card holds every step of the plan that asks and whose sinks are known; of a step that runs for each of a
list, every single call. A reference to a step that has not run may stand for content or in a condition, never
for a sink. Knows nothing of execution.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal

from ...tools import Registry
from ..events import CONDITION, WIDER, ApprovalRequested, ApprovalScope, ApprovalStep, SinkShown
from ..execution.gate import Prepared, fingerprint
from ..planning.arguments import Ref, argument_from_wire, is_reference
from ..values import in_words


@dataclass(frozen=True, slots=True)
class Answer:
    """What the user said to a card. ``until`` is the last day of a yes with the scope ``date``."""

    decision: Literal["allow", "deny"]
    scope: ApprovalScope = "once"
    until: date | None = None


@dataclass(slots=True)
class Approvals:
    """What the user has approved in this run, by step; an approval fits one exact call."""

    _bound: dict[str, tuple[str, frozenset[Ref]]] = field(default_factory=dict)
    _previews: dict[str, str] = field(default_factory=dict)

    def grant(self, steps: Iterable[Prepared], previews: Mapping[str, str] = MappingProxyType({})) -> None:
        """Bind the consent to each step as it is now; open references stay references."""
        for prepared in steps:
            self._previews[prepared.step.id] = previews.get(prepared.step.id, "")
            held = prepared.resolved.waits_for()
            self._bound[prepared.step.id] = (prepared.fingerprint(held), held)

    def restore(self, card: ApprovalRequested, registry: Registry) -> None:
        """Take over what was approved before an interruption; a tool that is gone or changed is not
        covered.
        """
        for step in card.steps:
            if step.tool in registry:
                definition = registry.get(step.tool).spec.definition_hash
                shown = fingerprint(definition, step.id, step.args, step.when)
                self._bound[step.id] = (shown, _held(step))
                self._previews[step.id] = step.preview

    def forget(self, step: str) -> None:
        """Take back what was approved of a step whose arguments were written anew."""
        self._bound.pop(step, None)

    def has(self, step: str) -> bool:
        return step in self._bound

    def preview(self, step: str) -> str:
        """What the card said the call would do; "" when it said no more than the arguments."""
        return self._previews.get(step, "") if step in self._bound else ""

    def fits(self, prepared: Prepared) -> bool:
        """Whether the call is, byte for byte, the one that was shown."""
        if prepared.step.id not in self._bound:
            return False
        shown, held = self._bound[prepared.step.id]
        return prepared.fingerprint(held) == shown


def _held(step: ApprovalStep) -> frozenset[Ref]:
    """The references that stood for values; cards of before they were listed have them as whole arguments."""
    if step.open:
        return frozenset(argument_from_wire({"$ref": name}) for name in step.open)
    return frozenset(argument_from_wire(value) for value in step.args.values() if is_reference(value))


def build_card(
    id: str,
    steps: Sequence[Prepared],
    previews: Mapping[str, str] = MappingProxyType({}),
    until: date | None = None,
) -> ApprovalRequested:
    """The card for ``steps``; ``previews`` says by step what it would do. With a date, it offers to allow up
    to then what may be allowed for longer.
    """
    lasting = until is not None and any(map(may_last, steps))
    return ApprovalRequested(
        approval=id,
        steps=tuple(_shown(prepared, previews.get(prepared.step.id, ""), lasting) for prepared in steps),
        sinks=tuple(shown for prepared in steps for shown in _sinks(prepared)),
        reason="; ".join(dict.fromkeys(prepared.decision.reason for prepared in steps)),
        scopes=WIDER if lasting else (),
        until=until if lasting else None,
    )


def may_last(prepared: Prepared) -> bool:
    """Whether the user may allow the call for longer than this once."""
    return prepared.decision.grantable and prepared.decision.lasting


def _shown(prepared: Prepared, preview: str, lasting: bool) -> ApprovalStep:
    return ApprovalStep(
        id=prepared.step.id,
        tool=prepared.step.tool,
        effect=prepared.call.effect,
        args=prepared.resolved.shown(prepared.step),
        rule=str(prepared.call.narrowest_rule()) if prepared.decision.grantable else "",
        preview=preview,
        when=prepared.resolved.shown_when(),
        open=tuple(sorted(map(str, prepared.resolved.waits_for()))),
        lasts=lasting and may_last(prepared),
    )


def _sinks(prepared: Prepared) -> Iterator[SinkShown]:
    """What decides where something goes, what strangers had a hand in or would decide, and what may carry
    private data out on their behalf.
    """
    shown = {*prepared.call.sinks, *prepared.call.carrying()}
    for name, value in prepared.call.args.items():
        if name in shown or not value.trusted:
            yield SinkShown(step=prepared.step.id, argument=name, value=value.data, origin=value.describe())
    if not all(origin.trusted for origin in prepared.call.branch):
        origin = " and ".join(in_words(prepared.call.branch))
        yield SinkShown(
            step=prepared.step.id, argument=CONDITION, value=prepared.resolved.shown_when(), origin=origin
        )
