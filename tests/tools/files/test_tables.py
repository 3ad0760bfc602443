"""Tables: whichever sign separates the columns, every cell arrives under a name of its own."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.tools import ToolFailed
from homewit.tools.files.tables import read_rows


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_separator_is_found_out(sign: str):
    """As spreadsheets of all countries write it."""
    text = f"day{sign}what{sign}amount\n2026-05-01{sign}rent{sign}700\n2026-05-02{sign}food{sign}12\n"
    assert read_rows(text, "f") == (
        ["day", "what", "amount"],
        [
            {"day": "2026-05-01", "what": "rent", "amount": "700"},
            {"day": "2026-05-02", "what": "food", "amount": "12"},
        ],
    )


def test_odd_tables_are_read_too():
    """Missing, double and empty names, rows that are too short or too long, and empty lines."""
    assert read_rows("a,a,\n1,2,3,4\n\n5\n", "f") == (
        ["a", "a 2", "column 3", "column 4"],
        [
            {"a": "1", "a 2": "2", "column 3": "3", "column 4": "4"},
            {"a": "5", "a 2": "", "column 3": "", "column 4": ""},
        ],
    )
    with pytest.raises(ToolFailed, match="f is empty"):
        read_rows("\n \n", "f")
    with pytest.raises(ToolFailed, match="could not be read as a table"):
        read_rows(f'a,b\n"{"x" * 200_000}",1\n', "f")


@given(
    st.lists(
        st.lists(st.text("xyz 1,\"'", min_size=1).map(str.strip).filter(bool), min_size=2, max_size=2),
        min_size=3,
    )
)
def test_what_was_written_is_read(rows: list[list[str]]):
    """Quoted cells with separators in them survive."""
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([["one", "two"], *rows])
    assert [list(row.values()) for row in read_rows(written.getvalue(), "f")[1]] == rows
