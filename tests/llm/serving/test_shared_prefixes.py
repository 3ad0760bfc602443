"""Instructions that many requests begin with: found in the template, kept on disk, forgotten on demand."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from homewit.llm import CacheOptions, Engine, RequestError, SamplingParams, Usage, forget_stored_text
from homewit.llm.cache.forgetting import finder
from homewit.llm.prompt_shape import PromptShape, prompt_shape
from homewit.llm.serving.shared_prefixes import SHORTEST

SYSTEM = "the quick brown fox jumps over the lazy dog, remember that my sister's birthday is May 3. " * 6
GREEDY = SamplingParams(max_tokens=6)
# One family for each kind of state: everything, windows, recurrences, and both beside each other.
FAMILIES = ["qwen3", "gemma3_text", "mamba2", "qwen3_next"]


def chat(system: str, *texts: str) -> list[dict[str, str]]:
    roles = ["system", *("user", "assistant") * len(texts)]
    return [{"role": role, "content": text} for role, text in zip(roles, (system, *texts), strict=False)]


def answer(engine: Engine, messages: list[dict[str, str]]) -> tuple[list[int], Usage]:
    chunks = list(engine.chat(messages, None, GREEDY))
    assert chunks[-1].usage is not None
    return [token for chunk in chunks for token in chunk.tokens], chunks[-1].usage


@pytest.fixture(scope="module", params=FAMILIES)
def folder(request: Any, make_checkpoint: Callable[..., tuple[Path, Any]]) -> Path:
    return make_checkpoint(request.param)[0]


@pytest.mark.parametrize("int8", [False, True])
def test_a_second_launch_starts_from_the_instructions(folder: Path, tmp_path: Path, int8: bool) -> None:
    """Another question under the same instructions computes only that, with the tokens of a cold start."""
    options = CacheOptions(folder=tmp_path / "prefix", int8=int8)
    first = Engine.load(folder, cache=options)
    _, cold = answer(first, chat(SYSTEM, "the lazy dog"))
    first.finish_writing()

    second = Engine.load(folder, cache=options)
    tokens, warm = answer(second, chat(SYSTEM, "remember value"))

    assert cold.cached == 0
    shared = second.chat_ids(chat(SYSTEM, ""))
    assert SHORTEST < warm.cached <= len(shared)
    assert warm.prompt - warm.cached < 30
    assert (
        tokens
        == answer(Engine.load(folder, cache=CacheOptions(int8=int8)), chat(SYSTEM, "remember value"))[0]
    )
    assert len(list((tmp_path / "prefix").iterdir())) == 1


def test_a_request_that_was_broken_off_leaves_the_instructions_to_the_next_launch(
    folder: Path, tmp_path: Path
) -> None:
    """Whoever stops an answer after its first words has had the instructions read all the same."""
    options = CacheOptions(folder=tmp_path)
    first = Engine.load(folder, cache=options)
    broken_off = first.chat(chat(SYSTEM, "the lazy dog"), None, GREEDY)
    next(broken_off)
    broken_off.close()
    first.finish_writing()

    second = Engine.load(folder, cache=options)
    _, warm = answer(second, chat(SYSTEM, "remember value"))

    assert warm.cached > SHORTEST


def test_a_request_that_was_stopped_before_it_read_anything_leaves_that_to_the_next(
    folder: Path, tmp_path: Path
) -> None:
    """Nothing is written for it, and the request behind it is not taken for one that was written already."""
    engine = Engine.load(folder, cache=CacheOptions(folder=tmp_path))
    stopped = threading.Event()
    stopped.set()

    list(engine.chat(chat(SYSTEM, "the lazy dog"), None, GREEDY, cancel=stopped))
    engine.finish_writing()
    before = list(tmp_path.iterdir())
    answer(engine, chat(SYSTEM, "remember value"))
    engine.finish_writing()

    assert (before, len(list(tmp_path.iterdir()))) == ([], 1)


def test_the_next_turn_computes_only_what_is_new(folder: Path) -> None:
    """The rest of the first prompt and its answer are held, in chats as well, for every kind of state."""
    engine = Engine.load(folder)
    messages = chat(SYSTEM, "the lazy dog")
    tokens, _ = answer(engine, messages)
    prompt = engine.chat_ids(messages)
    following = [*prompt, *tokens, *engine.tokenizer.encode("remember")]

    usage = list(engine.generate(following, GREEDY))[-1].usage

    assert usage is not None
    assert usage.prompt - usage.cached == len(following) - len(prompt) - len(tokens) + 1


def test_a_rewritten_answer_costs_no_more_than_itself(folder: Path) -> None:
    """Templates may render an answer differently from how it was written: what stands before it is held."""
    engine = Engine.load(folder)
    answer(engine, chat(SYSTEM, "the lazy dog"))
    messages = chat(SYSTEM, "the lazy dog", "done", "remember value")

    _, usage = answer(engine, messages)

    rewritten = len(engine.chat_ids(messages)) - len(engine.chat_ids(chat(SYSTEM, "the lazy dog")))
    assert usage.prompt - usage.cached <= rewritten + 32


def test_several_threads_share_an_engine(folder: Path) -> None:
    """Interactive and background requests at once, each with the tokens that it has alone."""
    questions = ["the lazy dog", "remember", "name value items", "the quick fox", "dog"]
    alone = {text: answer(Engine.load(folder), chat(SYSTEM, text))[0] for text in questions}
    engine = Engine.load(folder)
    found: dict[str, list[int]] = {}

    def run(index: int, text: str) -> None:
        chunks = engine.chat(chat(SYSTEM, text), None, GREEDY, background=index % 2 == 1)
        found[text] = [token for chunk in chunks for token in chunk.tokens]

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(questions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)

    assert found == alone


def test_forgotten_words_leave_memory_and_disk(folder: Path, tmp_path: Path) -> None:
    """Afterwards nothing that contains them is resumed, here or at the next launch; the rest is."""
    options = CacheOptions(folder=tmp_path)
    engine = Engine.load(folder, cache=options)
    other = "name value items done true " * 60
    answer(engine, chat(SYSTEM, "dog"))
    answer(engine, chat(other, "dog"))
    engine.finish_writing()
    assert len(list(tmp_path.iterdir())) == 2

    engine.forget_text(["My Sister's   birthday is May"])

    assert len(list(tmp_path.iterdir())) == 1
    _, again = answer(engine, chat(SYSTEM, "dog"))
    _, kept = answer(engine, chat(other, "dog"))
    # What stands before the forgotten words may be held; they and what follows may not.
    before = engine.chat_ids(chat(SYSTEM[: SYSTEM.index("my sister")], ""))
    assert again.cached < len(before)
    assert kept.cached == kept.prompt - 1


def test_words_that_are_forgotten_while_their_prefix_is_about_to_be_written_are_not(
    qwen3: Path, tmp_path: Path
) -> None:
    """Another thread may forget at any moment; here it does while the text for the file is made."""
    forgetting = Engine.load(qwen3, cache=CacheOptions(folder=tmp_path))
    prefixes, texts = forgetting._prefixes, ["sister's birthday"]
    find = finder(texts, lambda ids: forgetting.tokenizer.decode(ids, skip_specials=False))
    decode = prefixes._decode

    def forget_and_decode(ids: Sequence[int]) -> str:
        prefixes.forget(texts, find)
        return decode(ids)

    prefixes._decode = forget_and_decode
    answer(forgetting, chat(SYSTEM, "dog"))
    forgetting.finish_writing()

    assert list(tmp_path.iterdir()) == []


def test_what_a_running_request_has_of_forgotten_words_is_not_kept(engine: Engine) -> None:
    """It goes on, and leaves nothing."""
    ids = engine.tokenizer.encode(SYSTEM)
    running = engine.generate(ids, SamplingParams(max_tokens=5))
    next(running)

    engine.forget_text(["sister's birthday"])
    rest = list(running)

    usage = list(engine.generate(ids, GREEDY))[-1].usage
    assert rest[-1].finish_reason == "length"
    assert usage is not None
    assert usage.cached < len(engine.tokenizer.encode(SYSTEM[: SYSTEM.index("my sister")])) + 1


def test_a_disk_cache_of_nothing_writes_nothing(folder: Path, tmp_path: Path) -> None:
    engine = Engine.load(folder, cache=CacheOptions(folder=tmp_path / "prefix", disk_mb=0))
    answer(engine, chat(SYSTEM, "dog"))
    engine.finish_writing()

    assert not (tmp_path / "prefix").exists()
    assert forget_stored_text(tmp_path / "prefix", ["dog"]) == 0


def test_a_context_that_the_cache_cannot_hold_is_refused(qwen3: Path) -> None:
    """With both sizes, where both were given; otherwise the smaller one rules and is told."""
    tight = CacheOptions(memory_mb=16)
    large = Engine.load(qwen3, cache=tight)
    assert large.info.context == large.spec.context

    with pytest.raises(RequestError, match="at least 16"):
        CacheOptions(memory_mb=1)
    with pytest.raises(RequestError, match="impossible"):
        CacheOptions(disk_mb=-1)


def render(system: str) -> Callable[[str], list[int]]:
    """A template with token 1 before and 2 behind each message."""
    return lambda text: [1, *system.encode(), 2, 1, *text.encode(), 2, 1]


def test_the_shape_of_a_prompt() -> None:
    """What stands before the user's words, up to the last control token, and the one behind them."""
    assert prompt_shape(render("be kind"), {1, 2}) == PromptShape((1, *b"be kind", 2, 1), 2)
    assert prompt_shape(render("be kind"), ()) == PromptShape((1, *b"be kind", 2, 1), None)
    assert prompt_shape(lambda text: list(text.encode()), {1}) == PromptShape((), None)


@pytest.mark.parametrize("text", ["May 3", "may  3", "MAY 3."])
def test_words_are_found_where_they_begin(engine: Engine, text: str) -> None:
    """However they are split into tokens; None where they do not occur."""
    tokenizer = engine.tokenizer
    ids = tokenizer.encode("remember that my sister's birthday is May 3. done, the quick fox")
    find = finder([text, "absent words"], tokenizer.decode)

    at = find(ids)

    assert at is not None
    assert "May 3" in tokenizer.decode(ids[at:])
    assert "May 3" not in tokenizer.decode(ids[at + 1 :])
    assert find(tokenizer.encode("the quick fox")) is None
    assert finder(["", " "], tokenizer.decode)(ids) is None


def test_states_agree_after_a_restart(folder: Path, tmp_path: Path) -> None:
    """Not only the tokens: logits behind a prefix from disk are those behind one that was computed."""
    options = CacheOptions(folder=tmp_path)
    engine = Engine.load(folder, cache=options)
    answer(engine, chat(SYSTEM, "dog"))
    engine.finish_writing()
    ids = engine.chat_ids(chat(SYSTEM, "remember value"))
    choices = [[token] for token in range(20)]

    restarted = Engine.load(folder, cache=options)
    restarted.chat_ids(chat(SYSTEM, "x"))

    torch.testing.assert_close(
        torch.tensor(restarted.score(ids, choices)),
        torch.tensor(Engine.load(folder).score(ids, choices)),
        rtol=1e-3,
        atol=1e-3,
    )
