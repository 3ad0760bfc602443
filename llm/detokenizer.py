"""Token ids back to text while they arrive, never half a character.

A token stands for bytes and a character may span tokens, so bytes are decoded incrementally and an unfinished
character waits for its rest. Byte-level (GPT-2 style) and SentencePiece-style tokenizers are read exactly;
for any other kind the whole text is decoded again at each step. This module knows no control tokens but their
ids.
"""

import codecs
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any, Protocol

import tokenizers

BytesOf = Callable[[int], bytes]
LOST = "\N{REPLACEMENT CHARACTER}"


class Detokenizer(Protocol):
    """One stream of text. The pieces of `push` and `finish` join to the text of all ids pushed."""

    def push(self, token: int) -> str:
        """Text that is complete after `token`; empty while a character is unfinished."""
        ...

    def finish(self) -> str:
        """The end of the text. A character whose rest never came is dropped."""
        ...


class ByteDetokenizer:
    """For tokens whose bytes are known one by one; `strip_first` drops the space that encoding put first."""

    def __init__(self, bytes_of: BytesOf, strip_first: bool, skipped: Collection[int]) -> None:
        self._bytes_of = bytes_of
        self._strip = strip_first
        self._skipped = skipped
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def push(self, token: int) -> str:
        if token in self._skipped:
            return ""
        piece = self._bytes_of(token)
        if self._strip:
            piece, self._strip = piece.removeprefix(b" "), False
        return self._decoder.decode(piece)

    def finish(self) -> str:
        pending, _ = self._decoder.getstate()
        self._decoder.reset()
        # Of half a surrogate, which the decoder waits for, no character is ever made: its first byte is lost.
        return pending.decode("utf-8", "replace")[:-1]


class WholeDetokenizer:
    """For any other tokenizer: decode everything again and give out what is new."""

    def __init__(self, decode: Callable[[list[int]], str]) -> None:
        self._decode = decode
        self._ids: list[int] = []
        self._given = 0

    def push(self, token: int) -> str:
        self._ids.append(token)
        text = self._decode(self._ids)
        return "" if text.endswith(LOST) else self._give(text)

    def finish(self) -> str:
        return self._give(self._decode(self._ids).rstrip(LOST))

    def _give(self, text: str) -> str:
        piece, self._given = text[self._given :], max(self._given, len(text))
        return piece


class DetokenizerFactory:
    """Makes streams for one tokenizer; `special` are the ids that a reader does not want to see."""

    def __init__(self, backend: tokenizers.Tokenizer, decoder: object, special: Collection[int]) -> None:
        """`decoder` is the section of that name in `tokenizer.json`."""
        self._backend = backend
        self._special = special
        steps = _steps(decoder)
        kinds = {step.get("type") for step in steps}
        self._strip = False
        self._bytes_of: BytesOf | None = None
        if kinds == {"ByteLevel"}:
            self._bytes_of = lru_cache(1 << 16)(self._byte_level)
        elif "Metaspace" in kinds or {"ByteFallback", "Replace"} <= kinds:
            self._strip = any(_strips_first(step) for step in steps)
            self._bytes_of = self._sentence_piece

    def stream(self, skip_specials: bool) -> Detokenizer:
        """A fresh stream."""
        if self._bytes_of is not None:
            return ByteDetokenizer(self._bytes_of, self._strip, self._special if skip_specials else ())
        return WholeDetokenizer(lambda ids: self._backend.decode(ids, skip_special_tokens=skip_specials))

    def _byte_level(self, token: int) -> bytes:
        text = self._backend.id_to_token(token) or ""
        if all(char in BYTE_OF for char in text):
            return bytes(BYTE_OF[char] for char in text)
        return text.encode()  # an added token, spelled as it is

    def _sentence_piece(self, token: int) -> bytes:
        text = self._backend.id_to_token(token) or ""
        if len(text) == 6 and text.startswith("<0x") and text.endswith(">"):
            return bytes.fromhex(text[3:5])
        return text.replace("\N{LOWER ONE EIGHTH BLOCK}", " ").encode()


def _steps(decoder: object) -> list[Mapping[str, Any]]:
    if not isinstance(decoder, Mapping):
        return []
    return list(decoder.get("decoders") or ()) if decoder.get("type") == "Sequence" else [decoder]


def _strips_first(step: Mapping[str, Any]) -> bool:
    if step.get("type") == "Metaspace":
        return step.get("prepend_scheme", "always") != "never"
    return step.get("type") == "Strip" and step.get("content") == " " and bool(step.get("start"))


def _byte_alphabet() -> dict[str, int]:
    """GPT-2's spelling of bytes: printable ones as themselves, the others as characters from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in set(printable)]
    alphabet = {chr(byte): byte for byte in printable}
    return alphabet | {chr(0x100 + index): byte for index, byte in enumerate(others)}


BYTE_OF = _byte_alphabet()
