"""Doubles for tests of agents and plugins, shipped: a scripted engine and a clock that stands still.

``ScriptedEngine`` takes the place of a checkpoint, not of the agent's model: prompts, schemas, parsing,
routing and wording are the real ones. ``Agent.open(model=ScriptedEngine([...]))``, or ``--model
scripted:FILE`` with the same list as JSON. Needs no torch.
"""

import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ..llm.errors import LLMError, ModelNotFound
from ..llm.generation import Chunk, SamplingParams, Usage

CHOSEN, OTHERS = -0.01, -8.0


class ScriptExhausted(LLMError):
    """More was asked of the engine than its script foresees."""


@dataclass(frozen=True, slots=True)
class Slow:
    """A text that is written word by word with a pause after each, as a real model would."""

    text: str
    pause_s: float = 0.02


Output = str | Slow | Mapping[str, Any] | Exception
"""A text, a slow text, a plan or other object (written as JSON), log-probabilities by option, or an error to
raise.
"""


class ByteTokenizer:
    """One token per byte."""

    def encode(self, text: str, specials: bool = False) -> list[int]:
        return list(text.encode())

    def decode(self, ids: Iterable[int], skip_specials: bool = True) -> str:
        return bytes(ids).decode("utf-8", "replace")


@dataclass(slots=True)
class ScriptedEngine:
    """Answers each call with the next output.

    For tests to look at, ``calls`` records what was asked, ``forgotten`` the texts it was told to forget.
    """

    outputs: Sequence[Output]
    name: str = "scripted"
    context: int = 4096
    tokenizer: ByteTokenizer = field(default_factory=ByteTokenizer)
    calls: list[Any] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)

    @classmethod
    def from_file(cls, path: str | Path) -> "ScriptedEngine":
        """Read a JSON list; ``{"slow": TEXT, "pause_s": S}`` and ``{"error": TEXT}`` stand for those
        outputs.
        """
        try:
            items = json.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ModelNotFound(
                f"The script {path} cannot be read: {error}. It is a JSON list of outputs."
            ) from error
        return cls([_from_json(item) for item in items], name=f"scripted:{Path(path).name}")

    def chat_ids(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Any = None,
        options: Mapping[str, Any] | None = None,
    ) -> list[int]:
        return self.tokenizer.encode("\n".join(f"{one['role']}: {one['content']}" for one in messages))

    def score(self, prompt: list[int], options: Sequence[list[int]]) -> list[float]:
        """The option that the script names is by far the most likely."""
        names = [self.tokenizer.decode(option) for option in options]
        output = self._next({"score": names, "prompt": self.tokenizer.decode(prompt)})
        if isinstance(output, Mapping):
            return [float(output.get(name, OTHERS)) for name in names]
        return [CHOSEN if name.strip() == str(output).strip() else OTHERS for name in names]

    def chat(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Any = None,
        params: SamplingParams | None = None,
        cancel: threading.Event | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> Iterator[Chunk]:
        output = self._next({"chat": list(messages), "schema": params.schema if params else None})
        return self._write(output, len(self.chat_ids(messages)), cancel or threading.Event())

    def generate(
        self,
        prompt: str | list[int],
        params: SamplingParams | None = None,
        cancel: threading.Event | None = None,
    ) -> Iterator[Chunk]:
        return self._write(self._next({"generate": prompt}), len(prompt), cancel or threading.Event())

    def forget_text(self, texts: Sequence[str]) -> None:
        self.forgotten += texts

    def _next(self, call: Any) -> Output:
        self.calls.append(call)
        if len(self.calls) > len(self.outputs):
            kind = next(iter(call))
            raise ScriptExhausted(
                f"The script has {len(self.outputs)} outputs, and this is call {len(self.calls)}, a {kind}."
            )
        output = self.outputs[len(self.calls) - 1]
        if isinstance(output, Exception):
            raise output
        return output

    def _write(self, output: Output, prompt_tokens: int, cancel: threading.Event) -> Iterator[Chunk]:
        pause_s = output.pause_s if isinstance(output, Slow) else 0.0
        text = (
            output.text
            if isinstance(output, Slow)
            else output
            if isinstance(output, str)
            else json.dumps(output)
        )
        words = text.split(" ")
        pieces = [*(f"{word} " for word in words[:-1]), words[-1]]
        written = 0
        for piece in pieces:
            if cancel.wait(pause_s) if pause_s else cancel.is_set():
                break
            written += 1
            yield Chunk(piece, tuple(self.tokenizer.encode(piece)))
        stopped = "stop" if written == len(pieces) else "cancelled"
        usage = Usage(
            prompt=prompt_tokens,
            cached=0,
            forced=0,
            drafted=0,
            generated=written,
            seconds=0.0,
            first_token_s=0.0,
        )
        yield Chunk("", (), stopped, usage)


class FakeClock:
    """A moment that moves only when told to; call it to read it."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)) -> None:
        self.time = start

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **duration: float) -> None:
        """``advance(hours=1)``; arguments as those of ``timedelta``."""
        self.time += timedelta(**duration)


def _from_json(item: Any) -> Output:
    match item:
        case {"slow": str(text)}:
            return Slow(text, float(item.get("pause_s", 0.02)))
        case {"error": str(text)}:
            return LLMError(text)
    return item
