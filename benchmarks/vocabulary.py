"""A tokenizer of any size that both engines can have: byte-level BPE learned from this repository's texts.

What the texts do not give is filled up with made-up words that no text becomes, so that projections and
grammars have as many tokens to deal with as a real vocabulary. Knows nothing of weights and file formats.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TEXTS = ("*.md", "docs/*.md", "agent/*.py", "llm/**/*.py", "memory/**/*.py", "tools/**/*.py", "tui/**/*.py")
MATERIAL = ("llm/training/material/**/*.t*", "tests/**/*.py")
CONTROL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
END = CONTROL[2]
SPACE = "Ġ"  # a space as byte-level tokenizers write it
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + "
    "'<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}"
    "{% endif %}"
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`definition` is the content of a `tokenizer.json`; the control tokens have the first ids."""

    definition: dict[str, Any]

    @property
    def tokens(self) -> list[str]:
        """Every token in the order of the ids."""
        vocab: dict[str, int] = self.definition["model"]["vocab"]
        return sorted(vocab, key=vocab.__getitem__)

    @property
    def merges(self) -> list[str]:
        """Each with a space between its two parts."""
        return [" ".join(merge) for merge in self.definition["model"]["merges"]]

    @property
    def end_id(self) -> int:
        """Of the token behind each message."""
        return CONTROL.index(END)


def learned(size: int) -> Vocabulary:
    """A vocabulary of exactly `size` tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=2,
        special_tokens=list(CONTROL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts(), trainer)
    definition = json.loads(tokenizer.to_str())
    vocab = definition["model"]["vocab"]
    for number, word in enumerate(made_up(size - len(vocab), vocab), start=len(vocab)):
        vocab[word] = number
    return Vocabulary(definition)


def texts() -> Iterator[str]:
    """What ships with the repository, in an order that does not depend on the file system."""
    for pattern in (*TEXTS, *MATERIAL):
        for path in sorted(ROOT.glob(pattern)):
            yield path.read_text(encoding="utf-8")


def made_up(count: int, taken: dict[str, int]) -> Sequence[str]:
    """As many words that are not tokens yet, as long as tokens usually are."""
    rng = random.Random(1)
    words: dict[str, None] = {}
    while len(words) < count:
        letters = "".join(rng.choices(ascii_lowercase, k=rng.randint(4, 9)))
        word = SPACE + letters if rng.random() < 0.6 else letters
        if word not in taken:
            words[word] = None
    return list(words)
