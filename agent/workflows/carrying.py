"""One run of a workflow: its inputs, its plan carried out by the executor of every plan, and its outputs.

No model is asked, unless a step does. Knows nothing of storage and clients.
"""

from collections.abc import AsyncGenerator
from typing import Any

from ..answering import answer
from ..errors import InputNeeded, MissingField
from ..events import Answered, EventBody, Planned, RouteChosen
from ..execution.executor import Executor
from ..execution.resolve import filled_in
from ..log.ledger import Output
from ..log.recovery import Recovered
from ..log.settling import Settled, settle_all
from ..permission.approval import Approvals
from ..planning.arguments import INPUTS, as_text
from ..planning.planner import fill_questions, planned_steps
from ..runs.context import RunContext
from ..runs.dialogue import Asked, ask
from ..values import USER
from .fallbacks import Fallbacks
from .input_values import InputInvalid, described, parse_value
from .model import Input, Workflow
from .problems import WorkflowInvalid
from .reading import read_workflow
from .starting import Start, as_output, ended, inputs_from_wire, inputs_to_wire

MOST_ATTEMPTS = 3


async def serve_workflow(ctx: RunContext, start: Start) -> AsyncGenerator[EventBody, None]:
    """Events of a run from its route to its answer."""
    flow = parsed(start)
    yield RouteChosen(route="plan", decided_by="rule")
    values: dict[str, Any] = {}
    origins = {name: start.origins(name) for name in flow.inputs}
    for name, given in flow.inputs.items():
        if name in start.given:
            values[name] = start.given[name]
        elif not given.needed:
            values[name] = given.default
        else:
            reply = _Reply()
            async for body in _ask_for(ctx, flow, name, given, reply):
                yield body
            values[name], origins[name] = reply.value, reply.origins
    inputs = as_output(values, origins)
    plan = start.plan(flow)
    ctx.outcome.plan = plan
    await _look_back(ctx, start)
    yield Planned(steps=planned_steps(plan), inputs=inputs_to_wire(inputs))
    ctx.meter.check_steps(len(plan.steps))
    async for body in fill_questions(ctx, plan):
        yield body
    executor = Executor(
        ctx, ctx.outcome.plan, {INPUTS: inputs}, finished={INPUTS: ended()}, mender=Fallbacks(ctx)
    )
    async for body in _carry_out(ctx, flow, executor):
        yield body


async def continue_workflow(
    ctx: RunContext, start: Start, found: Recovered
) -> AsyncGenerator[EventBody, None]:
    """What is left of a run that was interrupted behind its plan; the file may be another by now."""
    flow = parsed(start)
    ctx.outcome.plan = found.plan
    settled = Settled({INPUTS: ended()}, {INPUTS: inputs_from_wire(found.inputs)})
    async for body in settle_all(ctx, found, settled):
        yield body
    if found.answered or found.plan is None:
        return
    async for body in fill_questions(ctx, found.plan):
        yield body
    approvals = Approvals()
    for card in found.approved():
        approvals.restore(card, ctx.registry)
    plan = ctx.outcome.plan or found.plan
    await _look_back(ctx, start)
    executor = Executor(ctx, plan, settled.outputs, approvals, settled.finished, Fallbacks(ctx))
    executor.consent.missing = found.headless_denied
    ctx.meter.count_steps(found.planned)
    async for body in _carry_out(ctx, flow, executor):
        yield body


async def _look_back(ctx: RunContext, start: Start) -> None:
    """What a program was told by earlier calls may be in this one; a file knows nothing of the session."""
    if start.caller:
        await ctx.look_back()


def parsed(start: Start) -> Workflow:
    """The workflow as it was when the run began."""
    read = read_workflow(start.text, start.name)
    if read.workflow is None:
        raise WorkflowInvalid(start.name, read.problems)
    return read.workflow


async def _carry_out(ctx: RunContext, flow: Workflow, executor: Executor) -> AsyncGenerator[EventBody, None]:
    async for body in executor.run():
        yield body
    done = [step for step in ctx.outcome.steps if step.status == "done"]
    outputs = _outputs(flow, {**executor.outputs}) if flow.outputs else {}
    if ctx.outcome.status == "done" and outputs:
        text = "\n".join(f"{name}: {as_text(value)}" for name, value in outputs.items())
    elif ctx.outcome.status == "done" and len(done) == len(ctx.outcome.steps):
        text = "\n".join(step.text for step in done if step.text) or "Done."
    else:
        text = ""
    told = text or answer.so_far(ctx).text
    yield Answered(text=told, citations=tuple(step.id for step in done), outputs=outputs)


def _outputs(flow: Workflow, known: dict[str, Output]) -> dict[str, Any]:
    """The outputs as far as there is something to say; what was left out is null."""
    found: dict[str, Any] = {}
    for name, output in flow.outputs.items():
        try:
            found[name] = filled_in(output, known)
        except MissingField:
            found[name] = None
    return found


class _Reply:
    """Holds the value that an input was given, and where it comes from, once ``_ask_for`` is exhausted."""

    value: Any = None
    origins = USER


async def _ask_for(
    ctx: RunContext, flow: Workflow, name: str, given: Input, reply: _Reply
) -> AsyncGenerator[EventBody, None]:
    """Ask for an input until the reply fits; raises ``InputNeeded`` with nobody there."""
    said = given.description.rstrip(".: ") or name.replace("_", " ").capitalize()
    question = text = f"{said}? ({described(given)})"
    for _ in range(MOST_ATTEMPTS):
        asked = Asked()
        try:
            async for body in ask(ctx, question, asked, argument=name):
                yield body
        except InputNeeded as needed:
            raise InputNeeded(f"{flow.name} needs its input {name}: --input {name}=…") from needed
        try:
            reply.value = parse_value(name, given, asked.reply)
            return
        except InputInvalid as error:
            question = f"{error} {text}"
    raise InputNeeded(question)
