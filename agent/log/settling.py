"""Accounts for every call that an interrupted run had begun, before the run goes on.

Reads that were cut off run again, and so does what may be repeated under its key. Any other effect is settled
by its tool's own check, else by the user, or stays ``unknown``; it is never repeated silently. Knows nothing
of how the rest of the plan is carried out.
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field

from ...tools import ToolResult
from ..errors import MissingField
from ..events import EventBody, StepFinished, StepStatus, Warned
from ..execution.cut_off import Judged, records_of, settle, undo_records
from ..execution.derivation import output_of
from ..execution.endings import end_of
from ..execution.foreach import expand, list_origins
from ..execution.gate import Gate, Prepared, Unusable
from ..execution.groups import Group
from ..execution.stand_ins import stand_in
from ..execution.tool_kinds import is_harmless
from ..plan import Step
from ..runs.context import RunContext
from ..runs.dialogue import Asked, ask
from ..values import NOBODY
from .ledger import Entry, Output
from .recovery import Recovered

CUT_OFF = "it was interrupted, and whether it took effect is not known"
_YES, _NO = frozenset({"yes", "y"}), frozenset({"no", "n"})


@dataclass(slots=True)
class Settled:
    """What is known of calls that were begun: how each ended that is over, and the outputs of those done.

    Steps that run over a list have their items in it, and themselves once all items are over.
    """

    finished: dict[str, StepFinished] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)


async def settle_all(ctx: RunContext, found: Recovered, settled: Settled) -> AsyncGenerator[EventBody, None]:
    """Events for what was not told before, in the order of the plan."""
    ledger = await ctx.ledger.entries()
    for step in found.plan.steps if found.plan else ():
        if step.foreach is None:
            async for body in _settle(ctx, step, ledger.get(step.id), found, settled):
                yield body
            if step.id in settled.finished:
                ctx.outcome.note(settled.finished[step.id])
        else:
            async for body in _settle_items(ctx, step, ledger, found, settled):
                yield body
    if any(body.status == "unknown" and _turned_out(id, settled) for id, body in found.finished.items()):
        _reconsider(settled)


def _turned_out(id: str, settled: Settled) -> bool:
    return id not in settled.finished or settled.finished[id].status != "unknown"


def _reconsider(settled: Settled) -> None:
    """What was skipped because nobody knew is open again, now that it is known."""
    settled.finished = {id: body for id, body in settled.finished.items() if body.status != "skipped"}


async def _settle_items(
    ctx: RunContext, step: Step, ledger: Mapping[str, Entry], found: Recovered, settled: Settled
) -> AsyncGenerator[EventBody, None]:
    """The items of a step one by one; the step itself is over when it was told so, and all of them are."""
    try:
        items = expand(step, settled.outputs, ctx.settings.max_items) if _is_known(step, settled) else ()
    except MissingField:
        items = ()
    for item in items:
        async for body in _settle(ctx, item, ledger.get(item.id), found, settled):
            yield body
    told = found.finished.get(step.id)
    if told is None or any(item.id not in settled.finished for item in items):
        return
    body, group = told, Group(step, items, list_origins(step, settled.outputs) if items else NOBODY)
    for item in items:
        group.ended[item.id] = (settled.finished[item.id].status, settled.finished[item.id].text)
    status = group.status() if items else told.status
    output = group.output(settled.outputs) if status == "done" else None
    if output is not None:
        settled.outputs[step.id] = output
    if status != told.status:
        yield (body := group.finished(output))
    settled.finished[step.id] = body
    ctx.outcome.note(body)


def _is_known(step: Step, settled: Settled) -> bool:
    return all(ref.step in settled.outputs for ref in step.refs())


async def _settle(
    ctx: RunContext, call: Step, entry: Entry | None, found: Recovered, settled: Settled
) -> AsyncGenerator[EventBody, None]:
    """One call: over, or left to be carried out."""
    told = found.finished.get(call.id)
    body = told
    if entry is not None and entry.state == "done" and entry.output is not None:
        settled.outputs[call.id] = entry.output
        body = told if told and told.status == "done" else _end(entry, "done", entry.output)
    elif entry is not None and entry.state in ("intent", "unknown"):
        prepared = Gate(ctx.registry, ctx.policy).prepare(call, settled.outputs, ctx.sources())
        if isinstance(prepared, Prepared) and _may_be_repeated(prepared, entry):
            await undo_records(prepared, records_of(ctx, prepared, entry.args))
            return
        verdict = _Verdict()
        async for question in _judge(ctx, prepared, entry, verdict):
            yield question
        judged = verdict.judged
        if judged.status == "failed":
            return  # it is known that it did not happen, so it may be tried again
        if judged.output is not None:
            settled.outputs[call.id] = judged.output
        if judged.status == "unknown":
            yield Warned(message=f"{call.tool} ({call.id}): {CUT_OFF}. It was not repeated.")
        body = _end(entry, judged.status, judged.output, CUT_OFF)
    elif entry is not None and told is None:
        if entry.again:
            return
        if call.on_error is not None and call.on_error.retry:
            return  # it was about to be tried again
        prepared = Gate(ctx.registry, ctx.policy).prepare(call, settled.outputs, ctx.sources())
        if isinstance(prepared, Prepared) and prepared.resolved.plain() != dict(entry.args):
            return  # another attempt, with other arguments, is still to be made
        body = _end(entry, "failed", None, "it failed")
    if body is None:
        return
    settled.finished[call.id] = body
    if body.status == "failed" and (instead := stand_in(call)) is not None:
        settled.outputs[call.id] = instead
    if body is not told:
        yield body


def _may_be_repeated(prepared: Prepared, entry: Entry) -> bool:
    """Reads, and what does nothing twice under the same key, which is that of the same arguments."""
    spec = prepared.tool.spec
    return is_harmless(spec) or (spec.idempotent and prepared.resolved.plain() == dict(entry.args))


@dataclass(slots=True)
class _Verdict:
    judged: Judged = field(default_factory=lambda: Judged("unknown", CUT_OFF))


async def _judge(
    ctx: RunContext, prepared: Prepared | Unusable, entry: Entry, verdict: _Verdict
) -> AsyncGenerator[EventBody, None]:
    """Whether an effect took place: by what can be undone or told, else by the user, if somebody is there."""
    if isinstance(prepared, Unusable):
        ctx.ledger.unknown(entry.step, CUT_OFF)
        return
    records = records_of(ctx, prepared, entry.args)
    verdict.judged = await settle(ctx, prepared, entry.args, CUT_OFF, records)
    if verdict.judged.status != "unknown" or not ctx.desk.interactive:
        return
    asked = Asked()
    shown = ", ".join(f"{name}: {value}" for name, value in entry.args.items())
    text = (
        f"I was interrupted while {entry.tool} ran ({shown}). Did it take effect? (yes, no, or do not know)"
    )
    async for body in ask(ctx, text, asked, entry.step):
        yield body
    first = asked.reply.lower().replace(",", " ").replace(".", " ").split()[:1]
    if first and first[0] in _YES:
        output = output_of(prepared, ToolResult(None, "It was done, as you said."))
        ctx.ledger.done(entry.step, output)
        verdict.judged = Judged("done", "the user said so", output)
    elif first and first[0] in _NO:
        why = "the user said that it did not take effect"
        ctx.ledger.failed(entry.step, why, again=True)
        verdict.judged = Judged("failed", why)


def _end(entry: Entry, status: StepStatus, output: Output | None, why: str = "") -> StepFinished:
    return end_of(entry.step, entry.tool, entry.args, status, output, why)
