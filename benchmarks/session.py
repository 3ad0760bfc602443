"""The agent's own load: a recorded day of ten turns with tools and plans, beside llama-cpp-python's server.

Both sides are processes with the same random weights. They are asked the same questions by the agent's own
prompts, and write the same recorded answers, each with all the work of choosing its tokens (see
session_engine.py and session_server.py), so the times are those of a model that answers like this. Both keep
what they have read: Homewit in its pages, the server in its cache of prompts in memory. Which route a request
takes is left out on both sides, because Homewit scores it and the server cannot.
"""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from .checkpoints import checkpoint_folder, write_pair
from .recorded_session import Call, recorded_calls, warm_up
from .restart import restart_rows
from .rounds import in_turn
from .session_notes import counters, turns
from .session_peer import ServerSide
from .session_sides import Answered, HomewitSide, Side, SideFailed
from .table import Report, Row

PEER = "llama-cpp-python's server"
TOOL_TURNS = 0.5  # of the server's time are wanted at most
REPEATS = {False: 3, True: 1}
QUICK_CALLS = 6  # of the first three turns
MISSING = (
    "Not measured beside llama-cpp-python's server: gguf or llama-cpp-python is not installed. Run "
    "`make bench`, which installs both where there is a C++ compiler."
)


@dataclass(frozen=True, slots=True)
class Contest:
    """A shape, how Homewit stores its weights, and how llama.cpp does."""

    shape: str
    precision: str
    kind: str

    def __str__(self) -> str:
        return f"{self.shape} {self.precision}"


CONTESTS = (
    Contest("Llama 135M", "int8", "Q8_0"),
    Contest("Llama 135M", "int4", "Q4_0"),
    Contest("Llama 135M", "bf16", "F16"),
    Contest("Qwen3 0.6B", "int4", "Q4_0"),
)


def measure(quick: bool, only: str = "") -> Report:
    """The session in each precision, then what a second launch saves; turn by turn for the first of them.

    `only` keeps the contests in whose name (`Llama 135M int8`) it is found.
    """
    import torch

    threads, has_peer = torch.get_num_threads(), peer_is_installed()
    calls = recorded_calls()[: QUICK_CALLS if quick else None]
    level, *notes = kernels()
    notes += [] if has_peer else [MISSING]
    rows = []
    for contest in CONTESTS[:1] if quick else CONTESTS:
        if only not in str(contest):
            continue
        try:
            found, said = one(contest, calls, REPEATS[quick], threads, has_peer, contest is CONTESTS[0])
        except SideFailed as error:
            found, said = [], [f"Not measured: {contest}. {error}"]
        rows += found
        notes += said
    title = f"session: {len(calls)} calls in {calls[-1].turn} turns, level {level}, {threads} threads"
    return Report(title, rows, notes)


def one(
    contest: Contest, calls: Sequence[Call], repeats: int, threads: int, has_peer: bool, with_turns: bool
) -> tuple[list[Row], list[str]]:
    """Rows and notes of one contest."""
    with checkpoint_folder() as checkpoints, tempfile.TemporaryDirectory() as name:
        pair = write_pair(checkpoints, contest.shape, (contest.kind,) if has_peer else ())

        def homewit(cache: Path | None = None) -> HomewitSide:
            return HomewitSide(pair.hf, contest.precision, threads, cache)

        def server() -> ServerSide:
            return ServerSide(pair.gguf[contest.kind], [*calls, warm_up()], threads, Path(name))

        sides: list[Callable[[], Side]] = [homewit, server] if has_peer else [homewit]
        ours, *others = in_turn(repeats, *(session_of(side, calls) for side in sides))
        theirs = others[0] if others else []
        rows = session_rows(str(contest), calls, ours, theirs)
        more, said = restart_rows(str(contest), PEER, repeats, homewit, server if has_peer else None)
    notes = [f"{contest}: Homewit {counters(ours[-1])}"]
    notes += [f"{contest} as {contest.kind}: the server {counters(theirs[-1])}"] if theirs else []
    return [*rows, *more], [*notes, said, *(turns(str(contest), calls, ours, theirs) if with_turns else [])]


def session_of(side: Callable[[], Side], calls: Sequence[Call]) -> Callable[[int], list[Answered]]:
    """The whole session with a process that has seen none of it."""

    def measured(number: int) -> list[Answered]:
        with side() as running:
            running.ask(warm_up())
            return [running.ask(call) for call in calls]

    return measured


def session_rows(
    name: str, calls: Sequence[Call], ours: Sequence[Sequence[Answered]], theirs: Sequence[Sequence[Answered]]
) -> list[Row]:
    """One row for each kind of call; a value is the sum over a session."""
    plans = [index for index, call in enumerate(calls) if call.kind == "plan"]
    answers = [index for index, call in enumerate(calls) if call.kind == "answer"]

    def row(
        what: str,
        places: Iterable[int],
        value: Callable[[Answered], float] = lambda one: one.seconds,
        target: float | None = None,
    ) -> Row:
        chosen = list(places)
        sums = [[sum(value(one[index]) for index in chosen) for one in side] for side in (ours, theirs)]
        what = f"{name}: {what}"
        return Row(what, sums[0], PEER, sums[1], target) if theirs else Row(what, sums[0])

    return [
        row("the whole session", range(len(calls))),
        row("first tool-call turn, nothing cached", plans[:1], target=TOOL_TURNS),
        row(f"the other {len(plans) - 1} tool-call turns", plans[1:], target=TOOL_TURNS),
        row(f"{len(answers)} free answers", answers),
        row(f"{len(answers)} free answers, first tokens", answers, lambda one: one.first_s),
    ]


def kernels() -> list[str]:
    """The level of the native kernels, or that there are none, and then why, as a note."""
    from homewit.llm.kernels import library

    try:
        library.open_library()
    except library.KernelsUnavailable as error:
        return ["none (PyTorch)", f"Homewit is measured without its native kernels: {error}. {error.fix}"]
    return [library.level()]


def peer_is_installed() -> bool:
    """Whether there is a server to compare with, and a way to write its files."""
    return all(find_spec(name) is not None for name in ("llama_cpp", "gguf", "uvicorn"))
