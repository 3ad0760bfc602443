"""Names for what money is spent on: the known categories, and the words that people use for them.

A category of the user's own is kept as it is, so nothing here limits what can be recorded.
"""

from ...text.wording import plain

KNOWN_CATEGORIES = (
    "food", "groceries", "transport", "housing", "utilities", "health", "entertainment", "travel",
    "clothing", "education", "gifts", "subscriptions", "other",
)  # fmt: skip

_WORDS = {
    "food": "lunch dinner breakfast brunch coffee restaurant restaurants takeout takeaway snack snacks meal "
    "meals",
    "groceries": "grocery grocer grocers supermarket bakery butcher",
    "transport": "transportation taxi uber bus train tram rail railway ferry fuel gas petrol parking subway "
    "metro commute",
    "housing": "rent mortgage",
    "utilities": "utility electricity water internet heating phone broadband",
    "health": "medicine doctor pharmacy dentist medical healthcare",
    "entertainment": "movie movies cinema games concert",
    "travel": "flight flights hotel hotels vacation trip",
    "clothing": "clothes shoes apparel",
    "education": "books course courses tuition school",
    "gifts": "gift present presents",
    "subscriptions": "subscription netflix spotify",
    "other": "misc miscellaneous general unknown none",
}
_CATEGORY_OF = {word: category for category, words in _WORDS.items() for word in words.split()}
_APPOINTMENTS = frozenset(
    "doctor dentist movie movies cinema games concert train tram bus ferry flight flights hotel hotels "
    "vacation trip course courses school general unknown none other water internet".split()
)

CATEGORIES = "|".join((*KNOWN_CATEGORIES, *_CATEGORY_OF))
"""What headlines may name as a category, as phrases write it."""
PURCHASES = "|".join(word for word in CATEGORIES.split("|") if word not in _APPOINTMENTS)
"""Those of them that, with a number behind them, were bought for that much: "dentist 14" is at two."""


def category_of(name: str) -> str:
    """The category under which an expense is kept, in lower case."""
    words = plain(name)
    return (
        words
        if words in KNOWN_CATEGORIES
        else _CATEGORY_OF.get(words, _CATEGORY_OF.get(one_of(words), words))
    )


def one_of(words: str) -> str:
    """One of what words name several of: "taxi"."""
    return words.removesuffix("s")
