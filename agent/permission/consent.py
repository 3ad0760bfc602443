"""Which calls of a plan need the user's consent, and what has to run before the user is asked.

A look ahead over everything that is still to come, so that one card can show it all. Knows nothing of how
calls are carried out.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from ...tools import Effect, ToolSpec
from ..errors import ConditionError
from ..execution.board import Board
from ..execution.foreach import step_of
from ..execution.gate import Prepared, Unusable
from ..execution.tool_kinds import is_harmless, is_local_read
from ..plan import Step
from ..policy import Verdict
from ..runs.context import RunContext
from .approval import Approvals

Prepare = Callable[[Step], Prepared | Unusable]


@dataclass(slots=True)
class Consent:
    """For one run; ``missing``: it was refused with nobody there, so nothing is changed any more."""

    ctx: RunContext
    approvals: Approvals
    missing: bool = False
    _asks_nothing: set[str] = field(default_factory=set)
    """Calls that are known in full and do not ask; they are not looked at again for that."""
    _wishes: dict[str, frozenset[str]] = field(default_factory=dict)
    """What the tools themselves ask the user to agree to, by call."""

    def wish(self, call: str, what: str) -> bool:
        """The tool asks for consent to ``what`` before it goes on; False when it was given already."""
        wishes = self._wishes.get(call, frozenset())
        if what in wishes:
            return False
        self.forget(call)
        self._wishes[call] = wishes | {what}
        return True

    def with_wishes(self, prepared: Prepared) -> Prepared:
        """The call with what its tool asks for; a refusal stays one."""
        wishes = self._wishes.get(prepared.step.id)
        if wishes is None or prepared.decision.verdict is Verdict.DENY:
            return prepared
        return prepared.wishing(wishes)

    def comes_first(self, prepared: Prepared, board: Board, prepare: Prepare) -> bool:
        """Whether a card comes first: for this call, or headless for a later one, so that nothing is half
        done.
        """
        if prepared.asks:
            self._asks_nothing.discard(prepared.step.id)  # a permission may have been taken back
            return not self.approvals.has(prepared.step.id)
        if self.ctx.desk.interactive or is_harmless(prepared.tool.spec):
            return False
        return bool(self.asking(board, prepare))

    def asking(self, board: Board, prepare: Prepare) -> list[Prepared]:
        """Calls to come that need an approval they do not have, with what is known of their arguments."""
        found: list[Prepared] = []
        for call in board.to_come():
            if call.id in self._asks_nothing or self.approvals.has(call.id):
                continue
            prepared = prepare(call)
            if isinstance(prepared, Unusable):
                continue
            if prepared.asks and not _is_left_out_for_sure(prepared):
                found.append(prepared)
            elif prepared.complete and call.foreach is None:
                self._asks_nothing.add(call.id)
        return found

    def forget(self, step: str) -> None:
        """The arguments of a step were written anew: whatever was found or said of it is void."""
        self.approvals.forget(step)
        self._asks_nothing.discard(step)

    def reads_first(self, board: Board, prepare: Prepare) -> tuple[list[Step], set[str]]:
        """The trusted reads that asking calls depend on and that can be taken forward, unless a change that
        is still to be made comes before them; and the ids of all steps that asking calls depend on.
        """
        asking = {prepared.step.id for prepared in self.asking(board, prepare)}
        wanted = board.behind(asking)
        forward: list[Step] = []
        for step in board.not_begun():
            spec = self.ctx.registry.get(step.tool).spec if step.tool in self.ctx.registry else None
            if spec is None or (not is_harmless(spec) and not _waits_for_the_user(step, asking, spec)):
                break
            if step.id in wanted and is_local_read(spec) and board.waits_for_turn_only(step):
                forward.append(step)
        return forward, wanted


def _waits_for_the_user(step: Step, asking: set[str], spec: ToolSpec) -> bool:
    """Whether a change waits for the user, and is none of Homewit's own records, which reads may show."""
    return spec.effect is not Effect.RECORD and any(step_of(call) == step.id for call in asking)


def is_left_out(prepared: Prepared) -> bool:
    """Whether the plan's own condition, over trusted values, says that it does not run.

    Raises ``ConditionError``.
    """
    trusted = all(origin.trusted for origin in prepared.call.branch)
    return trusted and prepared.resolved.holds() is False


def _is_left_out_for_sure(prepared: Prepared) -> bool:
    try:
        return is_left_out(prepared)
    except ConditionError:
        return True  # it fails before it asks


def how_to_allow(prepared: Prepared) -> str:
    """Why a call was denied with nobody there, and what would have allowed it."""
    if not prepared.decision.grantable:
        return f"{prepared.decision.reason}, which only you can approve, in a chat"
    return f"it needs your approval; to allow it, add --allow '{prepared.call.narrowest_rule()}'"
