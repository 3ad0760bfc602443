"""Asking the user something in the middle of a run.

With somebody there, the question waits for its reply; without, the run ends with the question as its answer.
Knows nothing of why it is asked.
"""

import asyncio
from collections.abc import AsyncGenerator

from ..errors import InputNeeded
from ..events import EventBody, Question
from .context import RunContext


class Asked:
    """Holds the reply once ``ask`` is exhausted."""

    def __init__(self) -> None:
        self.reply = ""


async def ask(
    ctx: RunContext, text: str, asked: Asked, step: str | None = None, argument: str | None = None
) -> AsyncGenerator[EventBody, None]:
    """The ``question`` event; afterwards the reply is in ``asked``. Raises ``InputNeeded`` when nobody is
    there.
    """
    question = ctx.desk.new_id("question")
    if ctx.desk.interactive:
        ctx.desk.expect(question)
    yield Question(question=question, text=text, step=step, argument=argument)
    if not ctx.desk.interactive:
        raise InputNeeded(text)
    asked.reply = (await ctx.desk.wait(question)).strip()
    await asyncio.to_thread(_keep, ctx, text, asked.reply)
    ctx.words = f"{ctx.words}\n{asked.reply}"


def _keep(ctx: RunContext, question: str, reply: str) -> None:
    """Both sides become turns, so that a resumed run knows all that the user typed for it."""
    if ctx.session is not None:
        ctx.store.append_turn(ctx.session, "assistant", question, ctx.run)
        ctx.store.append_turn(ctx.session, "user", reply, ctx.run)
