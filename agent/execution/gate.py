"""Brings one step to the point where it can run: arguments resolved, validated, and decided on by the policy.

Pure but for the tool's own validation. Knows nothing of cards, users or execution.
"""

import hashlib
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from ...tools import Effect, Registry, ToolSpec
from ...tools.errors import ToolError, UnknownTool
from ...tools.spec import AnyTool
from ..errors import ConditionError, MissingField
from ..log.ledger import Output, canonical
from ..permission.places import Look, Place
from ..plan import Step
from ..planning.arguments import Ref, refs_in
from ..policy import Call, Decision, Exposure, Grant, Policy, Verdict
from ..values import NOBODY, Origins, ToolOrigin, join
from .resolve import Resolved, Sources, resolve
from .tool_kinds import OUTWARD


@dataclass(frozen=True, slots=True)
class Prepared:
    """A step with all that is known about its call at this moment."""

    step: Step
    tool: AnyTool
    resolved: Resolved
    call: Call
    decision: Decision
    wishes: frozenset[str] = frozenset()
    """What the tool itself asks the user to agree to, or has asked and the user has agreed to."""

    def wishing(self, wishes: frozenset[str]) -> "Prepared":
        """This call, which for the sake of these now asks whatever the policy says; no rule grants that."""
        reason = " ".join(sorted(wishes))
        return replace(self, wishes=wishes, decision=Decision(Verdict.ASK, reason, grantable=False))

    @property
    def asks(self) -> bool:
        return self.decision.verdict is Verdict.ASK

    @property
    def complete(self) -> bool:
        """Whether neither an argument nor the condition waits for an earlier step."""
        return not self.resolved.waits_for()

    @property
    def sinks_known(self) -> bool:
        return self.step.foreach is None and not any(name in self.resolved.open for name in self.call.sinks)

    def fingerprint(self, as_refs: Container[Ref] = ()) -> str:
        """What an approval binds to: the tool's definition, the arguments and the condition exactly as they
        were shown.
        """
        shown, when = self.resolved.shown(self.step, as_refs), self.resolved.shown_when(as_refs)
        return fingerprint(self.tool.spec.definition_hash, self.step.id, shown, when)


def fingerprint(definition: str, step: str, shown: Mapping[str, Any], when: Any = None) -> str:
    """The hash of a call as it is shown; equal only for the same tool, step, arguments and condition."""
    parts = [definition, step, shown] if when is None else [definition, step, shown, when]
    return hashlib.sha256(canonical(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Unusable:
    """A step that cannot run, and why; nothing was called."""

    step: Step
    args: Mapping[str, Any]
    reason: str
    retry: bool = False
    """Whether other arguments may help."""


def foreseen_origins(
    steps: Iterable[Step], registry: Registry, known: Mapping[str, Output] = MappingProxyType({})
) -> dict[str, Origins]:
    """Where the result of each step will come from, as far as the plan tells before it runs; ``known`` are
    the results that are there.
    """
    found: dict[str, Origins] = {id: output.origins for id, output in known.items()}
    for step in steps:
        trusted = step.tool in registry and not registry.get(step.tool).spec.untrusted_output
        from_others = (found.get(ref.step, NOBODY) for ref in step.refs())
        found[step.id] = join({ToolOrigin(step.tool, step.id, trusted)}, *from_others)
    return found


@dataclass(frozen=True, slots=True)
class Gate:
    """Prepares the steps of one run.

    ``granted`` gives what was allowed on cards for a tool; it is asked for only where a call would be asked
    for otherwise. ``exposure`` tells what the conversation has let in so far, ``look`` what else a path is
    called.
    """

    registry: Registry
    policy: Policy
    granted: Callable[[str], Iterable[Grant]] = lambda _: ()
    exposure: Callable[[], Exposure] = Exposure
    look: Look = Place

    def prepare(
        self,
        step: Step,
        outputs: Mapping[str, Output],
        sources: Sources,
        foreseen: Mapping[str, Origins] = MappingProxyType({}),
    ) -> Prepared | Unusable:
        """Resolve, validate and decide; never raises for what a plan can hold."""
        try:
            tool = self.registry.get(step.tool)
            spec = tool.spec
            resolved = resolve(step, spec.parameters, outputs, sources)
        except (MissingField, UnknownTool) as error:
            return Unusable(step, step.wire_args(), str(error))
        try:
            if not resolved.open and step.foreach is None and not _is_known_not_to_run(resolved):
                tool.validate(resolved.plain())
        except ToolError as error:
            return Unusable(step, resolved.plain(), str(error), retry=True)
        awaited = (foreseen.get(ref.step, NOBODY) for ref in resolved.when_open)
        known = NOBODY if resolved.branch is None else resolved.branch.origins
        repeats = join(step.listed, *(foreseen.get(ref.step, NOBODY) for ref in refs_in(step.foreach)))
        branch = join(known, *awaited)
        effect = str(spec.effect)
        call = Call(
            spec.name,
            effect,
            spec.sinks,
            resolved.values,
            branch,
            repeats,
            frozenset(resolved.open),
            self._exposed(spec),
            spec.definition_hash,
            self.look,
        )
        return Prepared(step, tool, resolved, call, self._decide(call, sources.words))

    def _exposed(self, spec: ToolSpec) -> Exposure:
        """What matters to a call that can let something out. Receipts of the same tool do not."""
        if spec.effect not in OUTWARD:
            return Exposure()
        receipts = spec.effect in (Effect.SEND, Effect.SPEND)
        return self.exposure().without(spec.name) if receipts else self.exposure()

    def _decide(self, call: Call, words: str) -> Decision:
        decision = self.policy.decide(call, words)
        if decision.verdict is Verdict.ASK and decision.grantable:
            return self.policy.decide(call, words, self.granted(call.tool))
        return decision


def _is_known_not_to_run(resolved: Resolved) -> bool:
    """Whether its condition is known to be false: arguments that it keeps from being used need not fit."""
    try:
        return resolved.holds() is False
    except ConditionError:
        return False  # told when the step is admitted
