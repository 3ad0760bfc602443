"""Guessing ahead: what is found to guess, how many guesses pay, and what is forgotten."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.llm.decoding.constrain import Constraint, GrammarCompiler
from homewit.llm.decoding.drafts import AdaptiveWindow, Draft, Drafting
from homewit.llm.decoding.suffixes import DraftHistory, SuffixDrafter, SuffixIndex
from homewit.llm.tokenizer import Tokenizer

FEW = st.lists(st.integers(0, 3), max_size=40)


def guessed(ids: list[int], count: int, history: DraftHistory | None = None) -> list[int]:
    return [draft.token for draft in SuffixDrafter(history or DraftHistory()).propose(ids, count, None)]


@given(tokens=FEW, recent=FEW)
def test_the_longest_match_is_found(tokens: list[int], recent: list[int]) -> None:
    """The place found is one whose last tokens are those of `recent`, and no other has more of them."""
    index = SuffixIndex()
    index.extend(tokens)

    place, length = index.find(recent)

    def match(at: int) -> int:
        common = 0
        while common <= min(at, len(recent) - 1, 15) and tokens[at - common] == recent[-1 - common]:
            common += 1
        return common

    matches = [match(at) for at in range(len(tokens) - 1)]
    if length == 0:
        assert max(matches, default=0) < 2
    else:
        # Only the latest few places are looked at, so an older one may match better.
        assert matches[place] == length >= 2
        assert length >= max((m for at, m in enumerate(matches) if at > place), default=0)


def test_what_stood_behind_the_same_words_is_guessed() -> None:
    assert guessed([1, 2, 3, 4, 5, 9, 2, 3], 3) == [4, 5, 9]
    assert guessed([1, 2, 3, 4, 9, 8, 2, 3, 4, 7, 2, 3], 2) == [4, 7]
    assert guessed([7, 2, 3, 4, 6, 2, 3, 5, 7, 2, 3], 1) == [4]
    assert guessed([1, 2, 3], 3) == []


def test_a_repetition_goes_on_as_it_went() -> None:
    """A match near the end of the text is continued in its own rhythm."""
    assert guessed([1, 2, 3, 1, 2, 3, 1, 2], 5) == [3, 1, 2, 3, 1]


def test_earlier_outputs_are_guessed_from_until_forgotten() -> None:
    """A longer match in an earlier output wins over a shorter one in the prompt."""
    history = DraftHistory()
    history.add([5, 6, 7, 8])
    history.add([6, 7, 1])

    assert guessed([5, 6, 7], 4, history) == [8]
    assert guessed([6, 7, 2, 5, 6, 7], 1, history) == [8]
    history.clear()
    assert guessed([5, 6, 7], 4, history) == []


def test_the_oldest_outputs_are_forgotten_first() -> None:
    history = DraftHistory(most_tokens=20)
    for number in range(100, 200, 2):
        history.add([number, number + 1, 7])

    assert guessed([198, 199], 1, history) == [7]
    assert guessed([100, 101], 1, history) == []


def test_guesses_end_where_the_grammar_does(byte_level: str, tokenizer: Tokenizer) -> None:
    """A guess that is not allowed is dropped with all behind it, and the grammar has not moved."""
    constraint: Constraint = GrammarCompiler(byte_level, 512, tokenizer.eos_ids).from_lark("start: /[a-z]+/")
    before = constraint.allowed().rows().tolist()
    ids = [tokenizer.encode(letter)[0] for letter in "abc12ab"]

    drafts = SuffixDrafter(DraftHistory()).propose(ids, 4, constraint)

    assert tokenizer.decode([draft.token for draft in drafts]) == "c"
    assert constraint.allowed().rows().tolist() == before


def test_a_window_grows_while_guesses_come_true_and_closes_when_they_do_not() -> None:
    """From a few to all, then to none, and after ever longer rests one more try."""
    window = AdaptiveWindow(most=8, cost=0.1)
    sizes = []
    for _ in range(12):
        sizes.append(window.size())
        window.learn(sizes[-1], sizes[-1])
    assert sizes == sorted(sizes)
    assert (sizes[0], sizes[-1]) == (2, 8)

    tried = []
    for step in range(2000):
        if count := window.size():
            window.learn(count, 0)
            tried.append(step)
    assert len(tried) < 100
    assert tried[-1] - tried[-5] > 200

    while not (count := window.size()):
        pass
    for _ in range(20):
        window.learn(count, count)
    assert window.size() == 8


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("cost", [0.05, 0.3, 1.2])
@pytest.mark.parametrize("replay", [0.0, 0.15, 0.6])
def test_guessing_never_costs_much_more_than_it_yields(rate: float, cost: float, replay: float) -> None:
    """Against chance that favours guesses at `rate`, tokens per cost stay above those of not guessing.

    Also where those that came true before a wrong one are paid for again.
    """
    chance = random.Random(5)
    window = AdaptiveWindow(most=8, cost=cost, replay=replay)
    tokens = spent = 0.0
    for _ in range(3000):
        count = window.size()
        hits = next((n for n in range(count) if chance.random() > rate), count)
        if count:
            window.learn(count, hits)
        tokens += 1 + hits
        spent += 1 + cost * count + replay * hits * (hits < count)

    assert tokens / spent > 0.97
    if rate == 0.9 and cost < 1:
        assert tokens / spent > 1.5


def test_fewer_are_guessed_where_a_wrong_one_costs_those_before_it() -> None:
    """The best number of guesses, for guesses that come true two times in three."""
    sizes = []
    for replay in (0.0, 0.15, 0.5, 2.0):
        window = AdaptiveWindow(most=8, cost=0.15, hope=0.66, replay=replay)
        sizes.append(window.size())

    def gain(count: int, replay: float) -> float:
        tokens = sum(0.66**n for n in range(count + 1))
        again = sum(n * 0.66**n * 0.34 for n in range(count))
        return tokens / (1 + 0.15 * count + replay * again)

    assert sizes == [max(range(9), key=lambda n, r=r: gain(n, r)) for r in (0.0, 0.15, 0.5, 2.0)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[-1] > 0


class Known:
    """Guesses what it was told."""

    hope = 0.5

    def __init__(self, tokens: list[int], cost: float = 0.0) -> None:
        self.tokens = tokens
        self.cost = cost

    def propose(self, ids: list[int], count: int, constraint: Constraint | None) -> list[Draft]:
        return [Draft(token) for token in self.tokens[:count]]


def test_the_first_that_knows_something_guesses() -> None:
    """There are never more guesses than there is room."""
    both = Drafting([Known([]), Known([1, 2, 3])], most=8)

    assert [draft.token for draft in both.propose([0], 1, None)] == [1]
    assert both.propose([0], 0, None) == []


def test_each_source_is_judged_by_its_own_guesses() -> None:
    """When those of the first never come true, the second one gets its turn and keeps it."""
    drafting = Drafting([Known([4, 5]), Known([1, 2])], most=8)
    guesses = []
    for _ in range(60):
        drafts = drafting.propose([0], 8, None)
        guesses.append(drafts[0].token)
        drafting.learn(len(drafts), 0 if drafts[0].token == 4 else len(drafts))

    assert guesses[0] == 4
    assert guesses.count(1) > 40
