"""Only ``<package>/__init__.py`` is public: its ``__all__`` is sorted, complete and resolves."""

import importlib

import pytest

CONTRACT = {
    "homewit.agent": {"Agent"},
    "homewit.llm": {"Chunk", "Engine", "SamplingParams", "Usage"},
    "homewit.memory": {"Store"},
    "homewit.tools": {"Effect", "Secret", "ToolContext", "ToolSpec", "tool"},
}


@pytest.mark.parametrize("package", sorted(CONTRACT))
def test_public_names_are_listed_in_order_and_exist(package: str):
    """``__all__`` holds the names of the contract, in alphabetical order, and each can be had."""
    module = importlib.import_module(package)
    names = list(module.__all__)
    assert names == sorted(names)
    assert CONTRACT[package] - set(names) == set()
    assert [name for name in names if not hasattr(module, name)] == []
