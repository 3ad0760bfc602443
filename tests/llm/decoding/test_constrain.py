"""Generation under a grammar: the output always fits, forced tokens change nothing but the cost."""

import json
from typing import Any

import pytest
import torch

from homewit.llm import ConstraintError, Engine, SamplingParams, Usage
from homewit.llm.decoding.constrain import THREADED_VOCAB, GrammarCompiler
from homewit.llm.tokenizer import Tokenizer

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "action": {"enum": ["remember", "calculate", "write_file"]},
        "count": {"type": "integer", "minimum": -99, "maximum": 99},
        "text": {"type": "string", "maxLength": 8},
        "flags": {"type": "array", "items": {"type": "boolean"}, "maxItems": 3},
        "inner": {
            "type": "object",
            "properties": {
                "value": {"type": ["number", "null"], "multipleOf": 1, "minimum": 0, "maximum": 9}
            },
            "required": ["value"],
            "additionalProperties": False,
        },
    },
    "required": ["action", "count", "text", "flags", "inner"],
    "additionalProperties": False,
}
PROMPT = [20, 30, 40]


def run(engine: Engine, params: SamplingParams) -> tuple[str, list[int], Usage]:
    chunks = list(engine.generate(PROMPT, params))
    usage = chunks[-1].usage
    assert usage is not None
    return "".join(c.text for c in chunks), [t for c in chunks for t in c.tokens], usage


@pytest.mark.parametrize("seed", range(25))
def test_output_satisfies_the_schema(engine: Engine, seed: int) -> None:
    """A random model at high temperature writes valid JSON, keys in the schema's order."""
    params = SamplingParams(max_tokens=400, temperature=1.5, seed=seed, schema=SCHEMA)

    chunks = list(engine.generate(PROMPT, params))
    value = json.loads("".join(chunk.text for chunk in chunks))

    assert chunks[-1].finish_reason == "stop"
    assert list(value) == list(SCHEMA["properties"])
    assert value["action"] in SCHEMA["properties"]["action"]["enum"]
    assert -99 <= value["count"] <= 99
    assert len(value["text"]) <= 8
    assert all(type(flag) is bool for flag in value["flags"])


def test_a_fully_forced_output_needs_no_model(engine: Engine) -> None:
    """Where the grammar leaves no choice at all, every token is forced and nothing is computed."""
    text, tokens, usage = run(engine, SamplingParams(grammar='start: "remember the milk"'))

    assert text == "remember the milk"
    assert (usage.forced, usage.forwards, usage.rows) == (len(tokens), 0, 0)


def test_lark_grammars_may_use_control_tokens(engine: Engine) -> None:
    """`<[id]>` is one control token, which typed text can never be."""
    start, end = engine.tokenizer.token_id("<|im_start|>"), engine.tokenizer.token_id("<|im_end|>")
    grammar = f'start: <[{start}]> WORD <[{end}]>\nWORD: "fox" | "dog"'

    chunks = list(engine.generate(PROMPT, SamplingParams(grammar=grammar)))
    tokens = [token for chunk in chunks for token in chunk.tokens]

    assert (tokens[0], tokens[-1]) == (start, end)
    assert engine.tokenizer.decode(tokens) in ("fox", "dog")
    assert chunks[-1].finish_reason == "stop"


@pytest.mark.parametrize("seed", range(5))
def test_lark_grammars_may_copy_from_a_text(engine: Engine, seed: int) -> None:
    """Only runs of words of the given text can be written."""
    source = "buy two bottles of milk"
    grammar = f'start: "[" COPY "]"\nCOPY: %regex {json.dumps({"substring_words": source})}'

    chunks = list(engine.generate(PROMPT, SamplingParams(grammar=grammar, temperature=1.0, seed=seed)))

    assert "".join(chunk.text for chunk in chunks)[1:-1] in source


def test_max_tokens_cuts_forced_text_too(engine: Engine) -> None:
    params = SamplingParams(max_tokens=4, schema=SCHEMA)

    chunks = list(engine.generate(PROMPT, params))

    assert chunks[-1].finish_reason == "length"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.generated == 4


def test_the_mask_covers_padding_of_the_vocabulary(engine: Engine) -> None:
    """Ids that the model has and the tokenizer lacks are never allowed."""
    constraint = engine.grammars.from_lark("start: /[ -~]*/")
    allowed = constraint.allowed().mask(torch.zeros(engine.spec.vocab)).isfinite()

    assert bool(allowed[:400].any())
    assert not bool(allowed[400:].any())


def test_a_grammar_that_may_end_needs_an_end_token(byte_level: str) -> None:
    """Without an end token the output goes on until the grammar allows nothing more."""
    grammars = GrammarCompiler(byte_level, 512, ())
    tokenizer = Tokenizer(byte_level, 512)
    constraint = grammars.from_lark('start: "a"+')
    allowed = constraint.allowed().rows().tolist()

    assert allowed
    assert all(set(tokenizer.decode([token])) == {"a"} for token in allowed)


@pytest.mark.parametrize("vocab", [512, THREADED_VOCAB])
def test_masks_ahead_are_those_found_on_the_way(byte_level: str, tokenizer: Tokenizer, vocab: int) -> None:
    """Looking behind guessed tokens, here or in a thread, gives what accepting them would, and no more."""
    grammars = GrammarCompiler(byte_level, vocab, tokenizer.eos_ids)
    constraint = grammars.from_lark('start: "fox" | "food" | /f[a-d]+/')
    guesses = tokenizer.encode("f") + tokenizer.encode("a")

    ahead = constraint.ahead(guesses)()
    walked = [constraint.allowed()]
    for token in guesses:
        constraint.accept(token)
        walked.append(constraint.allowed())

    assert [mask.rows().tolist() for mask in ahead] == [mask.rows().tolist() for mask in walked]


def test_looking_ahead_ends_where_the_grammar_does(engine: Engine) -> None:
    """Behind a token that is not allowed, and behind one that completes the output, there is no mask."""
    fox, cat = engine.tokenizer.encode("fox"), engine.tokenizer.encode("z")
    grammars = engine.grammars

    assert len(grammars.from_lark('start: "fox" | "foal"', jump=False).ahead([*fox, *cat])()) == len(fox)
    assert len(grammars.from_lark("start: /[a-y]+/").ahead([fox[0], *cat, fox[0]])()) == 2
    assert grammars.from_lark("start: /[a-y]+/").valid([fox[0], *cat, fox[0]]) == 1


@pytest.mark.parametrize("kind", ["byte_level", "sentence_piece"])
def test_forced_tokens_are_those_of_the_tokenizer(kind: str, request: pytest.FixtureRequest) -> None:
    """Wherever the tokens of a text are forced, the jump gives just the tokens that encoding the text gives.

    Also where a forced stretch could merge with free text before or behind it.
    """
    definition = request.getfixturevalue(kind)
    tokenizer = Tokenizer(definition, 512)
    grammars = GrammarCompiler(definition, 512, ())
    for value in ("remember", "calculate", "write_file"):
        for free in ("", "fox", "the lazy dog", "na", '\\"', "May 3", "ame", "é"):
            text = f'{{"action":"{value}","text":"{free}","name":"value","done":true}}'
            schema = {
                "type": "object",
                "properties": {
                    "action": {"enum": ["remember", "calculate", "write_file"]},
                    "text": {"type": "string"},
                    "name": {"const": "value"},
                    "done": {"const": True},
                },
                "required": ["action", "text", "name", "done"],
                "additionalProperties": False,
            }
            constraint = grammars.from_schema(schema)
            wanted = tokenizer.encode(text)
            if tokenizer.token_text(wanted[0]) == "\N{LOWER ONE EIGHTH BLOCK}":
                del wanted[0]  # the space that this kind puts before a whole text
            at = forced = 0
            while at < len(wanted):
                tokens = constraint.forced()
                assert tokens == wanted[at : at + len(tokens)]
                at, forced = at + len(tokens), forced + len(tokens)
                if at < len(wanted):
                    constraint.accept(wanted[at])
                    at += 1
            assert forced > len(wanted) / 4


@pytest.mark.parametrize(
    "wrong",
    [
        {"grammar": 'start: "a" missing'},
        {"grammar": "start: /(/"},
        {"grammar": "start: <[99999]>"},
        {"grammar": ""},
        {"schema": {"type": "wish"}},
        {"schema": {"$ref": "https://example.com/schema"}},
        {"schema": {"type": "string", "pattern": "("}},
        {"schema": {"enum": [object()]}},
    ],
)
def test_a_bad_grammar_is_refused_at_the_call(engine: Engine, wrong: dict[str, Any]) -> None:
    """Before anything is generated, with what is wrong."""
    with pytest.raises(ConstraintError):
        engine.generate(PROMPT, SamplingParams(**wrong))


def test_a_token_against_the_grammar_is_an_error(engine: Engine) -> None:
    constraint = engine.grammars.from_lark('start: "a"')

    with pytest.raises(ConstraintError):
        constraint.accept(engine.tokenizer.encode("b")[0])


def test_an_unusable_tokenizer_is_reported() -> None:
    """Building fails in the background; the error comes where a constraint is asked for."""
    with pytest.raises(ConstraintError, match="tokenizer"):
        GrammarCompiler("{}", 10, [0]).from_lark('start: "a"')
