"""The output of one request as its reader sees it: text without half characters, thoughts apart from the
answer, stop strings never shown, and where it ends.

Takes tokens one by one; it does not know how they were chosen.
"""

from ..generation import Chunk, FinishReason, SamplingParams, TokenLogprob, Usage
from ..tokenizer import Tokenizer
from .stops import StopMatcher
from .thinking import Thinking


class Output:
    """Push tokens, then take what they show. Nothing may be pushed once `ended`."""

    def __init__(
        self, tokenizer: Tokenizer, params: SamplingParams, thinking: Thinking | None = None
    ) -> None:
        self._thinking = thinking
        self.ended = False
        self.count = 0
        self._eos = tokenizer.eos_ids
        self._text = tokenizer.stream()
        self._stops = StopMatcher(params.stop)
        self._shown = ""
        self._thoughts = ""
        self._tokens: list[int] = []
        self._logprobs: list[TokenLogprob] = []

    def push(self, token: int, logprob: TokenLogprob | None = None) -> None:
        """The next token; sets `ended` at an end token or a stop string."""
        self.count += 1
        self._tokens.append(token)
        if logprob is not None:
            self._logprobs.append(logprob)
        if token in self._eos:
            self.ended = True
        else:
            self._show(*self._divided(token))

    def take(self) -> Chunk:
        """What came since the last call."""
        chunk = Chunk(
            self._shown, tuple(self._tokens), thinking=self._thoughts, logprobs=tuple(self._logprobs)
        )
        self._shown = self._thoughts = ""
        self._tokens, self._logprobs = [], []
        return chunk

    def finish(self, reason: FinishReason, usage: Usage) -> Chunk:
        """The last chunk: what was held back and turned out to be plain text."""
        rest = self._text.finish()
        thoughts, answer = self._thinking.finish(rest) if self._thinking is not None else ("", rest)
        answer = self._stops.push(answer) + self._stops.finish()
        return Chunk(answer, finish_reason=reason, usage=usage, thinking=thoughts)

    def _divided(self, token: int) -> tuple[str, str]:
        text = self._text.push(token)
        return ("", text) if self._thinking is None else self._thinking.push(token, text)

    def _show(self, thoughts: str, answer: str) -> None:
        self._thoughts += thoughts
        self._shown += self._stops.push(answer)
        self.ended = self._stops.stopped
