"""Training of the tokenizer: a small byte-level BPE whose pieces are the same wherever a word stands.

Spaces, digits and punctuation are tokens of their own, so that a word after a space, after a quote and inside a
function name is the same sequence of tokens: that is what lets a small model copy exactly.
"""

import random
from collections.abc import Iterator
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from ..compact.form import Marker, control_tokens
from .examples import Mixture

VOCABULARY_SIZE = 2048
_ISOLATED = r" |\d|[^\sA-Za-z0-9]|[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\s"


def train_tokenizer(seed: int, examples: int = 60_000) -> Tokenizer:
    """A tokenizer trained on ``examples`` sentences of the training side."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_ISOLATED), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY_SIZE,
        special_tokens=[AddedToken(content, special=True, normalized=False) for content in control_tokens()],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(seed, examples), trainer)
    return tokenizer


def _texts(seed: int, examples: int) -> Iterator[str]:
    """Text between markers only; merges never cross a marker anyway."""
    rng = random.Random(seed)
    mixture = Mixture()
    for _ in range(examples):
        example = mixture.draw(rng)
        yield " ".join(piece for piece in (*example.prompt, *example.target) if not isinstance(piece, Marker))


def save_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    tokenizer.save(str(folder / "tokenizer.json"))
