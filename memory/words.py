"""Words of a question and of a fact, folded so that "my sister's birthdays" meets "sister | birthday".

Plain rules for English, no model and no synonyms: capitals, accents, possessives, plurals and common endings
are folded; words that carry no content are dropped; "I", "me" and "my" mean the person. Knows nothing of SQL.
"""

import re
import unicodedata
from dataclasses import dataclass

PERSON = frozenset(("i", "me", "my", "mine", "myself", "our", "ours", "us", "we"))
_EMPTY_WORDS = """
    a an the and or but if then than so of to in on at by for from with as into is are was were be been being
    am do does did doing done has have had having can could will would shall should might must ok okay
    what when where which who whom whose why how that this these those there here it its he she they him her
    hers his their them you your yours yourself please tell show know remember recall about any anything
    everything something some just not no yes hey hi hello thanks
"""
STOP_WORDS = PERSON | frozenset(_EMPTY_WORDS.split())
_ARTICLES = frozenset(("a", "an", "the", "my", "our"))
_PERSON_SUBJECTS = PERSON | {"user"}

_WORD = re.compile(r"\w+")
_CONTRACTION = re.compile(r"\b\w+n['’]t\b|(?<=\w)['’](?:s|m|re|ve|ll|d)\b", re.IGNORECASE)
_REQUEST = re.compile(r"\b(?:tell|show|remind|give|let|help|ask)\s+(?:me|us)\b", re.IGNORECASE)
_OWNED = re.compile(r"\b(?:my|our)\s+(\w+)", re.IGNORECASE)
_YOURS = re.compile(r"\byours?\b", re.IGNORECASE)
_ENDINGS = (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", "e"), ("s", ""))
SHORTEST_SHARED_START = 4
_STEM, _ENDING = 6, 3


@dataclass(frozen=True, slots=True)
class Question:
    """A search as words: ``words`` as typed, ``terms`` their folded forms, in the same order.

    ``person``: it asks about the one who asks; ``owned``: folded words that follow "my"; ``addressed``: it
    speaks of "your" things, which are not the user's.
    """

    words: tuple[str, ...]
    terms: tuple[str, ...]
    person: bool
    owned: tuple[str, ...]
    addressed: bool


def ask(text: str) -> Question:
    """Reads ``text`` as a question; any text will do."""
    plain = _REQUEST.sub(" ", _without_contractions(text))
    typed = _WORD.findall(plain)
    content = {fold(word): word for word in typed if word.lower() not in STOP_WORDS}
    owned = [word for word in _OWNED.findall(plain) if word.lower() not in STOP_WORDS]
    return Question(
        words=tuple(content.values()),
        terms=tuple(content),
        person=any(word.lower() in PERSON for word in typed),
        owned=tuple(fold(word) for word in owned),
        addressed=_YOURS.search(plain) is not None,
    )


def typed_words(text: str) -> list[str]:
    """Every word of ``text``, without contraction endings; stop words stay."""
    return _WORD.findall(_without_contractions(text))


def content_terms(text: str) -> tuple[str, ...]:
    """Folded words of ``text`` that carry content."""
    return ask(text).terms


def fold(word: str) -> str:
    """One word without accents, capitals and a plural or verb ending: "Sisters" → "sister"."""
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    for ending, instead in _ENDINGS:
        stem = plain.removesuffix(ending)
        if stem != plain and len(stem) >= 3 and not plain.endswith("ss"):
            plain = stem + instead
            break
    return plain.removesuffix("e") if len(plain) > 3 else plain


def same(one: str, other: str) -> bool:
    """Whether two folded words mean the same, as far as their beginnings tell.

    One starts with the other ("birth", "birthday"), or only their endings differ ("allergy", "allergic").
    """
    if one == other:
        return True
    shorter, longer = sorted((len(one), len(other)))
    shared = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), shorter)
    return SHORTEST_SHARED_START <= shorter == shared or (shared >= _STEM and longer - shared <= _ENDING)


def is_person(subject: str) -> bool:
    """Whether a subject is the user: "me", "I", "my", "the user"."""
    words = {word.lower() for word in typed_words(subject)} - {"the"}
    return bool(words) and words <= _PERSON_SUBJECTS


def slot(subject: str, key: str) -> str:
    """What a fact is about, normalised: the same for ("My sister's", "Birthday") and ("sister", "birthday").

    A subject that is the user adds nothing, so ("me", "sister's birthday") is the same slot, too.
    """
    about = [] if is_person(subject) else typed_words(subject)
    parts = [word for word in (*about, *typed_words(key)) if word.lower() not in _ARTICLES]
    content = [word for word in parts if word.lower() not in STOP_WORDS]
    return " ".join(fold(word) for word in content or parts)


def spelled_alike(text: str) -> str:
    """A value without capitals, accents, punctuation and spacing, to see that it was said before."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(_WORD.findall(plain)) or text.strip()


def _without_contractions(text: str) -> str:
    """ "what's" → "what", "sister's" → "sister"; "don't" and its kind carry no content."""
    return _CONTRACTION.sub("", unicodedata.normalize("NFC", text))
