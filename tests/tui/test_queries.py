"""Every look-up that the interface makes is one that the real host answers; its double might know more."""

import ast
import asyncio
from pathlib import Path
from unittest.mock import MagicMock

import homewit.tui
from homewit.agent.errors import UsageError
from homewit.agent.queries.lookups import Queries

CALLS = {"query", "items", "item", "show_rows", "show_one"}
FOLDER = Path(homewit.tui.__file__).parent


def asked_for() -> set[str]:
    """The names of queries that stand in the source of the interface."""
    names: set[str] = set()
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            texts = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            if called in CALLS and texts:
                names.add(str(texts[0]))
    return names


def answered() -> set[str]:
    """The names that the host lists when it is asked for one that is not there."""
    # Nothing is looked up here, so it does not matter of what.
    queries = Queries(MagicMock(), MagicMock(), MagicMock())
    try:
        asyncio.run(queries.answer("", {}))
    except UsageError as error:
        return set(str(error).partition("Queries are: ")[2].rstrip(".").split(", "))
    raise AssertionError("an unknown query was answered")


def test_the_host_answers_every_look_up_of_the_interface():
    """No command and no key of the interface leads to a query that does not exist."""
    assert len(asked_for()) > 10
    assert asked_for() <= answered()
