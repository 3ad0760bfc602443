"""Which of some tasks a title means: the same words, else part of them, else a similar spelling."""

from difflib import SequenceMatcher

from . import words
from .record_rows import Task

CLOSE_ENOUGH = 0.8
_SAYS_TASK = frozenset(words.fold(word) for word in ("task", "todo", "item"))


def meant(title: str, among: list[Task]) -> list[Task]:
    """The tasks that fit best; several when they fit equally well."""
    asked = _title_words(title)
    if not asked:
        return []
    titles = [(task, _title_words(task.title)) for task in among]
    for fits in (
        lambda words_of: words_of == asked,
        lambda words_of: asked <= words_of,
        lambda words_of: bool(words_of) and words_of <= asked,
        lambda words_of: _similarity(asked, words_of) >= CLOSE_ENOUGH,
    ):
        if found := [task for task, words_of in titles if fits(words_of)]:
            return found
    return []


def _title_words(title: str) -> frozenset[str]:
    """Folded content words, without the word "task" itself unless there is nothing else."""
    terms = frozenset(words.content_terms(title)) or frozenset(map(words.fold, words.typed_words(title)))
    return terms - _SAYS_TASK or terms


def _similarity(one: frozenset[str], other: frozenset[str]) -> float:
    return SequenceMatcher(None, " ".join(sorted(one)), " ".join(sorted(other))).ratio()
