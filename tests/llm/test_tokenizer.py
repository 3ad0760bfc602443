"""Text to ids and back: exact, never half a character, and never a control token by accident."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer as Backend
from tokenizers import models, pre_tokenizers

from homewit.llm import Engine, TokenizerError
from homewit.llm.detokenizer import ByteDetokenizer
from homewit.llm.tokenizer import Tokenizer

CONTROL_IDS = set(range(4))
TEXT = st.text(max_size=60) | st.lists(
    st.sampled_from(["<|end|>", "<|im_", "end|>", "<|bos|>", "é", "🎉", "東", " ", "a", "\n", "\ufffd"]),
    max_size=12,
).map("".join)


@given(text=TEXT)
def test_text_survives(tokenizer: Tokenizer, text: str) -> None:
    """Encoding and decoding gives the text back, and no control id occurs, whatever the text says."""
    ids = tokenizer.encode(text)

    assert tokenizer.decode(ids) == text
    assert CONTROL_IDS.isdisjoint(ids)


@given(text=TEXT)
def test_a_stream_never_shows_half_a_character(tokenizer: Tokenizer, text: str) -> None:
    """After every token the text so far is a beginning of the whole, also when the stream is cut there."""
    ids = tokenizer.encode(text)
    for cut in range(len(ids) + 1):
        stream = tokenizer.stream()
        shown = "".join(stream.push(token) for token in ids[:cut]) + stream.finish()
        assert text.startswith(shown)
    assert shown == text


@given(ids=st.lists(st.integers(0, 399), max_size=40))
def test_a_stream_joins_to_what_decoding_gives(tokenizer: Tokenizer, ids: list[int]) -> None:
    """For any ids, valid UTF-8 or not, the pieces join to the decoded text, less an unfinished character."""
    stream = tokenizer.stream()
    shown = "".join(map(stream.push, ids)) + stream.finish()
    whole = tokenizer.decode(ids)

    assert whole.startswith(shown)
    assert whole[len(shown) :] in ("", "\ufffd")


def test_half_a_surrogate_is_lost_text_and_no_unfinished_character() -> None:
    """As the tokenizers' own decoder has it. Control: half a character leaves nothing."""
    for sent, shown in ((b"a\xed\xa0", "a\ufffd"), (b"a\xed\xa0b", "a\ufffd\ufffdb"), (b"a\xe2\x82", "a")):
        stream = ByteDetokenizer(lambda byte: bytes([byte]), strip_first=False, skipped=())
        assert "".join(map(stream.push, sent)) + stream.finish() == shown


@given(text=st.text(max_size=40))
def test_sentence_piece_streams_like_it_decodes(sentence_piece: str, text: str) -> None:
    """Byte fallback and the space in front are handled as by the tokenizer's own decoder."""
    tokenizer = Tokenizer(sentence_piece, 400)
    ids = tokenizer.encode(text)
    stream = tokenizer.stream()

    assert "".join(map(stream.push, ids)) + stream.finish() == tokenizer.decode(ids)


def test_other_tokenizers_stream_too() -> None:
    """A tokenizer of an unknown kind is decoded as a whole at each step."""
    backend = Backend(models.WordLevel({"[UNK]": 0, "hello": 1, "world": 2}, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = Tokenizer(backend.to_str(), 3)
    stream = tokenizer.stream()

    assert [stream.push(token) for token in tokenizer.encode("hello world hello")] == [
        "hello",
        " world",
        " hello",
    ]


def test_specials_are_read_only_where_they_are_vouched_for(tokenizer: Tokenizer) -> None:
    """Control tokens count in trusted parts alone, and a seam between parts makes none."""
    end, start = tokenizer.token_id("<|end|>"), tokenizer.token_id("<|im_start|>")

    assert tokenizer.encode("<|end|>", specials=True) == [end]
    assert end not in tokenizer.encode("<|end|>")
    assert end not in tokenizer.encode_parts([("<|en", False), ("d|>", False)])
    assert end not in tokenizer.encode_parts([("<|en", True), ("d|>", False)])
    assert tokenizer.encode_parts([("<|im_start|>", True), ("<|end|>", False)]) == [
        start,
        *tokenizer.encode("<|end|>"),
    ]


def test_parts_are_tokenized_like_the_whole(tokenizer: Tokenizer) -> None:
    """Between control tokens the seams of parts leave no trace in the ids."""
    whole = tokenizer.encode("<|im_start|>the quick fox<|im_end|>", specials=True)

    assert (
        tokenizer.encode_parts([("<|im_start|>the ", True), ("quick", False), (" fox<|im_end|>", True)])
        == whole
    )


def test_a_control_token_that_is_an_ordinary_entry_is_broken_up(sentence_piece: str) -> None:
    """Also when the vocabulary itself would spell a control token from text."""
    parsed = json.loads(sentence_piece)
    parsed["model"]["merges"] = [["<", "s"], ["<s", ">"]]
    vocab = parsed["model"]["vocab"]
    for piece in ("<", "s", ">", "<s"):
        vocab.setdefault(piece, len(vocab))
    tokenizer = Tokenizer(json.dumps(parsed), 400)

    ids = tokenizer.encode("a<s>b")

    assert vocab["<s>"] not in ids
    assert tokenizer.encode("<s>", specials=True) == [vocab["<s>"]]


@pytest.mark.parametrize("control_first", [False, True])
def test_added_white_space_is_text_under_its_own_number(byte_level: str, control_first: bool) -> None:
    """Also behind a control token, where it is spelled with ordinary tokens."""
    parsed = json.loads(byte_level)
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    space = {"content": "    ", "special": False, **flags}
    control = {"content": "<|more|>", "special": True, **flags}
    first = len(parsed["model"]["vocab"])
    parsed["added_tokens"] += [
        {"id": first + place, **token}
        for place, token in enumerate((control, space) if control_first else (space, control))
    ]
    tokenizer = Tokenizer(json.dumps(parsed), 512)

    ids = tokenizer.encode("a    b<|more|>")

    assert tokenizer.decode(ids) == "a    b<|more|>"
    assert (tokenizer.token_id("    ") in ids) is not control_first
    assert tokenizer.token_id("<|more|>") not in ids


def test_specials_are_hidden_in_streams(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode("a<|im_end|>b", specials=True)
    hidden, shown = tokenizer.stream(), tokenizer.stream(skip_specials=False)

    assert "".join(map(hidden.push, ids)) == tokenizer.decode(ids) == "ab"
    assert "".join(map(shown.push, ids)) == tokenizer.decode(ids, skip_specials=False) == "a<|im_end|>b"


def test_what_the_tokenizer_puts_in_front_is_kept_apart(byte_level: str) -> None:
    """A begin-of-text token of the post-processor is `prefix`, not part of an encoding."""
    parsed = json.loads(byte_level)
    parsed["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [
            {"SpecialToken": {"id": "<|bos|>", "type_id": 0}},
            {"Sequence": {"id": "A", "type_id": 0}},
        ],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"<|bos|>": {"id": "<|bos|>", "ids": [0], "tokens": ["<|bos|>"]}},
    }
    tokenizer = Tokenizer(json.dumps(parsed), 512)

    assert tokenizer.prefix == [0]
    assert 0 not in tokenizer.encode("hello")


def test_a_larger_tokenizer_is_refused(byte_level: str) -> None:
    with pytest.raises(TokenizerError, match="belongs to another model"):
        Tokenizer(byte_level, 100)


def test_an_unknown_end_token_is_refused(checkpoint: Path) -> None:
    """A model that ends its text with a token that the tokenizer lacks has a foreign tokenizer."""
    (checkpoint / "generation_config.json").write_text('{"eos_token_id": [1, 450]}')

    with pytest.raises(TokenizerError, match="token 450"):
        Engine.load(checkpoint)


def test_end_tokens_come_from_every_file(checkpoint: Path) -> None:
    (checkpoint / "generation_config.json").write_text('{"eos_token_id": [1, 2]}')
    (checkpoint / "tokenizer_config.json").write_text('{"eos_token": {"content": "<|im_end|>"}}')

    assert Engine.load(checkpoint).tokenizer.eos_ids == {1, 2, 3}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tokenizer.json", "{"),
        ("tokenizer.json", "{}"),
        ("tokenizer.json", "[]"),
        ("tokenizer_config.json", "["),
        ("tokenizer_config.json", '{"added_tokens_decoder": {"0": {"content": "<|other|>"}}}'),
        ("tokenizer_config.json", '{"eos_token": "<|other|>"}'),
    ],
)
def test_a_wrong_tokenizer_is_refused(checkpoint: Path, name: str, text: str) -> None:
    (checkpoint / name).write_text(text)

    with pytest.raises(TokenizerError):
        Engine.load(checkpoint)


def test_a_missing_tokenizer_is_reported(checkpoint: Path) -> None:
    (checkpoint / "tokenizer.json").unlink()

    with pytest.raises(TokenizerError, match=r"no tokenizer\.json"):
        Engine.load(checkpoint)


def test_lone_surrogates_do_not_fail(tokenizer: Tokenizer) -> None:
    """Text that has no UTF-8 form is encoded with a replacement, not refused."""
    text: Any = "a\ud800b"

    assert tokenizer.decode(tokenizer.encode(text)) == "a?b"
