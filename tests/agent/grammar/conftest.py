"""Grammars tried out on the vocabulary of the bundled model: walked at random, and asked what they admit."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
from tokenizers import Tokenizer

from homewit.llm.decoding.constrain import GrammarCompiler

TOKENIZER = Path(__file__).parents[3] / "llm" / "bundled" / "tokenizer.json"
LONGEST = 900


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_str(TOKENIZER.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def compiler(tokenizer: Tokenizer) -> GrammarCompiler:
    end = tokenizer.token_to_id("<|end|>")
    return GrammarCompiler(TOKENIZER.read_text(encoding="utf-8"), tokenizer.get_vocab_size(), [end])


@pytest.fixture
def walk(compiler: GrammarCompiler, tokenizer: Tokenizer) -> Callable[..., str | None]:
    """A text that a grammar or a schema admits, token by token at random; None if it did not end in time."""

    def walked(grammar: str | dict[str, Any], chance: random.Random) -> str | None:
        constraint = (
            compiler.from_lark(grammar) if isinstance(grammar, str) else compiler.from_schema(grammar)
        )
        ids: list[int] = []
        while not constraint.finished:
            if len(ids) > LONGEST:
                return None
            if forced := constraint.forced():
                ids += forced
                continue
            allowed = [int(token) for token in numpy.flatnonzero(constraint.allowed().flags)]
            closing = [token for token in allowed if tokenizer.decode([token], False).startswith('"')]
            token = chance.choice(closing if closing and chance.random() < 0.5 else allowed)
            constraint.accept(token)
            ids.append(token)
        return tokenizer.decode(ids)

    return walked


@pytest.fixture
def admits(compiler: GrammarCompiler, tokenizer: Tokenizer) -> Callable[[str, Any], bool]:
    """Whether a value can be written under a grammar."""

    def admitted(grammar: str, value: Any) -> bool:
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        constraint = compiler.from_lark(grammar)
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        if constraint.valid(ids) < len(ids):
            return False
        for token in ids:
            constraint.accept(token)
        return constraint.finished or bool(constraint.allowed().flags[tokenizer.token_to_id("<|end|>")])

    return admitted
