"""Homewit's engine in a process of its own, which writes what was recorded, whatever its weights would say.

    python -m benchmarks.session_engine FOLDER PRECISION CONTEXT [CACHE_FOLDER]

Reads a request per line from standard input; writes a line for each piece of the answer, and a last one with
its counters. Every token is chosen with all its work (grammar, projection, penalties, guesses), then the
recorded one is taken in its place: random weights would write nonsense of any length, and nothing that a
guess could be right about. Knows nothing of what is compared with what.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import Tensor

from homewit.llm import CacheOptions, Engine, SamplingParams, requests
from homewit.llm.decoding.allowed import Allowed
from homewit.llm.decoding.choice import Choice
from homewit.llm.decoding.drafts import Draft
from homewit.llm.tokenizer import Tokenizer


class Recording:
    """What is to be written now, in tokens."""

    def __init__(self) -> None:
        self._tokenizer: Tokenizer | None = None
        self._text = ""
        self._ids: list[int] = []

    def load(self, tokenizer: Tokenizer, text: str) -> None:
        self._tokenizer, self._text = tokenizer, text
        self._ids = tokenizer.encode(text)

    def behind(self, output: Sequence[int]) -> int:
        """The token behind `output`, which a grammar may have split in another way than the tokenizer."""
        assert self._tokenizer is not None
        if list(output) == self._ids[: len(output)]:
            rest = self._ids[len(output) :]
        else:
            rest = self._tokenizer.encode(self._text[len(self._tokenizer.decode(output)) :])
        return rest[0] if rest else min(self._tokenizer.eos_ids)


RECORDING = Recording()


class RecordedChoice(Choice):
    """Chooses as any other request does, and gives the recorded token."""

    __slots__ = ()

    def token(
        self, logits: Tensor, ids: Sequence[int], mask: Allowed | None = None, draft: Draft | None = None
    ) -> int:
        Choice.token(self, logits, ids, mask, draft)
        return RECORDING.behind(ids[self.prompt :])


def answer(engine: Engine, request: Mapping[str, Any]) -> None:
    """Write the pieces of one answer, then its counters."""
    if "finish" in request:
        engine.finish_writing()
        say(finished=True)
        return
    RECORDING.load(engine.tokenizer, request["output"])
    params = SamplingParams(max_tokens=request["max_tokens"], schema=request["schema"])
    for chunk in engine.chat(request["messages"], params=params):
        if chunk.text:
            say(text=chunk.text)
        if chunk.usage is not None:
            say(usage=asdict(chunk.usage))


def say(**message: Any) -> None:
    print(json.dumps(message), flush=True)


def main() -> None:
    """Load the checkpoint, then answer until standard input ends."""
    folder, precision, context, *cache = sys.argv[1:]
    requests.Choice = RecordedChoice
    options = CacheOptions(folder=Path(cache[0]) if cache else None)
    quantize: Any = None if precision == "bf16" else precision
    engine = Engine.load(folder, "bfloat16", quantize, "cpu", int(context), cache=options)
    say(ready=True)
    for line in sys.stdin:
        answer(engine, json.loads(line))


if __name__ == "__main__":
    main()
