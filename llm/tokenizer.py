"""Text to token ids and back, where text can never turn into a control token by accident.

`tokenizer.json` lists control tokens (roles, end of turn, tool calls) as added tokens, and its encoder
matches them in any text. Here plain text goes through a copy of the tokenizer that does not know them; only
text that the caller vouches for is searched for them. Streaming back to text is in detokenizer.py. No
templates here.
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tokenizers

from .detokenizer import Detokenizer, DetokenizerFactory
from .errors import TokenizerError

MAX_FILE_BYTES = 256 << 20


class Tokenizer:
    """The tokenizer of a checkpoint whose model has `vocab` ids."""

    def __init__(self, definition: str, vocab: int, eos_ids: Iterable[int] = ()) -> None:
        """`definition` is the text of `tokenizer.json`. Raises `TokenizerError`."""
        self.vocab = vocab
        self.eos_ids = frozenset(eos_ids)
        self._full = _build(definition)
        added = self._full.get_added_tokens_decoder()
        # White space that some families add as tokens is ordinary text; everything else added is structure.
        self._control = {i: t.content for i, t in added.items() if t.special or t.content.strip()}
        self._check()
        self._plain = _with_added(self._full, {i: t for i, t in added.items() if i not in self._control})
        self._ids = {content: i for i, content in self._control.items()}
        self.control_ids = frozenset(self._control)
        longest_first = sorted(self._ids, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        special = frozenset(i for i, token in added.items() if token.special)
        self._detokenizers = DetokenizerFactory(self._full, _decoder_section(self._full), special)
        self.prefix = self._leading_ids()

    @classmethod
    def from_folder(cls, folder: Path, vocab: int) -> "Tokenizer":
        """Read `tokenizer.json` and the end-of-text ids that the files beside it declare."""
        settings = read_optional(folder / "tokenizer_config.json")
        tokenizer = cls(read_definition(folder), vocab, ())
        tokenizer.eos_ids = frozenset(_declared_eos(folder, settings, tokenizer))
        _check_declarations(settings, tokenizer)
        return tokenizer

    def encode(self, text: str, specials: bool = False) -> list[int]:
        """Ids of `text`. Control tokens written in it stay plain text unless `specials` vouches for them."""
        return self.encode_parts([(text, specials)])

    def encode_parts(self, parts: Iterable[tuple[str, bool]]) -> list[int]:
        """Ids of the joined texts, where control tokens count only inside parts marked True (trusted).

        Text between two control tokens is encoded in one piece, so the seams between parts leave no trace.
        """
        ids: list[int] = []
        pending = ""
        for text, trusted in parts:
            start = 0
            for match in self._pattern.finditer(text) if trusted else ():
                ids += self._encode_plain(pending + text[start : match.start()])
                ids.append(self._ids[match[0]])
                pending, start = "", match.end()
            pending += text[start:]
        return ids + self._encode_plain(pending)

    def decode(self, ids: Iterable[int], skip_specials: bool = True) -> str:
        """Text of `ids`; bytes that are not UTF-8 become U+FFFD."""
        return self._full.decode(list(ids), skip_special_tokens=skip_specials)

    def stream(self, skip_specials: bool = True) -> Detokenizer:
        """A fresh incremental detokenizer."""
        return self._detokenizers.stream(skip_specials)

    def token_id(self, content: str) -> int:
        """Id of the token that is exactly `content`, control tokens included. Raises `TokenizerError`."""
        found = self._full.token_to_id(content)
        if found is None:
            raise TokenizerError(
                f"The tokenizer has no token {content!r}. Use the tokenizer of this checkpoint."
            )
        return found

    def token_text(self, token: int) -> str | None:
        """The tokenizer's own spelling of one id, or None when there is no such token."""
        return self._full.id_to_token(token)

    def vocabulary(self) -> Mapping[str, int]:
        """Every token by its spelling, with its id."""
        return self._full.get_vocab(with_added_tokens=True)

    def _encode_plain(self, text: str) -> list[int]:
        if not text:
            return []
        try:
            ids = self._plain.encode(text, add_special_tokens=False).ids
        except (TypeError, UnicodeEncodeError):  # lone surrogates have no UTF-8 form
            text = text.encode("utf-8", "replace").decode("utf-8")
            ids = self._plain.encode(text, add_special_tokens=False).ids
        if self._control.keys().isdisjoint(ids):
            return ids
        # The spelling of a control token is also an ordinary vocabulary entry: break it up.
        if len(text) == 1:
            raise TokenizerError(
                f"The tokenizer can only write {text!r} as a control token; it cannot be used."
            )
        found = self._pattern.search(text)
        cut = found.start() + 1 if found else 1
        return self._encode_plain(text[:cut]) + self._encode_plain(text[cut:])

    def _leading_ids(self) -> list[int]:
        """What the tokenizer puts before a text by itself, such as a begin-of-text token."""
        bare = self._full.encode("a", add_special_tokens=False).ids
        full = self._full.encode("a", add_special_tokens=True).ids
        starts = (n for n in range(len(full)) if full[n : n + len(bare)] == bare)
        return full[: next(starts, 0)]

    def _check(self) -> None:
        highest = max(self._full.get_vocab(with_added_tokens=True).values(), default=-1)
        if highest < 0:
            raise TokenizerError("tokenizer.json holds no tokens. Fetch it again.")
        if highest >= self.vocab:
            raise TokenizerError(
                f"The tokenizer has ids up to {highest}, but the model only {self.vocab} tokens: "
                "tokenizer.json belongs to another model. Fetch the one of this checkpoint."
            )


def read_definition(folder: Path) -> str:
    """The text of `tokenizer.json`, which is too long to be kept. Raises `TokenizerError`."""
    path = folder / "tokenizer.json"
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise TokenizerError(f"{path} is larger than {MAX_FILE_BYTES} bytes, which no tokenizer is.")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise TokenizerError(
            f"{folder} has no tokenizer.json. Fetch it from the checkpoint's source."
        ) from None
    except (OSError, ValueError) as error:
        raise TokenizerError(f"{path} cannot be read ({error}). Fetch it again.") from error


def read_optional(path: Path) -> Mapping[str, Any]:
    """A JSON object beside the weights, or an empty one when the file is missing. Raises `TokenizerError`."""
    try:
        parsed = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise TokenizerError(f"{path} cannot be read as JSON ({error}). Fetch it again.") from error
    if not isinstance(parsed, dict):
        raise TokenizerError(f"{path} does not hold a JSON object. Fetch it again.")
    return parsed


def token_content(value: object) -> str | None:
    """The text of a token setting, which is written as a string or as an object with `content`."""
    if isinstance(value, Mapping):
        value = value.get("content")
    return value if isinstance(value, str) else None


def _build(definition: str) -> tokenizers.Tokenizer:
    try:
        return tokenizers.Tokenizer.from_str(definition)
    except Exception as error:  # the library raises bare Exception
        raise TokenizerError(f"tokenizer.json cannot be used ({error}). Fetch it again.") from error


def _with_added(
    full: tokenizers.Tokenizer, kept: Mapping[int, tokenizers.AddedToken]
) -> tokenizers.Tokenizer:
    """The same with no added tokens but these, sharing the vocabulary, which is the largest part.

    Tokens are numbered as they are added; one that would get another number has a control token in front of
    it, and is spelled with ordinary tokens instead.
    """
    plain = tokenizers.Tokenizer(full.model)
    if full.normalizer is not None:
        plain.normalizer = full.normalizer
    if full.pre_tokenizer is not None:
        plain.pre_tokenizer = full.pre_tokenizer
    following = full.get_vocab_size(with_added_tokens=False)
    for i in sorted(kept):
        known = full.model.token_to_id(kept[i].content)
        if known == i or (known is None and following == i):
            plain.add_tokens([kept[i]])
            following += known is None
    return plain


def _decoder_section(tokenizer: tokenizers.Tokenizer) -> Any:
    """What `tokenizer.json` says of its decoder, without reading all of that once more."""
    alone = tokenizers.Tokenizer(tokenizers.models.BPE())
    if tokenizer.decoder is not None:
        alone.decoder = tokenizer.decoder
    return json.loads(alone.to_str())["decoder"]


def _declared_eos(folder: Path, settings: Mapping[str, Any], tokenizer: Tokenizer) -> set[int]:
    found: set[int] = set()
    for name in ("generation_config.json", "config.json"):
        value = read_optional(folder / name).get("eos_token_id")
        found.update(i for i in (value if isinstance(value, list) else [value]) if type(i) is int)
    content = token_content(settings.get("eos_token"))
    if content is not None:
        found.add(tokenizer.token_id(content))
    unknown = sorted(i for i in found if tokenizer.token_text(i) is None)
    if unknown:
        raise TokenizerError(
            f"The model ends its text with token {unknown[0]}, which tokenizer.json does not have: "
            "it belongs to another model. Fetch the one of this checkpoint."
        )
    return found


def _check_declarations(settings: Mapping[str, Any], tokenizer: Tokenizer) -> None:
    """`tokenizer_config.json` repeats the added tokens; a tokenizer from another model disagrees with it."""
    declared = settings.get("added_tokens_decoder")
    for token, value in declared.items() if isinstance(declared, Mapping) else ():
        content = token_content(value)
        if content is not None and (not token.isdecimal() or tokenizer.token_text(int(token)) != content):
            raise TokenizerError(
                f"tokenizer_config.json gives {content!r} the id {token}, tokenizer.json does not: "
                "one of them belongs to another model. Fetch both from this checkpoint's source."
            )
