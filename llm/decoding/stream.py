"""One generation: guesses, rules, choice, output and counters around `SequenceHandle.advance`.

Each step feeds the tokens that are certain and a few that are guessed, looks at the logits behind them, and
decides token by token as if nothing had been guessed. What the grammar or the end of the thoughts dictates is
appended without a step of its own. It knows nothing of checkpoints or chat.
"""

import threading
import time
from collections import deque
from collections.abc import Collection, Iterator, Sequence

from torch import Tensor

from ..errors import LLMError
from ..generation import Chunk, FinishReason, TokenLogprob, Usage
from ..serving.runner import Runner
from ..serving.schedule import Priority
from ..serving.sequence import SequenceHandle
from .allowed import Allowed
from .choice import Choice
from .drafts import Draft, Drafting
from .guide import Guide
from .output import Output
from .sampling import logprob
from .step_logits import StepLogits


class TokenStream:
    """State of one request. Iterate `chunks` once; `ids` are the tokens of prompt and output so far."""

    def __init__(
        self,
        runner: Runner,
        prompt: Sequence[int],
        choice: Choice,
        output: Output,
        guide: Guide,
        drafting: Drafting | None = None,
        cancel: threading.Event | None = None,
        priority: Priority = Priority.INTERACTIVE,
        boundaries: Collection[int] = (),
    ) -> None:
        self.ids = list(prompt)
        self._runner = runner
        self._choice = choice
        self._output = output
        self._guide = guide
        self._drafting = drafting
        self._cancel = cancel
        self._top = choice.params.logprobs
        self._limit = min(choice.params.max_tokens, runner.context - len(prompt))
        self._dictated: deque[int] = deque()  # known, but waiting for their log-probabilities
        self._priority = priority
        self._boundaries = boundaries
        self._sequence: SequenceHandle | None = None
        self._forced = self._drafted = self._accepted = self._forwards = self._rows = 0
        self._started = time.perf_counter()
        self._first_token_s: float | None = None

    def chunks(self) -> Iterator[Chunk]:
        """The output as it comes; the last chunk has `finish_reason` and `usage`.

        An `LLMError` on the way carries the usage up to there.
        """
        most = len(self.ids) + self._limit
        try:
            with self._runner.open(most, self._priority, self._boundaries, self._cancel) as self._sequence:
                self._follow()
                reason = self._ending()
                while reason is None:
                    if (chunk := self._output.take()).tokens:
                        yield chunk
                    reason = self._ending() if self._step(self._sequence) else "cancelled"
            if (chunk := self._output.take()).tokens:
                yield chunk
            yield self._output.finish(reason, self._usage())
        except LLMError as error:
            error.usage = self._usage()
            raise

    def _ending(self) -> FinishReason | None:
        """Whether there is a reason to end before the next token."""
        if self._output.ended or self._guide.finished:
            return "stop"
        return "length" if self._output.count >= self._limit else None

    def _step(self, sequence: SequenceHandle) -> bool:
        """Decide on at least one token; False when cancelled instead."""
        drafts = self._guess()
        waiting = self._guide.ahead([draft.token for draft in drafts])
        states = self._compute(sequence, drafts)
        if states is None:
            return False
        self._verify(drafts, states, waiting())
        self._follow()
        return True

    def _guess(self) -> list[Draft]:
        if self._drafting is None or self._dictated:
            return []
        room = self._guide.room_for_guesses(self._limit - self._output.count - 1)
        return self._drafting.propose(self.ids, room, self._guide.grammar)

    def _compute(self, sequence: SequenceHandle, drafts: Sequence[Draft]) -> Tensor | None:
        """Final states behind the last certain token and behind each of `drafts`; None when cancelled."""
        guesses = [draft.token for draft in drafts]
        states = None
        while states is None:
            if self._cancel is not None and self._cancel.is_set():
                return None
            computed = sequence.computed
            states = sequence.advance(self.ids, len(drafts) + 1, guesses)
            self._forwards += sequence.computed > computed
        return states

    def _verify(self, drafts: Sequence[Draft], states: Tensor, masks: Sequence[Allowed | None]) -> None:
        """Choose tokens up to the first that was not guessed; the next step takes back what is behind it."""
        logits = StepLogits(self._runner, states, masks, complete=self._top is not None)
        accepted, compared = 0, 0
        for index, mask in enumerate(masks):
            draft = drafts[index] if index < len(drafts) else None
            answering = self._guide.answering
            token = self._decide(logits, index, mask, draft)
            compared += draft is not None
            if draft is None or token != draft.token:
                break
            accepted += 1
            if self._ending() is not None or answering != self._guide.answering:
                break
        if self._drafting is not None:
            self._drafting.learn(compared, accepted)
        self._drafted += len(drafts)
        self._accepted += accepted
        self._rows += logits.rows

    def _decide(self, logits: StepLogits, index: int, mask: Allowed | None, draft: Draft | None) -> int:
        """Choose the next token, or take the one that is dictated, and put it out."""
        dictated = self._dictated.popleft() if self._dictated else None
        token, report = dictated, None
        if token is None and self._top is None and mask is not None:
            token = mask.only
        if token is None or self._top is not None:
            scores = logits.at(index)
            token = self._choice.token(scores, self.ids, mask, draft) if token is None else token
            report = None if self._top is None else logprob(scores, token, self._top)
        if dictated is None:
            self._guide.accept(token)
        self._put(token, report)
        return token

    def _follow(self) -> None:
        """Put out the tokens that have to come now, or let them wait when their logits are asked for."""
        while self._ending() is None and not self._dictated:
            dictated = self._guide.dictated()
            if dictated and self._top is not None:
                self._dictated.extend(dictated)
                return
            tokens = dictated or self._guide.forced()
            if not tokens:
                return
            for token in tokens:
                if self._output.ended or self._output.count >= self._limit:
                    return
                self._put(token)
                self._forced += 1

    def _put(self, token: int, report: TokenLogprob | None = None) -> None:
        self.ids.append(token)
        self._output.push(token, report)
        if self._first_token_s is None:
            self._first_token_s = time.perf_counter() - self._started

    def _usage(self) -> Usage:
        return Usage(
            prompt=self._choice.prompt,
            cached=self._sequence.cached if self._sequence is not None else 0,
            forced=self._forced,
            drafted=self._drafted,
            generated=self._output.count,
            seconds=time.perf_counter() - self._started,
            first_token_s=self._first_token_s,
            accepted=self._accepted,
            forwards=self._forwards,
            rows=self._rows,
        )
