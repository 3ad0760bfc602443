"""The engine: load a checkpoint, then logits, generation, chat, scores and embeddings from it.

This is the package's public face; each method checks its request at the call, then hands the work to the
module that does it. It knows nothing of agents, tools or memory.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from . import checkpoint
from .chat import ChatTemplate, load_template
from .constrain import GrammarCompiler
from .draft_model import check_vocabularies
from .errors import RequestError, TemplateError, UnsupportedError
from .families import blueprint_from_config, read_config
from .generation import Chunk, SamplingParams
from .info import ModelInfo, describe, locate, metadata_of
from .linear import quantize_int8
from .requests import Requests
from .runner import Runner
from .spec import MAX_VOCAB
from .thinking import ThinkingMarkers, ends_as, find_markers, phase_after
from .tokenizer import Tokenizer, read_optional, token_content

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
# Below this a model decodes as fast in float32, whose results are the same on every machine.
SMALL_PARAMETERS = 100_000_000


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
    ) -> None:
        self.tokenizer = tokenizer
        self.info = info
        self.spec = runner.decoder.spec
        self.metadata: Mapping[str, Any] = metadata_of(read_config(folder))
        self.grammars = grammars
        self._runner = runner
        self._folder = folder
        self._requests = Requests(runner, tokenizer, grammars, draft)
        self._templates: dict[bool, tuple[ChatTemplate, ThinkingMarkers | None]] = {}

    @classmethod
    def load(
        cls,
        source: str | Path,
        dtype: str | torch.dtype = "auto",
        quantize: Literal["int8", "int4"] | None = None,
        device: str = "auto",
        context: int | None = None,
        draft: str | Path | None = None,
    ) -> "Engine":
        """Load "bundled" or a folder with config.json, tokenizer.json and safetensors.

        `dtype` "auto" is the stored one where the machine computes it well, otherwise float32. `context`
        limits the tokens of a prompt with its answer, by default as far as the checkpoint goes. `draft` is a
        smaller checkpoint with the same vocabulary that guesses tokens ahead. Raises `LLMError`s.
        """
        folder = locate(source)
        spec = blueprint_from_config(read_config(folder)).spec
        tokenizer = Tokenizer.from_folder(folder, spec.vocab)
        small = None
        if draft is not None:
            check_vocabularies(tokenizer, Tokenizer.from_folder(locate(draft), MAX_VOCAB))
            small, _ = _load_runner(draft, dtype, quantize, device, None)
        grammars = GrammarCompiler(tokenizer.definition, spec.vocab, tokenizer.eos_ids)
        runner, info = _load_runner(source, dtype, quantize, device, context)
        return cls(runner, tokenizer, grammars, info, folder, small)

    def logits(self, ids: Sequence[int]) -> Tensor:
        """Logits [len(ids), vocab], float32, of one causal pass over `ids`."""
        return self._runner.logits(ids)

    def generate(
        self,
        prompt: str | Sequence[int],
        params: SamplingParams | None = None,
        cancel: threading.Event | None = None,
    ) -> Iterator[Chunk]:
        """Continue a text or tokens. `cancel` ends it within one step, keeping what came before.

        Thoughts are told from the answer only when the parameters limit them; `chat` always does so.
        Raises `ContextOverflow`, `ConstraintError` or `RequestError` at the call, before any chunk.
        """
        params = params or SamplingParams()
        ids = self._ids(prompt)
        thoughts = None
        if params.reasoning_budget is not None and (markers := self._markers()) is not None:
            thoughts = markers, phase_after(self.tokenizer.decode(ids, skip_specials=False), markers)
        return self._requests.start(ids, params, cancel, thoughts)

    def chat(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[Mapping[str, Any]] | None = None,
        params: SamplingParams | None = None,
        cancel: threading.Event | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> Iterator[Chunk]:
        """Answer `messages` (`role`, `content`) through the checkpoint's chat template.

        No text of a message or tool can become a control token. `options` are variables of the template.
        Raises `TemplateError` when there is no template or it refuses, otherwise as `generate`.
        """
        template, markers = self._template(bool(tools))
        parts = template.render(messages, tools, options)
        thoughts = None if markers is None else (markers, ends_as(parts, markers))
        return self._requests.start(
            self.tokenizer.encode_parts(parts), params or SamplingParams(), cancel, thoughts
        )

    def chat_ids(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[Mapping[str, Any]] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> list[int]:
        """The prompt that `chat` would continue."""
        template, _ = self._template(bool(tools))
        return self.tokenizer.encode_parts(template.render(messages, tools, options))

    def score(self, prompt: str | Sequence[int], options: Sequence[Sequence[int]]) -> list[float]:
        """Log-probability of each continuation given the prompt. Afterwards the cache holds the prompt."""
        return self._runner.score(self._ids(prompt), options)

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

    def _markers(self) -> ThinkingMarkers | None:
        try:
            return self._template(has_tools=False)[1]
        except TemplateError:
            return None

    def _template(self, has_tools: bool) -> tuple[ChatTemplate, ThinkingMarkers | None]:
        """The template, and the markers that it puts around thoughts. Raises `TemplateError`."""
        if has_tools not in self._templates:
            settings = read_optional(self._folder / "tokenizer_config.json")
            source = load_template(self._folder, settings, has_tools)
            if source is None:
                raise TemplateError(
                    f"The model {self.info.name} has no chat template, so it takes prompts, not messages. "
                    "Use generate with a prompt, or an instruction-tuned checkpoint."
                )
            names = ("bos_token", "eos_token", "unk_token", "pad_token")
            tokens = {name: token_content(settings.get(name)) for name in names}
            known = {name: content for name, content in tokens.items() if content is not None}
            self._templates[has_tools] = ChatTemplate(source, known), find_markers(source)
        return self._templates[has_tools]


def _load_runner(
    source: str | Path,
    dtype: str | torch.dtype,
    quantize: Literal["int8", "int4"] | None,
    device: str,
    context: int | None,
) -> tuple[Runner, ModelInfo]:
    folder = locate(source)
    blueprint = blueprint_from_config(read_config(folder))
    info = describe(source)
    limit = _checked_context(context, blueprint.spec.context)
    place = _pick_device(device)
    number = _pick_dtype(dtype, info, place, quantize)
    decoder = checkpoint.load(folder, blueprint.spec, number, place, blueprint.names)
    if quantize == "int8":
        quantize_int8(decoder)
    name = quantize or str(number).removeprefix("torch.")
    return Runner(decoder, limit), replace(info, dtype=name, context=limit)


def _checked_context(wanted: int | None, available: int) -> int:
    if wanted is None:
        return available
    if not 2 <= wanted <= available:
        raise RequestError(f"A context of {wanted} was asked for; this checkpoint allows 2 to {available}.")
    return wanted


def _pick_device(device: str) -> torch.device:
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        place = torch.device(device)
    except RuntimeError as error:
        raise UnsupportedError(f"There is no device {device!r}. Use 'auto', 'cpu' or 'cuda'.") from error
    if place.type not in ("cpu", "cuda") or (place.type == "cuda" and not torch.cuda.is_available()):
        raise UnsupportedError(f"The device {device!r} is not available here. Use 'auto' or 'cpu'.")
    return place


def _pick_dtype(
    dtype: str | torch.dtype, info: ModelInfo, place: torch.device, quantize: str | None
) -> torch.dtype:
    if quantize not in (None, "int8"):
        raise UnsupportedError(f"Quantization {quantize!r} is not built yet. Use quantize='int8' or None.")
    if quantize == "int8":
        if place.type != "cpu" or dtype not in ("auto", "bfloat16", torch.bfloat16):
            raise UnsupportedError("int8 weights run in bfloat16 on a CPU. Leave dtype and device at 'auto'.")
        return torch.bfloat16
    if isinstance(dtype, torch.dtype):
        dtype = str(dtype).removeprefix("torch.")
    if dtype in DTYPES:
        return DTYPES[dtype]
    if dtype != "auto":
        raise UnsupportedError(f"There is no dtype {dtype!r}. Use 'auto', {', '.join(map(repr, DTYPES))}.")
    stored = DTYPES.get(info.dtype, torch.float32)
    if place.type == "cpu" and (stored is torch.float16 or info.parameters < SMALL_PARAMETERS):
        return torch.float32
    return stored
