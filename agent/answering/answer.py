"""The final answer: streamed from the model and held to its sources, or worded plainly when that fails.

What did not work is always said in plain words of our own. Knows nothing of how the results came about.
"""

from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing

from ..errors import ModelFailed
from ..events import Answered, Errored, EventBody, StepFinished, TextDelta
from ..model import AgentModel, StepResult, TurnContext
from ..runs.context import RunContext
from .grounding import Grounding, complete_part
from .instead import cannot
from .spoken import spoken_in

NO_ANSWER = "I have no answer to that."
_LONG = 400


async def chat(ctx: RunContext, turn: TurnContext) -> AsyncGenerator[EventBody, None]:
    """A free answer; nothing is looked up and nothing is done."""
    async for body in _stream(ctx, lambda model: model.reply(turn, ctx.stop.event), None):
        yield body
    text = ctx.outcome.partial.strip() or NO_ANSWER
    yield _answered(ctx, text, [fact.id for fact in turn.facts if fact.value.lower() in text.lower()])


async def from_results(ctx: RunContext, turn: TurnContext) -> AsyncGenerator[EventBody, None]:
    """The answer to a plan that was carried out, citing its steps."""
    steps = [step for step in ctx.outcome.steps if step.status != "omitted"]
    done = [
        StepResult(step.id, step.tool, step.args, True, step.output, step.text)
        for step in steps
        if step.status == "done"
    ]
    citations = [result.id for result in done]
    in_own_words = ctx.outcome.plan is not None and ctx.outcome.plan.route == "schedule"
    if in_own_words or len(done) < len(steps) or not done:
        yield so_far(ctx)
        return

    def question(model: AgentModel) -> Iterator[str]:
        return model.answer(turn, done, ctx.stop.event)

    parts = [part for one in done for part in (one.text, one.data, dict(one.args))]
    sources = [turn.request, *parts, *spoken_in(parts, turn.now)]
    plain = "\n".join(result.text for result in done if result.text) or "Done."
    async for body in worded(ctx, question, sources, plain, citations):
        yield body


def so_far(ctx: RunContext) -> Answered:
    """What was done, what was not, and what nobody knows, in plain words of our own."""
    steps = ctx.outcome.steps
    return _answered(ctx, _with_failures(steps), [step.id for step in steps if step.status == "done"])


async def worded(
    ctx: RunContext,
    question: Callable[[AgentModel], Iterator[str]],
    sources: Sequence[object],
    plain: str,
    citations: Sequence[str],
    must_hold: Sequence[str] = (),
) -> AsyncGenerator[EventBody, None]:
    """The model's wording if it stays with ``sources`` and holds one of ``must_hold``, otherwise
    ``plain``.
    """
    grounding = Grounding(sources)
    try:
        async for body in _stream(ctx, question, grounding):
            yield body
    except ModelFailed:
        ctx.outcome.partial = ""
    text = ctx.outcome.partial.strip()
    holds = not must_hold or any(part.lower() in text.lower() for part in must_hold)
    yield _answered(ctx, text if text and holds else plain, citations)


async def no_tool(ctx: RunContext, turn: TurnContext) -> AsyncGenerator[EventBody, None]:
    """Says that nothing here can do what was asked, and what can be done instead."""
    ctx.outcome.worsen("failed")
    yield Errored(code="no_tool", message="no tool serves this request")
    names = [view.name for view in turn.every_tool()]
    yield _answered(ctx, cannot(turn.request, turn.tools, names, bool(turn.text)), [])


def said(ctx: RunContext, text: str, citations: Sequence[str] = ()) -> Answered:
    """An answer in our own words."""
    return _answered(ctx, text, citations)


async def _stream(
    ctx: RunContext, question: Callable[[AgentModel], Iterator[str]], grounding: Grounding | None
) -> AsyncGenerator[TextDelta, None]:
    """Deltas of the model's text, which also gathers in the outcome's ``partial``.

    With ``grounding``, only complete words are shown; at the first unfounded figure the text is dropped and
    the model is stopped.
    """
    outcome = ctx.outcome
    outcome.partial = ""
    written = ""
    async with aclosing(ctx.driver.stream(question, ctx.stop, ctx.meter)) as pieces:
        async for piece in pieces:
            written += piece
            ready = written if grounding is None else complete_part(written)
            if grounding is not None and grounding.unfounded(ready):
                outcome.partial = ""
                return
            if len(ready) > len(outcome.partial):
                delta = ready[len(outcome.partial) :]
                outcome.partial = ready
                yield TextDelta(text=delta)
    if grounding is not None and grounding.unfounded(written):
        outcome.partial = ""
    elif len(written) > len(outcome.partial):
        delta = written[len(outcome.partial) :]
        outcome.partial = written
        yield TextDelta(text=delta)


def _answered(ctx: RunContext, text: str, citations: Sequence[str]) -> Answered:
    ctx.outcome.partial = ""
    return Answered(text=text, citations=tuple(citations))


def _with_failures(steps: Sequence[StepFinished]) -> str:
    """What was done, and what was not and why; a step that was only skipped is named without its reason."""
    if len(steps) == 1 and steps[0].status == "failed" and not steps[0].text[:1].islower():
        return _ended(steps[0].text)  # a sentence that says it all
    lines = [_short(step.text) for step in steps if step.status == "done" and step.text]
    for step in steps:
        if step.status == "unknown":
            lines.append(f"Whether {step.tool} took effect is not known: {_ended(step.text)}")
        elif step.status in ("failed", "denied"):
            lines.append(f"I did not do {step.tool}: {_ended(step.text)}")
    if skipped := [step.tool for step in steps if step.status == "skipped"]:
        lines.append(f"Not tried because of that: {', '.join(skipped)}.")
    if not lines and (omitted := [step.tool for step in steps if step.status == "omitted"]):
        lines.append(f"Nothing had to be done: the condition for {', '.join(omitted)} does not hold.")
    return "\n".join(lines)


def _ended(text: str) -> str:
    """A sentence with one mark at its end, whichever it came with."""
    return text if text.endswith(("?", "!", "…")) else f"{text.rstrip('.')}."


def _short(text: str) -> str:
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"
