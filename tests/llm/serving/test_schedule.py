"""Who is served next: properties of the plan over random demands, and of many plans in a row."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from homewit.llm.serving.schedule import Demand, Limits, Priority, plan

LIMITS = Limits(chunk=64, shared_chunk=16, filler_chunk=8, few=4, sequences=3, patience=5)
INTERACTIVE, BACKGROUND = Priority.INTERACTIVE, Priority.BACKGROUND
demand_lists = st.lists(
    st.builds(
        Demand,
        pending=st.integers(1, 200),
        priority=st.sampled_from(Priority),
        passed=st.integers(0, 12),
        arrival=st.integers(0, 1000),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda demand: demand.arrival,
)


@given(demand_lists)
def test_a_pass_serves_somebody_and_keeps_its_sizes(demands: list[Demand]) -> None:
    served = plan(demands, LIMITS)

    assert 1 <= len(served) <= LIMITS.sequences
    assert len({index for index, _ in served}) == len(served)
    assert all(1 <= count <= demands[index].pending for index, count in served)
    prompts = [count for index, count in served if demands[index].pending > LIMITS.few]
    assert len(prompts) <= 1
    assert all(count <= (LIMITS.shared_chunk if len(served) > 1 else LIMITS.chunk) for count in prompts)


@given(demand_lists)
def test_few_tokens_are_served_whole(demands: list[Demand]) -> None:
    """A step of drafted or forced tokens is never torn."""
    for index, count in plan(demands, LIMITS):
        if demands[index].pending <= LIMITS.few:
            assert count == demands[index].pending


@given(demand_lists)
def test_interactive_goes_before_background(demands: list[Demand]) -> None:
    """No background demand takes a place that an interactive one of the same size wants, unless overdue."""
    fresh = [replace(demand, passed=0) for demand in demands]
    served = {index for index, _ in plan(fresh, LIMITS)}
    for large in (False, True):
        same = [i for i, demand in enumerate(fresh) if (demand.pending > LIMITS.few) == large]
        left_out = [i for i in same if i not in served and fresh[i].priority == INTERACTIVE]
        taken = [i for i in same if i in served and fresh[i].priority == BACKGROUND]
        assert not (left_out and taken)


@settings(deadline=None)
@given(demand_lists)
def test_nobody_starves(demands: list[Demand]) -> None:
    """However many others ask again at once, each is served within a bounded number of passes."""
    demands = [replace(demand, passed=0) for demand in demands]
    bound = LIMITS.patience + 2 * len(demands)
    for _ in range(10 * bound):
        served = {index for index, _ in plan(demands, LIMITS)}
        demands = [
            replace(demand, passed=0 if index in served else demand.passed + 1)
            for index, demand in enumerate(demands)
        ]
        assert max(demand.passed for demand in demands) <= bound


def test_a_lone_prompt_is_read_in_large_pieces() -> None:
    assert plan([Demand(200, BACKGROUND, 0, 0)], LIMITS) == [(0, LIMITS.chunk)]


def test_background_fills_what_an_interactive_step_leaves() -> None:
    """Its next tokens cost nothing beside interactive ones; its prompt is read in small pieces."""
    demands = [
        Demand(200, BACKGROUND, 0, 0),
        Demand(1, BACKGROUND, 0, 1),
        Demand(1, INTERACTIVE, 0, 2),
        Demand(200, BACKGROUND, 0, 3),
    ]

    assert plan(demands, LIMITS) == [(2, 1), (0, LIMITS.filler_chunk), (1, 1)]


def test_an_interactive_prompt_leaves_others_their_next_token() -> None:
    demands = [Demand(1, BACKGROUND, 0, 0), Demand(200, INTERACTIVE, 0, 1)]

    assert plan(demands, LIMITS) == [(1, LIMITS.shared_chunk), (0, 1)]
