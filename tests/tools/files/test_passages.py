"""Passages: every word of a text is in one, and those about something come first."""

from hypothesis import given
from hypothesis import strategies as st

from homewit.tools.files.passages import Passage, passages_of, ranked

REPORT = (
    "# Annual report\n\nWe hired four people.\n\nThe budget for 2027 is 40,000 EUR, up from 35,000.\n"
    "It was agreed in May.",
    "Risks\n\nThe lease ends in June; budgets for a move are not planned.",
)


def test_passages_know_their_page_and_line():
    """Paragraphs in order, with the line that they begin with on their page."""
    assert passages_of(REPORT) == [
        Passage("# Annual report", 1, 1),
        Passage("We hired four people.", 1, 3),
        Passage("The budget for 2027 is 40,000 EUR, up from 35,000.\nIt was agreed in May.", 1, 5),
        Passage("Risks", 2, 1),
        Passage("The lease ends in June; budgets for a move are not planned.", 2, 3),
    ]


def test_the_rarer_words_decide():
    """A plural counts, small words do not, and what shares nothing is not given."""
    passages = passages_of(REPORT)
    assert [(one.page, one.line) for one in ranked("the budget for 2027", passages, 5)] == [(1, 5), (2, 3)]
    assert [one.quote for one in ranked("risk", passages, 5)] == ["Risks"]
    assert ranked("the weather", passages, 5) == []
    assert len(ranked("budget", passages, 1)) == 1


@given(st.lists(st.text("ab .\n", max_size=3000), max_size=3))
def test_nothing_of_a_text_is_lost(pages: list[str]):
    """All words stand in the passages, in order, whatever the length of a paragraph."""
    words = [word for page in pages for word in page.split()]
    found = passages_of(pages)
    assert "".join("".join(one.quote.split()) for one in found) == "".join(words)
    for one in found:
        first = one.quote.split("\n")[0].strip()
        assert first in pages[one.page - 1].split("\n")[one.line - 1]
