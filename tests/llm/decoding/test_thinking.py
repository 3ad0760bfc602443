"""Thinking aloud: told from the answer, limited to a budget, and free of the grammar."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from homewit.llm import Engine, SamplingParams, Usage
from homewit.llm.decoding.thinking import Phase, Thinking, ThinkingMarkers, ends_as, find_markers
from homewit.llm.detokenizer import Detokenizer
from homewit.llm.tokenizer import Tokenizer

QWEN = "{{- '<think>\\n' + reasoning + '\\n</think>\\n\\n' + content }}"
MARKERS = ThinkingMarkers("<think>", "</think>", "\n", "\n\n")
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n{% if opened %}<think>\n{% elif quiet %}<think>\n\n</think>\n\n{% endif %}"
)
SCHEMA = {
    "type": "object",
    "properties": {"a": {"enum": ["x", "yy"]}, "b": {"type": "boolean"}},
    "required": ["a", "b"],
    "additionalProperties": False,
}
MESSAGES = [{"role": "user", "content": "the quick brown fox <think>"}]


@pytest.fixture(scope="module")
def control(byte_level: str) -> str:
    """tokenizer.json in which both markers are control tokens, as qwen3 has them."""
    parsed = json.loads(byte_level)
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized", "special"), False)
    for content in ("<think>", "</think>"):
        known = max([*parsed["model"]["vocab"].values(), *(token["id"] for token in parsed["added_tokens"])])
        parsed["added_tokens"].append({"id": known + 1, "content": content, **flags})
    return json.dumps(parsed)


@pytest.fixture(params=["control", "plain"])
def marked(request: pytest.FixtureRequest, control: str, byte_level: str) -> Tokenizer:
    """A tokenizer with control tokens for the markers, and one that spells them."""
    return Tokenizer(control if request.param == "control" else byte_level, 512, [1])


@pytest.fixture
def thinker(checkpoint: Path, control: str) -> Engine:
    (checkpoint / "tokenizer.json").write_text(control, encoding="utf-8")
    (checkpoint / "chat_template.jinja").write_text(TEMPLATE, encoding="utf-8")
    return Engine.load(checkpoint)


def follow(tokenizer: Tokenizer, text: str, thinking: Thinking) -> tuple[str, str]:
    """Thoughts and answer of an output, dictated tokens in their place."""
    ids = tokenizer.encode(text, specials=True)
    stream: Detokenizer = tokenizer.stream()
    thoughts = answer = ""
    while ids:
        ids = [*thinking.dictated(), *ids]
        token = ids.pop(0)
        thought, said = thinking.push(token, stream.push(token))
        thoughts, answer = thoughts + thought, answer + said
    for token in thinking.dictated():
        thought, said = thinking.push(token, stream.push(token))
        thoughts, answer = thoughts + thought, answer + said
    thought, said = thinking.finish(stream.finish())
    return thoughts + thought, answer + said


def test_markers_are_found_in_the_template() -> None:
    """With the line ends that the template puts around the end."""
    assert find_markers(QWEN) == find_markers(QWEN + TEMPLATE.replace("\n", "\\n")) == MARKERS
    assert find_markers("[THINK]{{ x }}[/THINK]{{ y }}") == ThinkingMarkers("[THINK]", "[/THINK]")
    assert find_markers("{{ messages }}") is None
    assert find_markers("only <think> and no end") is None


@pytest.mark.parametrize(
    ("parts", "phase"),
    [
        ([("<|im_start|>assistant\n", True)], "undecided"),
        ([("<|im_start|>assistant\n<think>\n", True)], "thinking"),
        ([("assistant\n<think>\n\n</think>\n\n", True)], "answer"),
        ([("user: ", True), ("say <think>", False)], "undecided"),
        ([("user: ", True), ("say <thi", False), ("nk>", True)], "undecided"),
    ],
)
def test_only_the_template_can_open_thoughts(parts: list[tuple[str, bool]], phase: Phase) -> None:
    assert ends_as(parts, MARKERS) == phase


@pytest.mark.parametrize(
    ("text", "phase", "expected"),
    [
        ("<think>\nwell, 3 < 4\n</think>\n\nyes", "undecided", ("\nwell, 3 < 4\n", "yes")),
        ("\n<think>a</think>b", "undecided", ("a", "b")),
        ("well</think>yes</think>", "thinking", ("well", "yes</think>")),
        ("no thoughts <think>", "undecided", ("", "no thoughts <think>")),
        ("<thin", "undecided", ("", "<thin")),
        ("<thing> is", "undecided", ("", "<thing> is")),
        ("never </thin", "thinking", ("never </thin", "")),
        ("<think>x</think>", "answer", ("", "<think>x</think>")),
    ],
)
def test_thoughts_are_told_from_the_answer(
    marked: Tokenizer, text: str, phase: Phase, expected: tuple[str, str]
) -> None:
    """However the markers are tokenized, no part of one is shown, and nothing else is lost."""
    assert follow(marked, text, Thinking(MARKERS, phase, marked)) == expected


@pytest.mark.parametrize("budget", [0, 1, 3])
def test_thoughts_end_after_their_budget(marked: Tokenizer, budget: int) -> None:
    """The end is dictated as the template writes it, and what comes next is the answer."""
    ids = marked.encode("abcdefgh")
    thinking = Thinking(MARKERS, "thinking", marked, budget)

    assert follow(marked, "abcdefgh", thinking) == (
        marked.decode(ids[:budget]) + "\n",
        marked.decode(ids[budget:]),
    )
    assert thinking.phase == "answer"


def test_thoughts_that_end_in_time_are_left_alone(marked: Tokenizer) -> None:
    thinking = Thinking(MARKERS, "thinking", marked, 50)

    assert follow(marked, "fox</think>\n\ndog", thinking) == ("fox", "dog")
    assert thinking.dictated() == []


def test_a_grammar_begins_behind_the_line_ends_of_the_template(marked: Tokenizer) -> None:
    """Where a grammar holds for the answer, they are dictated, and they are not part of it."""
    thinking = Thinking(MARKERS, "thinking", marked, constrained=True)

    assert follow(marked, "fox</think>", thinking) == ("fox", "")
    assert thinking.dictated() == []

    short = Thinking(MARKERS, "thinking", marked, 2, constrained=True)
    assert follow(marked, "abcd", short)[1] == marked.decode(marked.encode("abcd")[2:])


def chat(engine: Engine, params: SamplingParams, **options: bool) -> tuple[str, str, list[int], Usage]:
    chunks = list(engine.chat(MESSAGES, params=params, options=options))
    usage = chunks[-1].usage
    assert usage is not None
    tokens = [token for chunk in chunks for token in chunk.tokens]
    return "".join(c.thinking for c in chunks), "".join(c.text for c in chunks), tokens, usage


def begin(engine: Engine) -> dict[int, float]:
    """A bias that makes the model think."""
    return {engine.tokenizer.token_id("<think>"): 100.0}


def go_on(engine: Engine) -> dict[int, float]:
    """A bias that keeps it from coming to an end by itself."""
    return {engine.tokenizer.token_id("</think>"): -100.0}


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("how", ["by the template", "by the model"])
def test_thoughts_are_free_and_the_answer_is_not(thinker: Engine, how: str, temperature: float) -> None:
    """Opened by the template or by the model: thoughts as long as the budget, then what the schema says."""
    opened = how == "by the template"
    params = SamplingParams(
        max_tokens=100, temperature=temperature, seed=3, schema=SCHEMA, reasoning_budget=7,
        logit_bias=go_on(thinker) if opened else go_on(thinker) | begin(thinker),
    )  # fmt: skip

    thoughts, answer, tokens, usage = chat(thinker, params, opened=opened)

    assert set(json.loads(answer)) == {"a", "b"}
    # The opening marker, the thoughts, and the line end that the template writes before the end.
    assert tokens.index(thinker.tokenizer.token_id("</think>")) == (0 if opened else 1) + 7 + 1
    assert thoughts
    assert usage.forced > 0


def test_an_answer_may_come_without_thoughts(thinker: Engine) -> None:
    """With no budget for them, or where the template has closed them already, the grammar holds at once."""
    none = SamplingParams(max_tokens=60, schema=SCHEMA, reasoning_budget=0, logit_bias=begin(thinker))
    quiet = SamplingParams(max_tokens=60, schema=SCHEMA, logit_bias=begin(thinker))

    for thoughts, answer, tokens, _ in (chat(thinker, none), chat(thinker, quiet, quiet=True)):
        assert thoughts == ""
        assert set(json.loads(answer)) == {"a", "b"}
        assert thinker.tokenizer.token_id("<think>") not in tokens


def test_a_budget_of_none_closes_thoughts_that_are_open_at_once(thinker: Engine) -> None:
    thoughts, answer, tokens, _ = chat(
        thinker, SamplingParams(max_tokens=60, schema=SCHEMA, reasoning_budget=0), opened=True
    )

    assert (thoughts, tokens[1]) == ("\n", thinker.tokenizer.token_id("</think>"))
    assert set(json.loads(answer)) == {"a", "b"}


@pytest.mark.parametrize("opened", [True, False])
def test_counting_every_logit_changes_nothing(thinker: Engine, opened: bool) -> None:
    """With log-probabilities nothing is jumped over or left out, and the tokens are the same."""
    params = SamplingParams(max_tokens=100, schema=SCHEMA, reasoning_budget=5, logit_bias=begin(thinker))

    reported = list(thinker.chat(MESSAGES, params=replace(params, logprobs=0), options={"opened": opened}))
    logprobs = [entry for chunk in reported for entry in chunk.logprobs]

    assert [entry.token for entry in logprobs] == chat(thinker, params, opened=opened)[2]


def test_stop_strings_are_not_looked_for_in_thoughts(thinker: Engine) -> None:
    """They end the answer, not the thoughts."""
    params = SamplingParams(max_tokens=40, reasoning_budget=10, logit_bias=go_on(thinker))
    thoughts, answer, _, _ = chat(thinker, params, opened=True)
    stops = (thoughts[2:4], answer[3:6])

    again, cut, _, _ = chat(thinker, replace(params, stop=stops), opened=True)

    assert again == thoughts
    assert len(cut) < len(answer)
    assert answer.startswith(cut)


def test_a_raw_prompt_is_followed_when_thoughts_are_limited(thinker: Engine) -> None:
    """Without a chat template's prompt, thoughts count only when a budget asks for that."""
    prompt = thinker.tokenizer.encode("the dog <think>", specials=True)
    params = SamplingParams(max_tokens=20, logit_bias=go_on(thinker))

    free = list(thinker.generate(prompt, params))
    limited = list(thinker.generate(prompt, replace(params, reasoning_budget=4)))

    assert not any(chunk.thinking for chunk in free)
    tokens = [token for chunk in limited for token in chunk.tokens]
    assert tokens[:4] == [token for chunk in free for token in chunk.tokens][:4]
    assert tokens[5] == thinker.tokenizer.token_id("</think>")
