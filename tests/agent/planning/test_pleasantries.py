"""What is said to be kind asks for nothing, and takes nothing away from what does."""

import pytest

from homewit.agent.planning.pleasantries import asks_for_abilities, is_small_talk, without_greeting


@pytest.mark.parametrize(
    "text",
    [
        "hello homewit, how are u today",
        "haha nice one",
        "Good morning!",
        "thanks a lot, that was great",
        "who made you?",
        "what can you do for me",
        "do you store what I say",
        "are you running on my computer",
    ],
)
def test_all_of_it_is_small_talk(text: str):
    """In one sentence or several, with or without marks."""
    assert is_small_talk(text)


@pytest.mark.parametrize(
    "text",
    [
        "hi homewit, add milk to my tasks",
        "how are my tasks",
        "are you able to delete a.txt",
        "can you send a mail to bob@example.org",
        "did you send the mail to bob",
        "do you have bob's number",
        "do you know what my locker code is",
        "good morning is a song",
        "what can you do about a.txt",
        "thanks for the tip, note it",
        "?!",
        "",
    ],
)
def test_what_asks_for_something_is_none(text: str):
    """However kindly it begins, and whoever it is about."""
    assert not is_small_talk(text)


@pytest.mark.parametrize(
    "text",
    ["help", "Help me please", "what can you do?", "hi! what can you do for me", "my tools", "list tools",
     "commands", "what tools do you have", "how do i use this", "i need help", "how does homewit work"],
)  # fmt: skip
def test_what_the_program_can_do_is_asked_for(text: str):
    """In a word or a sentence; it is small talk as well."""
    assert asks_for_abilities(text)
    assert is_small_talk(text)


@pytest.mark.parametrize(
    "text", ["help anna with her move", "tools for the garden", "who are you", "hello", ""]
)
def test_another_thing_is_asked_for(text: str):
    """A word like "tools" may begin anything."""
    assert not asks_for_abilities(text)


@pytest.mark.parametrize(
    ("request_text", "left"),
    [
        ("thanks! and remind me to water the plants at 6", "remind me to water the plants at 6"),
        ("great thank you. whats on my calendar tomorrow", "whats on my calendar tomorrow"),
        ("Good morning! Nice. Oh, show my tasks", "show my tasks"),
        ("hey homewit, show my tasks", "show my tasks"),
        ("hey can you show my tasks", "hey can you show my tasks"),
        ("good morning sunshine is a song", "good morning sunshine is a song"),
        ("thank you", "thank you"),
    ],
)
def test_kind_sentences_in_front_are_left_out(request_text: str, left: str):
    """Whole sentences, and words to the program by its name; what is only small talk stays."""
    assert without_greeting(request_text) == left


@pytest.mark.parametrize("kind", ["good morning ", "ok  ", "ha ", "thanks a lot, ", "nice one "])
def test_many_kind_words_are_read_once(kind: str):
    """However many ways there are to part them: without that, thirty of them are never read to their end."""
    assert is_small_talk(kind * 300)
    assert not is_small_talk(f"{kind * 300}zzz")
    assert without_greeting(f"{kind * 300}zzz").endswith("zzz")


@pytest.mark.parametrize(
    "kind", ["good night", "good job", "all right", "okay", "hiya", "nice work, thanks!", "hahaha"]
)
def test_kind_words_of_two_parts_are_kind(kind: str):
    assert is_small_talk(kind)
