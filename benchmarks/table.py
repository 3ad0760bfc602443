"""A small table of measurements: Homewit, a named peer and their ratio, each as a median with its range.

Knows nothing of what was measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

HEAD = ("measurement", "Homewit", "peer", "", "ratio", "wanted")
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement; the values are seconds, one per repeat. Without a peer there is no ratio.

    `target` is the ratio that is wanted at most.
    """

    what: str
    homewit: Sequence[float]
    peer: str = NOTHING
    peer_values: Sequence[float] = ()
    target: float | None = None

    def cells(self) -> tuple[str, ...]:
        """The texts of this row, one for each column of `HEAD`."""
        if not self.peer_values:
            return (self.what, shown(self.homewit), self.peer, NOTHING, NOTHING, "")
        ratio = median(self.homewit) / median(self.peer_values)
        sides = (self.what, shown(self.homewit), self.peer, shown(self.peer_values), share(ratio))
        if self.target is None:
            return (*sides, "")
        met = "met" if ratio <= self.target else "missed"
        return (*sides, f"{share(self.target)} {met}")


def share(ratio: float) -> str:
    """Two digits that count, also of a small one."""
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.3f}"


@dataclass(frozen=True, slots=True)
class Report:
    """What one benchmark found; `notes` say under which conditions, and what could not be measured."""

    title: str
    rows: Sequence[Row]
    notes: Sequence[str] = ()

    def render(self) -> str:
        """The report as text of aligned columns."""
        lines = self._lines()
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        table = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines
        ]
        notes = [f"  {note}" for note in self.notes]
        return "\n".join([self.title, "", *(line.rstrip() for line in (*table, *notes))])

    def markdown(self) -> str:
        """The report as a section of a page."""
        head, *rows = self._lines() or [()]
        table = ["| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *rows) if line]
        notes = [f"- {note}" for note in self.notes]
        return "\n".join([f"## {self.title}", "", *table, *([""] if table and notes else []), *notes, ""])

    def _lines(self) -> list[tuple[str, ...]]:
        """Head and rows; what is wanted is left out where nothing is."""
        lines = [HEAD, *(row.cells() for row in self.rows)] if self.rows else []
        return lines if any(row.target for row in self.rows) else [line[:-1] for line in lines]


def shown(seconds: Sequence[float]) -> str:
    """`12.3 ms (11.9 to 14.0)`: the median with the smallest and the largest, all in the median's unit."""
    middle = median(seconds)
    factor, unit = (1, "s") if middle >= 1 else (1e3, "ms") if middle >= 1e-3 else (1e6, "µs")
    low, mid, high = (three_digits(value * factor) for value in (min(seconds), middle, max(seconds)))
    return f"{mid} {unit} ({low} to {high})"


def three_digits(value: float) -> str:
    """As many digits as such a figure deserves, without an exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
