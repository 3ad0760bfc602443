"""Remembering, recalling and forgetting, in the user's own words.

A fact is stored with the words it was read from, and the store checks that the user wrote them. Nothing is
guessed: what is not known is said to be not known, and nothing is forgotten unless it is clear what is meant.
Knows nothing of plans.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

from ...memory import Evidence, EvidenceMissing, Fact, InvalidRecord, Turn
from ...tools.when.moments import on_day, on_the_clock_of
from ..events import Errored, EventBody, MemoryWritten, Recalled, RecalledItem
from ..model import FactDraft, TurnContext
from ..permission.spans import content_words
from ..planning.planner import fact_origin, fact_view, recalled_facts
from ..runs.context import RunContext
from ..runs.dialogue import Asked, ask
from .answer import said, worded
from .fact_patterns import read_fact

NOT_KNOWN = "I don't know that yet."
_FORGET_WORDS = re.compile(
    r"^\W*(?:(?:please|can you|could you)\s+)*(?:forget|delete|erase|remove)\s+"
    r"(?:(?:everything|all|what) (?:that )?(?:you|i) (?:know|told you|said)?\s*)?(?:about\s+|that\s+)?",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?\n]+")


async def remember(ctx: RunContext, turn: TurnContext) -> AsyncGenerator[EventBody, None]:
    """Store the fact of the request, superseding the one it contradicts."""
    draft = await ctx.driver.ask(lambda model: model.fact(turn, ctx.stop.event), ctx.stop, ctx.meter)
    quote = find_quote(draft, turn.request) if draft else None
    if quote is None and (draft := read_fact(turn.request)):
        quote = draft.quote
    if draft is None or quote is None:
        async for body in _nothing_stored(ctx, "I found no fact in this that I could keep."):
            yield body
        return
    try:
        fact, known, superseded = await asyncio.to_thread(_store, ctx, draft, quote)
    except (EvidenceMissing, InvalidRecord) as error:
        async for body in _nothing_stored(ctx, str(error)):
            yield body
        return
    if known:
        yield said(ctx, f"I knew that already: “{fact.evidence_quote}”.", [fact.id])
        return
    action = "superseded" if superseded else "added"
    yield MemoryWritten(action=action, id=fact.id, text=fact.evidence_quote)
    before = f" Before, you had told me: “{superseded[0].evidence_quote}”." if superseded else ""
    yield said(ctx, f"I will remember: “{fact.evidence_quote}”.{before}", [fact.id])


async def recall(ctx: RunContext, turn: TurnContext) -> AsyncGenerator[EventBody, None]:
    """Answer from facts, else from what the user said before, else say that it is not known."""
    facts = await asyncio.to_thread(ctx.store.search_facts, turn.request)
    topic = ""
    if not facts:
        topic = await ctx.driver.ask(lambda model: model.topic(turn, ctx.stop.event), ctx.stop, ctx.meter)
        facts = await asyncio.to_thread(ctx.store.search_facts, topic) if topic.strip() else []
    if recalled := recalled_facts(facts):
        yield recalled
        async for body in _from_facts(ctx, turn, facts):
            yield body
        return
    turns = await asyncio.to_thread(_earlier_words, ctx, topic.strip() or turn.request)
    if not turns:
        yield said(ctx, f"{NOT_KNOWN} Tell me, and I will remember it.")
        return
    yield Recalled(
        items=tuple(RecalledItem(id=one.id, kind="turn", text=one.text, origin="user") for one in turns)
    )
    yield said(
        ctx,
        "\n".join(f"{_when(one, turn)} you said: “{one.text}”" for one in turns),
        [one.id for one in turns],
    )


async def not_yours(ctx: RunContext) -> AsyncGenerator[EventBody, None]:
    """Refuse what came through a pipe alone."""
    why = "This came through a pipe, and only words that you write yourself change what I remember."
    async for body in _nothing_stored(ctx, why):
        yield body


async def forget(ctx: RunContext, turn: TurnContext) -> AsyncGenerator[EventBody, None]:
    """Erase the one fact that is meant; ask when several could be, and say so when there is none."""
    topic = await ctx.driver.ask(lambda model: model.topic(turn, ctx.stop.event), ctx.stop, ctx.meter)
    meant = await asyncio.to_thread(_meant, ctx, [topic, _FORGET_WORDS.sub("", turn.request), turn.request])
    if not meant:
        yield said(ctx, "I know nothing about that, so there is nothing to forget.")
        return
    if len(meant) > 1:
        asked = Asked()
        async for body in ask(ctx, which_one(meant), asked):
            yield body
        meant = chosen(meant, asked.reply)
    if not meant:
        yield said(ctx, "I have forgotten nothing.")
        return
    for fact in meant:
        await asyncio.to_thread(_forget, ctx, fact)
        # What was forgotten must not come back through our own words: no value, no quote.
        yield MemoryWritten(action="forgotten", id=fact.id, text=f"{fact.subject}: {fact.key}")
    things = "it" if len(meant) == 1 else f"{len(meant)} things"
    yield said(ctx, f"I have forgotten {things} for good.", [])


def _forget(ctx: RunContext, fact: Fact) -> None:
    """Erase a fact from memory, and what the model computed from its words."""
    ctx.driver.forget(ctx.store.forget(fact.id))


def find_quote(draft: FactDraft, request: str) -> str | None:
    """The words of the request that support the draft: its quote as typed, else the sentence that holds its
    value.

    None when the value is not in the request: then the model made it up.
    """
    for wanted in (draft.quote.strip(), draft.value.strip()):
        at = request.lower().find(wanted.lower()) if wanted else -1
        if at < 0:
            continue
        if wanted == draft.quote.strip():
            return request[at : at + len(wanted)]
        whole = next(found for found in _SENTENCE.finditer(request) if found.end() > at)
        return whole.group().strip() if whole.start() <= at else request[at : at + len(wanted)]
    return None


def which_one(facts: Sequence[Fact]) -> str:
    lines = [f"{number}. {fact.evidence_quote}" for number, fact in enumerate(facts, 1)]
    return "\n".join(["Which of these shall I forget? Give a number, “all” or “none”.", *lines])


def chosen(facts: Sequence[Fact], reply: str) -> list[Fact]:
    """The facts that a reply to ``which_one`` means; none when it is not clear."""
    words = reply.lower().strip(" .!")
    if words in ("all", "all of them", "both", "everything"):
        return list(facts)
    numbers = {int(number) for number in re.findall(r"\d+", words)}
    if numbers:
        return [fact for position, fact in enumerate(facts, 1) if position in numbers]
    named = [fact for fact in facts if words and words in f"{fact.evidence_quote} {fact.key}".lower()]
    return named if len(named) == 1 else []


async def _from_facts(
    ctx: RunContext, turn: TurnContext, facts: Sequence[Fact]
) -> AsyncGenerator[EventBody, None]:
    ctx.facts = tuple((fact_view(fact), fact_origin(fact)) for fact in facts)
    with_facts = replace(turn, facts=[view for view, _ in ctx.facts])
    best = facts[0]
    sources = [turn.request, *(part for fact in facts for part in (fact.value, fact.evidence_quote))]
    async for body in worded(
        ctx,
        lambda model: model.answer(with_facts, (), ctx.stop.event),
        sources,
        plain=f"You told me: “{best.evidence_quote}”.",
        citations=[fact.id for fact in facts],
        must_hold=[fact.value for fact in facts],
    ):
        yield body


async def _nothing_stored(ctx: RunContext, why: str) -> AsyncGenerator[EventBody, None]:
    ctx.outcome.worsen("failed")
    yield Errored(code="no_fact", message=why)
    yield said(ctx, f"{why} Say it in one sentence, such as: my sister's birthday is May 3.")


def _store(ctx: RunContext, draft: FactDraft, quote: str) -> tuple[Fact, bool, list[Fact]]:
    """The stored fact, whether it was known before, and what it superseded."""
    before = {fact.id: fact for fact in ctx.store.list_facts()}
    spoken = next(turn for turn in ctx.store.turns(ctx.session or "") if turn.id == ctx.user_turn)
    evidence = Evidence.find(spoken, quote)
    fact = ctx.store.add_fact(draft.subject, draft.key, draft.value, evidence, explicit=True)
    still = {one.id for one in ctx.store.list_facts()}
    return fact, fact.id in before, [old for id, old in before.items() if id not in still]


def _meant(ctx: RunContext, phrases: Sequence[str]) -> list[Fact]:
    """What the first phrase that names anything names, in the order of learning."""
    for phrase in phrases:
        if phrase.strip() and (found := {fact.id for fact in ctx.store.facts_named(phrase)}):
            return [fact for fact in ctx.store.list_facts() if fact.id in found]
    return []


def _earlier_words(ctx: RunContext, topic: str) -> list[Turn]:
    """What the user said in other runs with all words of ``topic``; asking about it is not saying it."""
    wanted = content_words(topic)
    said = (
        turn
        for turn in ctx.store.search_turns(topic, limit=50)
        if turn.role == "user" and not turn.piped
        if turn.run != ctx.run and wanted and wanted <= content_words(turn.text)
    )
    return [turn for turn in said if not _was_lookup(ctx, turn)][:3]


def _when(said: Turn, turn: TurnContext) -> str:
    day = on_the_clock_of(turn.now, said.created).date()
    words = on_day(day, turn.now.date())
    return words[:1].upper() + words[1:]


def _was_lookup(ctx: RunContext, turn: Turn) -> bool:
    """Whether the turn only asked for something that is remembered, or to forget it."""
    if turn.text.rstrip().endswith("?"):
        return True
    log = ctx.store.events(turn.run) if turn.run else []
    return any(one.type == "route" and one.body.get("route") in ("recall", "forget") for one in log)
