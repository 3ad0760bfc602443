"""The native products beside reading the same bytes: what one row costs when memory is the limit.

Each weight is larger than any cache, and both sides run in turn in one process with the same number of
threads. The ratio is the time of a product by the time of reading: 1.00 is all that memory can give.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Any

from .rounds import in_turn
from .table import Report, Row

COLUMNS = 2048
ROWS = {False: 65_536, True: 8192}


def measure(quick: bool) -> Report:
    """One row for each way to store a weight and each number of rows of x."""
    from homewit.llm.kernels import library

    try:
        library.open_library()
    except library.KernelsUnavailable as error:
        return Report("kernels", (), (f"Not measured: {error}. {error.fix}",))
    import torch

    from homewit.llm.kernels.matrix import NativeMatrix, pack

    weight = torch.randn(ROWS[quick], COLUMNS).mul_(0.02).bfloat16()
    repeats = 2 if quick else 9
    rows, notes = [], []
    for name, make in (
        ("float32", lambda: NativeMatrix(weight.float())),
        ("bfloat16", lambda: NativeMatrix(weight)),
        ("int8", lambda: NativeMatrix(pack(weight, 8))),
        ("int4", lambda: NativeMatrix(pack(weight, 4))),
    ):
        matrix = make()
        for count in (1, 4, 8):
            x = torch.randn(count, COLUMNS)
            ours, theirs = in_turn(
                repeats, timed(lambda m=matrix, x=x: m.multiply(x)), reading(matrix.nbytes)
            )
            rows.append(Row(f"{name}, {count} of x", ours, "reading it", theirs))
        speed = matrix.nbytes / min(theirs) / 1e9
        notes.append(f"{name}: {matrix.nbytes / 1e6:.0f} MB, read at up to {speed:.1f} GB/s")
    shape = f"weights [{ROWS[quick]}, {COLUMNS}]"
    title = f"kernels: level {library.level()}, {torch.get_num_threads()} threads, {shape}"
    return Report(title, rows, notes)


def timed(work: Callable[[], Any]) -> Callable[[int], float]:
    """Seconds of one call."""

    def measured(number: int) -> float:
        started = perf_counter()
        work()
        return perf_counter() - started

    return measured


def reading(size: int) -> Callable[[int], float]:
    """Seconds that reading `size` bytes takes, with the kernels' own threads and widest loads."""
    import torch

    from homewit.llm.kernels.library import open_library

    data = torch.ones(size, dtype=torch.uint8)
    read, threads = open_library().homewit_read, torch.get_num_threads()
    return timed(lambda: read(data.data_ptr(), size, threads))
