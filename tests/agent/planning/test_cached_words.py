"""What a model computed from somebody's words goes when they are forgotten, and stays useful otherwise."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import torch

from homewit.agent import prompt
from homewit.agent.model import ToolView, TurnContext
from homewit.agent.queries.lookups import Queries
from homewit.llm.cache.prefix_files import PrefixFiles

DRAFT = {"subject": "sister", "key": "birthday", "value": "May 3", "quote": "my sister's birthday is May 3"}
TOLD = "remember that my sister's birthday is May 3"


def store_prefixes(folder: Path) -> None:
    """As an engine leaves them: one with the words of the fact, one without."""
    files = PrefixFiles(folder, bytes(16), 1 << 20)
    for token, text in enumerate(("You know: My sister's birthday\nis May 3.", "You are kind.")):
        assert files.save([token], text, {"kv.0": torch.zeros(1)})


def texts(folder: Path) -> list[bool]:
    """Of each file that is left, whether it holds the words."""
    return [b"sister" in path.read_bytes() for path in folder.iterdir()]


async def test_forgetting_by_command_reaches_the_cache_on_disk(opened):
    """Of every model, whether one is loaded or not."""
    async with opened("remember", DRAFT) as agent:
        await agent.run(TOLD)
        store_prefixes(agent.place.home.prefixes)

        queries = Queries(agent.place, agent.runner, agent.firing)
        answer = await queries.answer("memory.forget", {"query": "sister's birthday"})

        assert len(answer["items"]) == 1
        assert texts(agent.place.home.prefixes) == [False]


async def test_forgetting_in_a_conversation_reaches_the_loaded_engine_too(opened):
    """It is told the words, and the disk is searched as well."""
    async with opened("remember", DRAFT, "forget", {"topic": "sister's birthday"}) as agent:
        await agent.run(TOLD)
        store_prefixes(agent.place.home.prefixes)
        engine = agent.place.driver.loaded.engine

        await agent.run("forget my sister's birthday")

        assert engine.forgotten == ["my sister's birthday is May 3", "May 3"]
        assert texts(agent.place.home.prefixes) == [False]


def test_a_minute_later_only_the_end_of_a_prompt_is_new():
    """The time stands behind everything that stays the same, so that it is read again and nothing else."""
    turn = TurnContext(
        "what is due?", datetime(2026, 3, 2, 9, 30, tzinfo=UTC), [ToolView("list_tasks", "", {}, {})]
    )
    later = replace(turn, now=turn.now + timedelta(minutes=1))

    for messages in (
        prompt.route_messages,
        prompt.plan_messages,
        prompt.fact_messages,
        prompt.reply_messages,
    ):
        first, second = messages(turn), messages(later)
        assert first[:-1] == second[:-1]
        assert first[-1]["content"].startswith("what is due?")
        assert "Monday, 2026-03-02 09:30" in first[-1]["content"]
        assert first[-1] != second[-1]
