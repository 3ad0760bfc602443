"""Whole processes from start to end, beside the floor under any program of this kind: importing torch.

Every process is new; the files that it reads are in the system's cache after the first round. One home folder
serves all rounds. Knows nothing of what happens inside.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter

from .rounds import in_turn
from .table import Report, Row

PEER = "import torch"
REQUEST = "what is 17 * 23?"
EXPECTED = "391"
LIMIT_S = 300.0
HOMEWIT = (sys.executable, "-m", "homewit.tui")  # what the `homewit` script runs


class Broken(Exception):
    """A process did not do what was asked of it, so that its time says nothing."""


def measure(quick: bool) -> Report:
    """The help, a request to the bundled model, and the request's first token."""
    from homewit.llm.errors import LLMError
    from homewit.llm.info import locate

    repeats = 1 if quick else 3
    with tempfile.TemporaryDirectory() as name:
        process = partial(seconds_of, Path(name))
        torch = partial(process, [sys.executable, "-c", PEER])
        help_s, floor_s = in_turn(repeats, partial(process, [*HOMEWIT, "--help"]), torch)
        rows = [Row("homewit --help", help_s, PEER, floor_s)]
        try:
            locate("bundled")
            more, note = measure_request(repeats, process, torch)
        except LLMError as error:
            more, note = (), f"Not measured: homewit run. {error}"
        except Broken as error:
            more, note = (), f"Not measured: homewit run did not work. {error}"
    return Report(f"start: whole processes, {repeats} of each", [*rows, *more], (note,))


def measure_request(
    repeats: int, process: Callable[..., float], torch: Callable[[int], float]
) -> tuple[Sequence[Row], str]:
    """Rows of `homewit run` with the bundled model, and what is to be said of them."""
    from homewit.llm.info import describe

    outputs: list[str] = []
    run = partial(process, [*HOMEWIT, "run", "--json", "--model", "bundled", REQUEST], outputs=outputs)
    run_s, floor_s = in_turn(repeats, run, torch)
    first_s = [first_token_s(output) for output in outputs[1:]]  # without the first round, which warms up
    info = describe("bundled")
    rows = [Row(f'homewit run "{REQUEST}"', run_s, PEER, floor_s)]
    size = f"{info.parameters / 1e6:.1f}M parameters stored as {info.dtype}"
    note = f"model {info.name}, {size}; cold start each time"
    if None in first_s:
        note += "; no token was generated, so there is no time of the first"
    else:
        rows.append(Row("its first token, from the model call on", [one for one in first_s if one]))
    return rows, note


def first_token_s(output: str) -> float | None:
    """From the `usage` event of a run; raises `Broken` when the run did not give the right answer."""
    events = [json.loads(line) for line in output.splitlines()]
    by_type = {event["type"]: event for event in events}
    answer = by_type.get("answer", {}).get("text", "")
    if EXPECTED not in answer.replace(",", ""):
        raise Broken(f"To {REQUEST!r} it answered {answer!r}.")
    return by_type["usage"]["first_token_s"]


def seconds_of(folder: Path, command: Sequence[str], _number: int, outputs: list[str] | None = None) -> float:
    """How long a process takes, in a folder and home of its own; raises `Broken` when it fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HOMEWIT_")}
    started = perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment | {"HOMEWIT_HOME": str(folder / "home")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    seconds = perf_counter() - started
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise Broken(f"{' '.join(command)} ended with {done.returncode}: {' '.join(last)}")
    if outputs is not None:
        outputs.append(done.stdout)
    return seconds
