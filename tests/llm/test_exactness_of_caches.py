"""Whatever saves work gives the tokens of the plain way, on every kind of layer and of cache.

Cached or not, forced or masked, guessed or not, from disk or not, before and after eviction, in company or
alone: random prompts, greedy, random weights in float32. What is plain is whole passes without any cache.
Over keys and values in int8 it is one token after the other over a cache that was empty: all that follow see
how a token was rounded, so such tokens are compared with each other, and their distance to full precision is
stated.
"""

import random
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
import torch

from homewit.llm import SamplingParams, Usage
from homewit.llm.cache.paged_state import is_paged
from homewit.llm.cache.prefix_files import PrefixFiles
from homewit.llm.decoding.choice import Choice
from homewit.llm.decoding.constrain import Constraint, GrammarCompiler
from homewit.llm.decoding.draft_model import ModelDrafter
from homewit.llm.decoding.drafts import Drafter, Drafting
from homewit.llm.decoding.guide import Guide
from homewit.llm.decoding.output import Output
from homewit.llm.decoding.stream import TokenStream
from homewit.llm.decoding.suffixes import DraftHistory, SuffixDrafter
from homewit.llm.kernels import library
from homewit.llm.network.decoder import Decoder
from homewit.llm.serving.native import NativeDecoding
from homewit.llm.serving.runner import Runner
from homewit.llm.tokenizer import Tokenizer

from .tiny import CONTEXT, KINDS, await_questions, expected, tiny_cache, tiny_decoder

VOCAB = 512  # that of the tokenizer, for the grammars
END = 1
GRAMMAR = 'start: "remember(" /[a-f]{1,3}/ ", [" ("true" | "false") ", 1, 2, 3], \\"name\\")"'
COUNT = 18
GREEDY = SamplingParams(max_tokens=COUNT)
NOISE = 0.05  # between a model and the one that guesses for it


@dataclass(frozen=True)
class Case:
    """A kind of layers, how keys and values are held, and who computes."""

    kind: str
    int8: bool = False
    kernels: bool = False

    @property
    def decoder(self) -> Decoder:
        return decoder_of(self.kind)

    def runner(self, pages: int = 400, files: PrefixFiles | None = None) -> Runner:
        step = NativeDecoding(self.decoder) if self.kernels else None
        return Runner(self.decoder, CONTEXT, tiny_cache(self.decoder, pages, self.int8, files), step)

    def __str__(self) -> str:
        return f"{self.kind}{', int8' * self.int8}{', kernels' * self.kernels}"


PAGED = [kind for kind, mixers in KINDS.items() if any(is_paged(mixer, CONTEXT) for mixer in mixers)]
CASES = [
    *[Case(kind) for kind in KINDS],
    *[Case(kind, int8=True) for kind in PAGED],
    *[Case(kind, int8, kernels=True) for kind in ("full", "window") for int8 in (False, True)],
]
cases = pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=pytest.mark.skipif(not library.available(), reason="no native kernels here"))
        if case.kernels
        else case
        for case in CASES
    ],
    ids=str,
)


@pytest.fixture(scope="module")
def endless(byte_level: str) -> Tokenizer:
    """A tokenizer without an end token, so that every text is as long as it may be."""
    return Tokenizer(byte_level, VOCAB)


@cache
def decoder_of(kind: str) -> Decoder:
    return tiny_decoder(kind, VOCAB)


@cache
def similar(kind: str) -> Decoder:
    """A decoder that often agrees with the one of that kind."""
    decoder = deepcopy(decoder_of(kind))
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in decoder.parameters():
            parameter.mul_(1 + NOISE * torch.randn(parameter.shape, generator=generator))
    return decoder


def prompt(seed: int, length: int) -> list[int]:
    """Random tokens with repetitions, as prompts with results of tools have them."""
    chance = random.Random(seed)
    words = [[chance.randrange(10, 380) for _ in range(chance.randint(2, 6))] for _ in range(5)]
    return [token for _ in range(length) for token in chance.choice(words)][:length]


def write(
    runner: Runner,
    ids: Sequence[int],
    endless: Tokenizer,
    params: SamplingParams = GREEDY,
    drafters: Sequence[Drafter] = (),
    constraint: Constraint | None = None,
    boundaries: Collection[int] = (),
) -> tuple[list[int], Usage]:
    """Tokens behind `ids`, and what they cost."""
    stream = TokenStream(
        runner,
        ids,
        choice_of(params, ids),
        Output(endless, params),
        Guide(constraint),
        Drafting(drafters, most=6, replays=not runner.rewindable) if drafters else None,
        boundaries=boundaries,
    )
    *chunks, last = stream.chunks()
    assert last.usage is not None
    return [token for chunk in chunks for token in chunk.tokens], last.usage


def choice_of(params: SamplingParams, ids: Sequence[int]) -> Choice:
    return Choice(params, params.seed or 0, len(ids), lambda token: False)


def plain(case: Case, ids: Sequence[int], endless: Tokenizer) -> list[int]:
    """The tokens that everything is compared with; PyTorch computes them."""
    key = (case.kind, case.int8, tuple(ids))
    if key not in known:
        fresh = replace(case, kernels=False).runner()
        known[key] = write(fresh, ids, endless)[0] if case.int8 else expected(case.decoder, ids, COUNT)
    return known[key]


known: dict[tuple[str, bool, tuple[int, ...]], list[int]] = {}


@cases
def test_cached_or_not(case: Case, endless: Tokenizer) -> None:
    """A prompt, one that parts from it, the next turn, and the first again, over one cache."""
    for seed in range(2):
        runner, first = case.runner(), prompt(seed, 50)
        answer, nothing = write(runner, first, endless, boundaries={30})
        following = {
            30: [*first[:37], *prompt(seed + 10, 12)],
            len(first) + COUNT - 1: [*first, *answer, *prompt(seed + 20, 7)],
            len(first) - 1: first,
        }

        assert answer == plain(case, first, endless)
        assert nothing.cached == 0
        for held, ids in following.items():
            tokens, usage = write(runner, ids, endless)
            assert tokens == plain(case, ids, endless)
            assert usage.cached >= held


@cases
def test_forced_or_masked(case: Case, endless: Tokenizer, byte_level: str) -> None:
    """Tokens about which a grammar leaves no choice, appended at once or chosen one by one."""
    compiler = GrammarCompiler(byte_level, VOCAB, {END})
    for seed in range(2):
        ids = prompt(seed, 40)
        masked, slow = write(
            case.runner(),
            ids,
            endless,
            replace(GREEDY, max_tokens=60, logprobs=0),
            constraint=compiler.from_lark(GRAMMAR, jump=False),
        )
        forced, quick = write(
            case.runner(),
            ids,
            endless,
            replace(GREEDY, max_tokens=60),
            [SuffixDrafter(DraftHistory())],
            compiler.from_lark(GRAMMAR),
        )

        assert forced == masked
        assert slow.forced == 0
        assert quick.forced > len(masked) / 2
        assert quick.forwards <= slow.forwards - quick.forced


@cases
@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_guessed_or_not(case: Case, endless: Tokenizer, temperature: float) -> None:
    """Looked up in the text and in an earlier one that is nearly the same, greedy and by chance.

    No pass is added, and one is saved for each guess that came true.
    """
    drafted = accepted = 0
    for seed in range(2):
        ids, params = prompt(seed, 50), replace(GREEDY, temperature=temperature, seed=seed)
        slow, every = write(case.runner(), ids, endless, params)
        history = DraftHistory()
        history.add([*ids[-2:], *(token if at % 6 else 0 for at, token in enumerate(slow, 1))])
        quick, usage = write(case.runner(), ids, endless, params, [SuffixDrafter(history)])

        assert quick == slow
        assert temperature or quick == plain(case, ids, endless)
        assert usage.forwards == every.forwards - usage.accepted
        drafted, accepted = drafted + usage.drafted, accepted + usage.accepted

    assert 0 < accepted < drafted


@cases
def test_guessed_by_a_model_or_not(case: Case, endless: Tokenizer) -> None:
    """By a smaller one with layers of the same kind, whose own guesses are taken back as well."""
    drafted = accepted = 0
    for seed in range(2):
        ids = prompt(seed, 50)
        drafter = ModelDrafter(Runner(similar(case.kind), CONTEXT), VOCAB, choice_of(GREEDY, ids), 0.1, None)
        tokens, usage = write(case.runner(), ids, endless, GREEDY, [drafter])
        drafter.close()

        assert tokens == plain(case, ids, endless)
        assert usage.forwards == usage.generated - usage.accepted + (case.runner().cache.stateful)
        drafted, accepted = drafted + usage.drafted, accepted + usage.accepted

    assert 0 < accepted < drafted


@cases
def test_from_disk_or_not(case: Case, endless: Tokenizer, tmp_path: Path) -> None:
    """What one process computed of a prefix and another one resumes, before it was ever there itself."""
    shared = prompt(1, 45)
    files = [PrefixFiles(tmp_path, b"model" * 3, 1 << 24) for _ in range(2)]
    first = case.runner(files=files[0])
    write(first, [*shared, 5, 6], endless, boundaries={len(shared)})
    tensors = first.export(shared)
    assert tensors is not None
    assert files[0].save(shared, "", tensors)

    for seed in range(2):
        ids = [*shared, *prompt(seed + 30, 9)]
        second = case.runner(files=PrefixFiles(tmp_path, b"model" * 3, 1 << 24))
        tokens, usage = write(second, ids, endless)
        assert tokens == plain(case, ids, endless)
        assert usage.cached == len(shared)


@cases
def test_before_and_after_eviction(case: Case, endless: Tokenizer) -> None:
    """Where the memory holds one of four prompts, the first has to be computed again."""
    runner = case.runner(pages=14)
    ids = [prompt(seed, 50) for seed in range(4)]
    for each in [*ids, ids[0]]:
        tokens, usage = write(runner, each, endless, drafters=[SuffixDrafter(DraftHistory())])
        assert tokens == plain(case, each, endless)
        assert usage.cached == 0


@cases
@pytest.mark.parametrize("pages", [400, 30])
def test_in_company_or_alone(case: Case, endless: Tokenizer, pages: int) -> None:
    """Four at once, some with guesses, with memory for all or for two, which lose theirs to each other.

    Sums are taken in another order in shared passes. States agree to 1e-3 (test_scheduler.py), which changes
    none of these tokens.
    """
    runner = case.runner(pages)
    ids = [prompt(seed, 50 - 13 * (seed > 1)) for seed in range(4)]

    def one(number: int) -> tuple[list[int], Usage]:
        drafters = [SuffixDrafter(DraftHistory())] if number % 2 else []
        return write(runner, ids[number], endless, drafters=drafters)

    with ThreadPoolExecutor(len(ids)) as threads:
        with runner._scheduler.model:
            futures = [threads.submit(one, number) for number in range(len(ids))]
            await_questions(runner._scheduler, len(ids))
        together = [future.result() for future in futures]

    assert [tokens for tokens, _ in together] == [plain(case, each, endless) for each in ids]
    assert pages < 400 or runner._scheduler.passes < sum(usage.forwards for _, usage in together)


@pytest.mark.parametrize("case", [case for case in CASES if case.int8], ids=str)
def test_eight_bits_are_close_to_full_precision(case: Case) -> None:
    """The final states behind 60 tokens, cached or not: within 3 % of their size, and not the same."""
    for seed in range(3):
        ids, states = prompt(seed, 60), []
        for runner in (case.runner(), replace(case, int8=False).runner()):
            with runner.open(70) as sequence:
                sequence.advance(ids[:40])
                found = None
                while found is None:
                    found = sequence.advance(ids)
                states.append(found[0])
        assert 0 < float((states[0] - states[1]).norm() / states[1].norm()) < 0.03
