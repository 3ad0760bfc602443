"""Guesses are taken back on every kind of layer, cost what is said of them, and are left to nobody."""

import pytest
import torch

from homewit.llm.cache.prefix_cache import PrefixCache
from homewit.llm.network.decoder import Decoder
from homewit.llm.serving.scheduler import Scheduler
from homewit.llm.serving.sequence import SequenceHandle
from homewit.llm.spec import AttentionSpec

from ..tiny import KINDS, VOCAB, expected, greedy, random_ids, tiny_decoder, tiny_scheduler

DECODERS = {kind: tiny_decoder(kind) for kind in KINDS}
PROMPT = random_ids(50, 1)
kinds = pytest.mark.parametrize("kind", KINDS)


def replays(kind: str) -> bool:
    """Whether some layer can only go back to where guesses began."""
    return not all(isinstance(mixer, AttentionSpec) for mixer in KINDS[kind])


def wrong(token: int) -> int:
    return (token + 1) % VOCAB


def verify(
    decoder: Decoder, sequence: SequenceHandle, ids: list[int], guesses: list[int], chosen: list[int]
) -> None:
    """One step as a generation makes it: the first pass over `ids` and `guesses` must choose `chosen`."""
    before = sequence.computed
    states = sequence.advance(ids, len(guesses) + 1, guesses)
    while states is None:
        states = sequence.advance(ids, len(guesses) + 1, guesses)
    with torch.inference_mode():
        assert decoder.project(states).argmax(-1).tolist()[: len(chosen)] == chosen
    assert sequence.computed > before


def begun(kind: str, boundaries: list[int] | None = None) -> tuple[Scheduler, PrefixCache, SequenceHandle]:
    scheduler, cache = tiny_scheduler(DECODERS[kind])
    return scheduler, cache, SequenceHandle(scheduler, boundaries=boundaries or [], most=120)


@kinds
@pytest.mark.parametrize("accepted", range(5))
def test_a_wrong_guess_costs_the_guesses_before_it_at_most(kind: str, accepted: int) -> None:
    """Four guesses, of which the first few come true, then four more. No pass is added.

    Keys and values forget the rest; a state is computed again from in front of the guesses.
    """
    decoder = DECODERS[kind]
    _, _, sequence = begun(kind)
    answer = expected(decoder, PROMPT, 14)
    guesses = [*answer[1 : 1 + accepted], *map(wrong, answer[1 + accepted : 5])]
    ids = [*PROMPT, answer[0]]
    verify(decoder, sequence, ids, guesses, answer[1 : 2 + accepted])
    computed = sequence.computed

    ids += answer[1 : 2 + accepted]
    verify(decoder, sequence, ids, answer[2 + accepted : 6 + accepted], answer[2 + accepted : 7 + accepted])

    again = accepted if replays(kind) and accepted < 4 else 0
    assert sequence.computed - computed == again + 1 + 4
    ids += answer[2 + accepted : 7 + accepted]
    verify(decoder, sequence, ids, [], [answer[7 + accepted]])
    assert sequence.computed - computed == again + 1 + 4 + 1


@kinds
def test_wrong_guesses_in_a_row_do_not_add_up(kind: str) -> None:
    """Each step returns in front of its own guesses, however many were wrong before."""
    decoder = DECODERS[kind]
    _, _, sequence = begun(kind)
    answer = expected(decoder, PROMPT, 13)
    ids = [*PROMPT, answer[0]]
    verify(decoder, sequence, ids, [], [answer[1]])
    for at in range(1, 12, 2):
        ids += answer[at : at + 1] if at == 1 else answer[at - 1 : at + 1]
        computed = sequence.computed
        verify(decoder, sequence, ids, [answer[at + 1], wrong(0)], answer[at + 1 : at + 2])
        assert sequence.computed - computed == 3 + (replays(kind) and at > 1)


@kinds
def test_guesses_behind_guesses_return_in_front_of_all(kind: str) -> None:
    """As a draft model makes them: one token at a time, and then the right ones."""
    decoder = DECODERS[kind]
    _, _, sequence = begun(kind)
    answer = expected(decoder, PROMPT, 6)
    verify(decoder, sequence, PROMPT, [], answer[:1])
    for count in (1, 2, 3):
        assert sequence.advance(PROMPT, 1, [*answer[:2], wrong(answer[2])][:count]) is not None
    computed = sequence.computed

    verify(decoder, sequence, [*PROMPT, *answer[:3]], [], [answer[3]])

    assert sequence.computed - computed == (3 if replays(kind) else 1)


@kinds
def test_what_is_left_to_others_ends_in_front_of_wrong_guesses(kind: str) -> None:
    """Also in windows and states, so that the next turn resumes there; what came true is kept in pages."""
    decoder = DECODERS[kind]
    scheduler, cache, sequence = begun(kind)
    answer = expected(decoder, PROMPT, 4)
    ids = [*PROMPT, answer[0]]
    guesses = [answer[1], answer[2], wrong(answer[3]), 7]
    verify(decoder, sequence, ids, guesses, answer[1:4])
    ids += answer[1:4]  # the same list grows, as that of a generation does
    sequence.close()

    assert cache.held([*PROMPT, answer[0], *guesses]) == len(PROMPT) + 1 + (0 if replays(kind) else 2)
    second = [*ids, *random_ids(5, 2)]
    tokens, following = greedy(scheduler, decoder, second, 5)
    assert tokens == expected(decoder, second, 5)
    assert following.cached == len(PROMPT) + 1 + (0 if replays(kind) else 2)


@kinds
def test_right_guesses_are_left_to_others(kind: str) -> None:
    """When the last pass guessed everything, no token but the last is computed again."""
    decoder = DECODERS[kind]
    scheduler, _, sequence = begun(kind)
    answer = expected(decoder, PROMPT, 4)
    ids = list(PROMPT)
    verify(decoder, sequence, ids, answer[:3], answer)
    ids += answer
    sequence.close()

    _, following = greedy(scheduler, decoder, [*ids, 5], 1)

    assert following.cached == len(ids) - 1


@kinds
def test_a_boundary_in_front_of_the_guesses_is_kept(kind: str) -> None:
    """A prompt that ends a message, with guesses in its first pass, is resumed behind that message."""
    decoder = DECODERS[kind]
    scheduler, cache, sequence = begun(kind, [20, len(PROMPT)])
    answer = expected(decoder, PROMPT, 1)
    verify(decoder, sequence, PROMPT, [wrong(answer[0]), 3, 4], answer)

    for length in (20, len(PROMPT)):
        parted = [*PROMPT[:length], *random_ids(9, 3)]
        assert cache.held(parted) == length
        assert greedy(scheduler, decoder, parted, 3)[0] == expected(decoder, parted, 3)
    sequence.close()


@kinds
def test_a_sequence_that_loses_its_memory_while_it_guesses_goes_on(kind: str) -> None:
    """The step after that computes the guesses that came true again, and nothing before them."""
    decoder = DECODERS[kind]
    scheduler, _, sequence = begun(kind)
    answer = expected(decoder, PROMPT, 6)
    ids = [*PROMPT, answer[0]]
    verify(decoder, sequence, ids, [answer[1], answer[2], wrong(answer[3])], answer[1:4])
    with scheduler.model:
        scheduler._share.give_back(sequence)
    computed = sequence.computed

    ids += answer[1:4]
    verify(decoder, sequence, ids, [answer[4]], answer[4:6])

    assert sequence.computed - computed == 4
