"""The rows of a CSV text: which sign separates the columns is found out, names are made unique. Pure text."""

import csv
import io

from ..errors import ToolFailed

_SEPARATORS = ",;\t|"
_SAMPLE = 20_000


def read_rows(text: str, shown: str) -> tuple[list[str], list[dict[str, str]]]:
    """The names of the columns and the rows; raises ToolFailed for what is no table."""
    sign = max(_SEPARATORS, key=lambda sign: _fits(text[:_SAMPLE], sign))
    try:
        lines = _cells(text, sign)
    except csv.Error as error:
        raise ToolFailed(f"{shown} could not be read as a table: {error}.") from error
    if not lines:
        raise ToolFailed(f"{shown} is empty.")
    columns = _unique([name.strip() for name in lines[0]], max(map(len, lines)))
    padded = (row + [""] * (len(columns) - len(row)) for row in lines[1:])
    return columns, [dict(zip(columns, (cell.strip() for cell in row), strict=True)) for row in padded]


def _cells(text: str, sign: str) -> list[list[str]]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
    return [row for row in rows if any(map(str.strip, row))]


def _fits(sample: str, sign: str) -> tuple[float, int]:
    """How well a sign separates: the share of rows that have as many cells as the first, then how many."""
    try:
        widths = [len(row) for row in _cells(sample, sign)]
    except csv.Error:
        return 0.0, 0
    if not widths or widths[0] == 1:
        return 0.0, 0
    return sum(width == widths[0] for width in widths) / len(widths), widths[0]


def _unique(names: list[str], wanted: int) -> list[str]:
    """As many names as the longest row has cells, none of them empty or twice."""
    found: list[str] = []
    for number in range(1, wanted + 1):
        name = names[number - 1] if number <= len(names) else ""
        name = name or f"column {number}"
        again = 2
        plain = name
        while name in found:
            name, again = f"{plain} {again}", again + 1
        found.append(name)
    return found
