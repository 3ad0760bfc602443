"""Brings one step to the point where it can run: arguments resolved, validated, and decided on by the policy.

Pure but for the tool's own validation. Knows nothing of cards, users or execution.
"""

import hashlib
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from ..tools import Registry
from ..tools.errors import ToolError
from ..tools.spec import Tool
from .errors import MissingField
from .ledger import Output, canonical
from .plan import Step
from .policy import Call, Decision, Policy, Verdict
from .resolve import Resolved, Sources, resolve


@dataclass(frozen=True, slots=True)
class Prepared:
    """A step with all that is known about its call at this moment."""

    step: Step
    tool: Tool[Any, Any]
    resolved: Resolved
    call: Call
    decision: Decision

    @property
    def asks(self) -> bool:
        return self.decision.verdict is Verdict.ASK

    @property
    def complete(self) -> bool:
        """Whether no argument waits for an earlier step."""
        return not self.resolved.open

    @property
    def sinks_known(self) -> bool:
        return not any(name in self.resolved.open for name in self.call.sinks)

    def fingerprint(self, as_refs: Container[str] = ()) -> str:
        """What an approval binds to: the tool's definition and the arguments exactly as they were shown."""
        shown = self.resolved.shown(self.step, as_refs)
        return fingerprint(self.tool.spec.definition_hash, self.step.id, shown)


def fingerprint(definition: str, step: str, shown: Mapping[str, Any]) -> str:
    """The hash of a call as it is shown; equal only for the same tool, step and arguments."""
    return hashlib.sha256(canonical([definition, step, shown]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Unusable:
    """A step that cannot run, and why; nothing was called."""

    step: Step
    args: Mapping[str, Any]
    reason: str


@dataclass(frozen=True, slots=True)
class Gate:
    """Prepares the steps of one run."""

    registry: Registry
    policy: Policy

    def prepare(self, step: Step, outputs: Mapping[str, Output], sources: Sources) -> Prepared | Unusable:
        """Resolve, validate and decide; never raises for what a plan can hold."""
        try:
            tool = self.registry.get(step.tool)
            spec = tool.spec
            resolved = resolve(step, spec.parameters, outputs, sources)
            if not resolved.open:
                tool.validate(resolved.plain())
        except (MissingField, ToolError) as error:
            return Unusable(step, step.to_wire()["args"], str(error))
        call = Call(spec.name, str(spec.effect), spec.sinks, resolved.values)
        return Prepared(step, tool, resolved, call, self.policy.decide(call, sources.words))
