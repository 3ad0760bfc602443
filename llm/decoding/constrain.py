"""Hold generation to a grammar: a JSON Schema or a Lark grammar, through llguidance.

A constraint says which tokens may come next, and which must: where the grammar leaves no choice the tokens
are appended without sampling, already split as the tokenizer would split them. What may come next is worked
out in a thread beside the forward pass, also behind tokens that are only guessed. It sees tokens, never the
model.
"""

import json
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, Protocol

from llguidance import LLMatcher, LLParserLimits, LLTokenizer

from ..errors import ConstraintError
from .allowed import Allowed

KEPT = 16  # compiled grammars; a copy of one costs next to nothing, compiling it anew may take long
THREADED_VOCAB = 8192  # for fewer tokens a mask takes less time than waking a thread
Waiting = Callable[[], list[Allowed]]


class Constraint(Protocol):
    """State of one generation under a grammar."""

    @property
    def finished(self) -> bool:
        """Whether nothing more may follow."""
        ...

    def accept(self, token: int) -> None:
        """Move past a token that was chosen."""
        ...

    def forced(self) -> list[int]:
        """The tokens that must come next, already accepted; empty where there is a choice."""
        ...

    def allowed(self) -> Allowed:
        """The tokens that may come next. Raises `ConstraintError` when there is none."""
        ...

    def ahead(self, tokens: Sequence[int]) -> Waiting:
        """Begin to find what may come next, now and behind each of `tokens`; call the result to get it.

        The list ends early behind a token that is not allowed, or that finishes the grammar. Between the two
        calls the constraint must be left alone.
        """
        ...

    def valid(self, tokens: Sequence[int]) -> int:
        """How many of `tokens` could come next, one behind the other."""
        ...

    def fork(self) -> "Constraint":
        """An independent copy of the state, to try tokens on."""
        ...


class GrammarConstraint:
    """`Constraint` over an llguidance matcher, whose errors are sticky and so checked at every step."""

    def __init__(
        self,
        matcher: LLMatcher,
        vocab: int,
        jump: bool = True,
        never: int | None = None,
        worker: ThreadPoolExecutor | None = None,
    ) -> None:
        """`vocab` is the number of logits; `never` is an id that only the matcher knows, the model does not.

        Without a `worker`, masks are computed where they are asked for.
        """
        self._matcher = matcher
        self._vocab = vocab
        self._jump = jump
        self._never = never
        self._worker = worker
        self._check()

    @property
    def finished(self) -> bool:
        return self._matcher.is_stopped()

    def accept(self, token: int) -> None:
        self._matcher.consume_token(token)
        self._check()

    def forced(self) -> list[int]:
        tokens = self._matcher.compute_ff_tokens() if self._jump else []
        if tokens:
            self._matcher.consume_tokens(tokens)
        self._check()
        return tokens

    def allowed(self) -> Allowed:
        bits = self._matcher.compute_bitmask()
        self._check()
        found = Allowed.from_bits(bits, self._vocab, self._never)
        if not found.count:
            raise ConstraintError(
                "The grammar leaves no token to continue with. Check that it can be completed."
            )
        return found

    def ahead(self, tokens: Sequence[int]) -> Waiting:
        if self._worker is not None:
            return self._worker.submit(self._look, list(tokens)).result
        found = self._look(tokens)
        return lambda: found

    def valid(self, tokens: Sequence[int]) -> int:
        return self._matcher.validate_tokens(list(tokens)) if tokens else 0

    def fork(self) -> "GrammarConstraint":
        # A copy, because some grammars cannot be rolled back.
        return GrammarConstraint(self._matcher.deep_copy(), self._vocab, self._jump, self._never)

    def _look(self, tokens: Sequence[int]) -> list[Allowed]:
        found = [self.allowed()]
        state = self.fork() if tokens else self
        for token in tokens:
            if token not in found[-1]:
                break
            state.accept(token)
            if state.finished:
                break
            found.append(state.allowed())
        return found

    def _check(self) -> None:
        _check(self._matcher)


def _check(matcher: LLMatcher) -> None:
    if matcher.is_error():
        raise ConstraintError(f"The grammar or schema cannot be used: {matcher.get_error().strip()}")


class GrammarCompiler:
    """Makes constraints for one tokenizer. Its token trie is built in the background, while weights load."""

    def __init__(self, definition: str, vocab: int, eos_ids: Collection[int]) -> None:
        """`definition` is the text of `tokenizer.json`, `vocab` the number of logits."""
        self._definition = definition
        self._vocab = vocab
        self._eos_ids = sorted(eos_ids)
        self._tokens: LLTokenizer | None = None
        self._never: int | None = None
        self._failure: Exception | None = None
        self._limits = LLParserLimits(verbose_errors=False)
        self._worker = ThreadPoolExecutor(1, "grammar-masks") if vocab >= THREADED_VOCAB else None
        self._compiled = lru_cache(KEPT)(self._compile)
        self._thread = threading.Thread(target=self._build, name="grammar-tokens", daemon=True)
        self._thread.start()

    def from_schema(self, schema: Mapping[str, Any], jump: bool = True) -> GrammarConstraint:
        """Output must be JSON without white space that satisfies `schema`, keys in the schema's order.

        `jump` False samples forced tokens too; the output is the same, only slower. Raises `ConstraintError`.
        """
        try:
            grammar = LLMatcher.grammar_from_json_schema(
                json.dumps(dict(schema)), defaults={"whitespace_flexible": False}
            )
        except (ValueError, TypeError, RecursionError) as error:
            raise ConstraintError(
                f"The JSON schema cannot be read ({error}). Give a JSON Schema object."
            ) from error
        return self._constraint(grammar, jump)

    def from_lark(self, grammar: str, jump: bool = True) -> GrammarConstraint:
        """Output must match a Lark grammar in llguidance's dialect, in which `<[id]>` is a control token."""
        return self._constraint(LLMatcher.grammar_from_lark(grammar), jump)

    def _constraint(self, grammar: str, jump: bool) -> GrammarConstraint:
        matcher = self._compiled(grammar).deep_copy()
        return GrammarConstraint(matcher, self._vocab, jump, self._never, self._worker)

    def _compile(self, grammar: str) -> LLMatcher:
        """A matcher to copy, at its beginning. Raises `ConstraintError`."""
        self._thread.join()
        if self._tokens is None:
            raise ConstraintError(
                f"This checkpoint's tokenizer cannot be used with a grammar ({self._failure}). "
                "Generate without schema and grammar, or use another checkpoint."
            )
        matcher = LLMatcher(self._tokens, grammar, log_level=0, limits=self._limits)
        _check(matcher)
        return matcher

    def _build(self) -> None:
        try:
            definition, eos = self._definition, self._eos_ids
            if not eos:
                definition, self._never = _with_end_token(definition)
                eos = [self._never]
            self._tokens = LLTokenizer(definition, n_vocab=max(self._vocab, eos[-1] + 1), eos_token=eos)
        except Exception as error:  # noqa: BLE001  raised where a constraint is asked for, not in a thread
            self._failure = error
        self._definition = ""  # tens of megabytes with a large vocabulary


def _with_end_token(definition: str) -> tuple[str, int]:
    """A tokenizer without an end token, with one added, because llguidance would take id 0 for it."""
    parsed = json.loads(definition)
    added: list[dict[str, Any]] = list(parsed.get("added_tokens") or ())
    vocab = parsed["model"]["vocab"]
    ids = vocab.values() if isinstance(vocab, dict) else range(len(vocab))
    end = max([*ids, *(token["id"] for token in added)]) + 1
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    added.append({"id": end, "content": "<|end of grammar|>", "special": True, **flags})
    return json.dumps({**parsed, "added_tokens": added}), end
