"""Facts as they are said to the person whom they are about."""

import pytest

from homewit.tui.facts import fact_line, fact_text


def fact(subject: str, key: str, value: str, quote: str) -> dict[str, str]:
    return {"id": "f_1", "subject": subject, "key": key, "value": value, "quote": quote}


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        (("my sister", "birthday", "May 3", "my sister's birthday is May 3"),
         "your sister's birthday: May 3"),
        (("car", "plate", "B 12", "My car's plate is B 12"), "your car's plate: B 12"),
        (("user", "name", "Ada", "my name is Ada"), "your name: Ada"),
        (("Anna", "phone", "123", "Anna's phone is 123"), "Anna's phone: 123"),
        (("my parents", "address", "Elm 3", "my parents’ address is Elm 3"), "your parents' address: Elm 3"),
        (("me", "cook", "vegetarian", "I cook vegetarian"), "“I cook vegetarian”"),
        (("the bins", "is", "collected on Tuesday", "the bins are collected on Tuesday"),
         "“the bins are collected on Tuesday”"),
        (("user", "am", "allergic to nuts", "I am allergic\nto \x1b[2Jnuts"), "“I am allergic to nuts”"),
        (("sister", "birthday", "May 3", ""), "sister's birthday: May 3"),
    ],
)  # fmt: skip
def test_a_fact_is_said_to_its_owner(stored: tuple[str, str, str, str], said: str):
    """As what somebody has, where the words have it so; otherwise in the words themselves."""
    assert fact_text(fact(*stored)) == said


def test_the_words_are_shown_once():
    """Behind the fact, unless it is said in them."""
    has = fact("user", "name", "Ada", "my name is Ada")
    assert fact_line(has) == "f_1  your name: Ada  “my name is Ada”"
    assert fact_line(fact("me", "like", "tea", "I like tea")) == "f_1  “I like tea”"
