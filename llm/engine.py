"""The engine: load a checkpoint, then logits, generation, chat, scores and embeddings from it.

This is the package's public face; each method checks its request at the call, then hands the work to the
module that does it. It knows nothing of agents, tools or memory.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from .cache.forgetting import finder
from .cache.options import CacheOptions
from .chats import Chats
from .decoding.constrain import GrammarCompiler
from .decoding.draft_model import check_vocabularies
from .decoding.thinking import ends_as, phase_after
from .families import blueprint_from_config, read_config
from .generation import Chunk, SamplingParams
from .info import ModelInfo, locate, metadata_of
from .loading import LoadRunner, load_runner
from .measuring.footprint import Footprint, footprint
from .requests import Requests
from .serving.runner import Runner
from .serving.schedule import Priority
from .serving.shared_prefixes import SharedPrefixes
from .spec import MAX_VOCAB
from .tokenizer import Tokenizer, read_definition


class Engine:
    """One loaded checkpoint with its cache. Make it with `Engine.load`."""

    def __init__(
        self,
        runner: Runner,
        tokenizer: Tokenizer,
        grammars: GrammarCompiler,
        info: ModelInfo,
        folder: Path,
        draft: Runner | None = None,
        prefixes: SharedPrefixes | None = None,
    ) -> None:
        self.tokenizer = tokenizer
        self.info = info
        self.spec = runner.decoder.spec
        self.metadata: Mapping[str, Any] = metadata_of(read_config(folder))
        self.grammars = grammars
        self._runner = runner
        self._prefixes = prefixes or SharedPrefixes(runner, tokenizer.decode)
        self._requests = Requests(runner, tokenizer, grammars, self._prefixes, draft)
        self._chats = Chats(folder, tokenizer, info.name)

    @classmethod
    def load(
        cls,
        source: str | Path,
        dtype: str | torch.dtype = "auto",
        quantize: Literal["int8", "int4", "fp8"] | None = None,
        device: str = "auto",
        context: int | None = None,
        draft: str | Path | None = None,
        cache: CacheOptions | None = None,
        loader: LoadRunner = load_runner,
    ) -> "Engine":
        """Load "bundled" or a folder with config.json, tokenizer.json and safetensors.

        `dtype` "auto" is the stored one where the machine computes it well, otherwise float32. `quantize`
        makes weights smaller while loading; "fp8" is for GPUs alone. `context` limits the tokens of a prompt
        with its answer, by default as far as the checkpoint goes. `draft` is a smaller checkpoint with the
        same vocabulary that guesses tokens ahead. `cache` says how much memory and disk what was computed
        may take. `loader` reads the weights; `homewit.llm.parallel` has another one. Raises `LLMError`s.
        """
        folder = locate(source)
        spec = blueprint_from_config(read_config(folder)).spec
        tokenizer = Tokenizer.from_folder(folder, spec.vocab)
        small = None
        if draft is not None:
            check_vocabularies(tokenizer, Tokenizer.from_folder(locate(draft), MAX_VOCAB))
            small, _, _ = load_runner(draft, dtype, quantize, device, None, CacheOptions())
        grammars = GrammarCompiler(read_definition(folder), spec.vocab, tokenizer.eos_ids)
        options = cache or CacheOptions()
        runner, info, files = loader(source, dtype, quantize, device, context, options)
        prefixes = SharedPrefixes(runner, tokenizer.decode, files, options.folder)
        return cls(runner, tokenizer, grammars, info, folder, small, prefixes)

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self._runner.device

    @property
    def is_native(self) -> bool:
        """Whether the native kernels compute whole passes when it decodes."""
        return self._runner.is_native

    def footprint(self, held: int = 0) -> Footprint:
        """Bytes of weights and cache, and what a token behind `held` others reads of them."""
        return footprint(self._runner.decoder, self._runner.cache, held)

    def logits(self, ids: Sequence[int]) -> Tensor:
        """Logits [len(ids), vocab], float32, of one causal pass over `ids`."""
        return self._runner.logits(ids)

    def generate(
        self,
        prompt: str | Sequence[int],
        params: SamplingParams | None = None,
        cancel: threading.Event | None = None,
        background: bool = False,
    ) -> Iterator[Chunk]:
        """Continue a text or tokens. `cancel` ends it within one step, keeping what came before.

        Any number may run at once; `background` ones take what the others leave. Thoughts are told from the
        answer only when the parameters limit them; `chat` always does so. Raises `ContextOverflow`,
        `ConstraintError` or `RequestError` at the call, before any chunk.
        """
        params = params or SamplingParams()
        ids = self._ids(prompt)
        thoughts = None
        if params.reasoning_budget is not None and (markers := self._chats.markers()) is not None:
            thoughts = markers, phase_after(self.tokenizer.decode(ids, skip_specials=False), markers)
        return self._requests.start(ids, params, cancel, thoughts, _priority(background))

    def chat(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[Mapping[str, Any]] | None = None,
        params: SamplingParams | None = None,
        cancel: threading.Event | None = None,
        options: Mapping[str, Any] | None = None,
        background: bool = False,
    ) -> Iterator[Chunk]:
        """Answer `messages` (`role`, `content`) through the checkpoint's chat template.

        No text of a message or tool can become a control token. `options` are variables of the template.
        Raises `TemplateError` when there is no template or it refuses, otherwise as `generate`.
        """
        parts = self._chats.render(messages, tools, options)
        markers = self._chats.markers(bool(tools))
        thoughts = None if markers is None else (markers, ends_as(parts, markers))
        self._learn_shape(messages, tools, options)
        ids = self.tokenizer.encode_parts(parts)
        return self._requests.start(ids, params or SamplingParams(), cancel, thoughts, _priority(background))

    def chat_ids(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[Mapping[str, Any]] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> list[int]:
        """The prompt that `chat` would continue."""
        parts = self._chats.render(messages, tools, options)
        self._learn_shape(messages, tools, options)
        return self.tokenizer.encode_parts(parts)

    def score(
        self, prompt: str | Sequence[int], options: Sequence[Sequence[int]], background: bool = False
    ) -> list[float]:
        """Log-probability of each continuation given the prompt. Afterwards the cache holds the prompt."""
        return self._requests.score(self._ids(prompt), options, _priority(background))

    def embed(self, texts: Sequence[str]) -> Tensor:
        """[len(texts), width], unit length: the mean of the final states, for rough similarity only."""
        states = [self._runner.mean_state(self._ids(text)) for text in texts]
        if not states:
            return torch.empty(0, self.spec.width)
        return torch.nn.functional.normalize(torch.stack(states), dim=-1).cpu()

    def _ids(self, prompt: str | Sequence[int]) -> list[int]:
        if isinstance(prompt, str):
            return [*self.tokenizer.prefix, *self.tokenizer.encode(prompt)]
        return list(prompt)

    def forget_outputs(self) -> None:
        """Drop the outputs that are kept to guess from; none can be read out, but they are memory of text."""
        self._requests.history.clear()

    def forget_text(self, texts: Sequence[str]) -> None:
        """Drop everything that was computed from one of `texts`, in memory and on disk.

        Case and white space do not count. Prefixes of other models are searched on disk as well.
        """
        find = finder(texts, lambda ids: self.tokenizer.decode(ids, skip_specials=False))
        self.forget_outputs()
        self._chats.forget_shapes()
        self._runner.forget(find)
        self._prefixes.forget(texts, find)

    def finish_writing(self) -> None:
        """Wait until the prefixes that are kept for the next launch are on disk."""
        self._prefixes.finish()

    def close(self) -> None:
        """Finish writing, and let go of the processes that hold shares of the model; use it no more then.

        An engine in one process needs no closing.
        """
        self.finish_writing()
        self._runner.close()

    def _learn_shape(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[Mapping[str, Any]] | None,
        options: Mapping[str, Any] | None,
    ) -> None:
        """Know what chats like this one begin with, and how their messages end."""
        shape = self._chats.shape(messages, tools, options)
        self._prefixes.remember(shape.shared)
        if shape.message_end is not None:
            self._requests.message_ends.add(shape.message_end)


def _priority(background: bool) -> Priority:
    return Priority.BACKGROUND if background else Priority.INTERACTIVE
