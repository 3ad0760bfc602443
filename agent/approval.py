"""The approval card: what needs the user's consent, exactly as it will run, and what the user's answer is
bound to.

One card holds every step of the plan that asks and whose sinks are known. A reference to a step that has not
run may stand for content, never for a sink. Knows nothing of execution.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..tools import Registry
from .events import ApprovalRequested, ApprovalStep, SinkShown
from .gate import Prepared, fingerprint
from .plan import is_reference


@dataclass(slots=True)
class Approvals:
    """What the user has approved in this run, by step; an approval fits one exact call."""

    _bound: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)

    def grant(self, steps: Iterable[Prepared]) -> None:
        """Bind the consent to each step as it is now; open references stay references."""
        for prepared in steps:
            held = frozenset(prepared.resolved.open)
            self._bound[prepared.step.id] = (prepared.fingerprint(held), held)

    def restore(self, card: ApprovalRequested, registry: Registry) -> None:
        """Take over what was approved before an interruption; a tool that is gone or changed is not
        covered.
        """
        for step in card.steps:
            if step.tool in registry:
                held = frozenset(name for name, value in step.args.items() if is_reference(value))
                definition = registry.get(step.tool).spec.definition_hash
                self._bound[step.id] = (fingerprint(definition, step.id, step.args), held)

    def has(self, step: str) -> bool:
        return step in self._bound

    def fits(self, prepared: Prepared) -> bool:
        """Whether the call is, byte for byte, the one that was shown."""
        if prepared.step.id not in self._bound:
            return False
        shown, held = self._bound[prepared.step.id]
        return prepared.fingerprint(held) == shown


def build_card(id: str, steps: Sequence[Prepared]) -> ApprovalRequested:
    """The card for ``steps``."""
    return ApprovalRequested(
        approval=id,
        steps=tuple(
            ApprovalStep(
                id=prepared.step.id,
                tool=prepared.step.tool,
                effect=prepared.call.effect,
                args=prepared.resolved.shown(prepared.step),
                rule=str(prepared.call.narrowest_rule()),
            )
            for prepared in steps
        ),
        sinks=tuple(
            SinkShown(step=prepared.step.id, argument=name, value=value.data, origin=value.describe())
            for prepared in steps
            for name, value in prepared.call.args.items()
            if name in prepared.call.sinks or not value.trusted
        ),
        reason="; ".join(dict.fromkeys(prepared.decision.reason for prepared in steps)),
    )
