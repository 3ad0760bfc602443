"""One engine with one checkpoint, in a process of its own, that measures what it is told to.

    python -m benchmarks.contenders NAME PATH CONTEXT

Reads a request per line from standard input and answers each with a line of JSON; see `Contender` for the
requests. A process for each engine keeps their threads and memory apart, and its peak of memory can be told.
Knows nothing of who is compared with whom.
"""

import json
import os
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

SPARE_MB = 8  # pages are handed out whole
SPARE_VOCAB = 300  # prompts use no tokens from here on, so that every vocabulary has them


class Contender(Protocol):
    """What every engine can be asked for. Times are in seconds."""

    def prefill(self, ids: Sequence[int]) -> float:
        """Until the logits behind `ids` are known, with nothing of them in the cache."""
        ...

    def decode(self, ids: Sequence[int], count: int) -> float:
        """For each of `count` greedy tokens behind `ids`, which may be in the cache."""
        ...


class Homewit:
    """The engine as its callers see it: text, stops and counters included."""

    def __init__(self, path: str, context: int) -> None:
        from homewit.llm import CacheOptions, Engine

        cache = CacheOptions(memory_mb=cache_mb(path, context))
        self._engine = Engine.load(path, "bfloat16", device="cpu", context=context, cache=cache)

    def prefill(self, ids: Sequence[int]) -> float:
        return self._times(ids, 1)[0]

    def decode(self, ids: Sequence[int], count: int) -> float:
        times = self._times(ids, count + 1)
        return (times[-1] - times[0]) / (len(times) - 1)

    def _times(self, ids: Sequence[int], count: int) -> list[float]:
        from homewit.llm import SamplingParams

        started, times = perf_counter(), []
        for chunk in self._engine.generate(ids, SamplingParams(max_tokens=count, drafts=0)):
            times += [perf_counter() - started] * len(chunk.tokens)
        return times


class LlamaCpp:
    """llama.cpp through the thinnest layer of its binding: a call for each pass, and the largest logit."""

    def __init__(self, path: str, context: int) -> None:
        import llama_cpp
        import numpy as np

        threads = len(os.sched_getaffinity(0))
        self._numpy, self._native = np, llama_cpp
        self._model = llama_cpp.Llama(
            path, n_ctx=context, n_batch=512, n_ubatch=512, n_threads=threads, n_threads_batch=threads,
            flash_attn=True, verbose=False,
        )  # fmt: skip
        self._held: list[int] = []

    def prefill(self, ids: Sequence[int]) -> float:
        self._go_back(0)
        started = perf_counter()
        self._read(ids)
        self._best()
        return perf_counter() - started

    def decode(self, ids: Sequence[int], count: int) -> float:
        if self._held != list(ids):
            self._go_back(0)
            self._read(ids)
        token = self._best()
        started = perf_counter()
        for _ in range(count):
            self._read([token])
            token = self._best()
        seconds = (perf_counter() - started) / count
        # The last token is read again, so that its logits are there the next time.
        self._go_back(len(ids) - 1)
        self._read(ids[-1:])
        return seconds

    def _read(self, ids: Sequence[int]) -> None:
        context = self._model.ctx
        for start in range(0, len(ids), 512):
            piece = list(ids[start : start + 512])
            tokens = (self._native.llama_token * len(piece))(*piece)
            batch = self._native.llama_batch_get_one(tokens, len(piece))
            if self._native.llama_decode(context, batch) != 0:
                raise RuntimeError("llama_decode failed")
        self._held += ids

    def _go_back(self, length: int) -> None:
        memory = self._native.llama_get_memory(self._model.ctx)
        self._native.llama_memory_seq_rm(memory, -1, length, -1)
        del self._held[length:]

    def _best(self) -> int:
        logits = self._native.llama_get_logits_ith(self._model.ctx, -1)
        return int(self._numpy.ctypeslib.as_array(logits, (self._model.n_vocab(),)).argmax())


class Transformers:
    """The reference implementation, called for each pass with its own cache."""

    def __init__(self, path: str, context: int) -> None:
        import torch
        import transformers

        self._torch = torch
        self._new_cache = transformers.DynamicCache
        self._model = transformers.AutoModelForCausalLM.from_pretrained(path, dtype=torch.bfloat16).eval()
        self._held: list[int] = []
        self._cache: Any = None
        self._following = 0

    def prefill(self, ids: Sequence[int]) -> float:
        self._cache, self._held = self._new_cache(config=self._model.config), []
        started = perf_counter()
        self._following = self._read(ids)
        return perf_counter() - started

    def decode(self, ids: Sequence[int], count: int) -> float:
        if self._held != list(ids):
            self._cache, self._held = self._new_cache(config=self._model.config), []
            self._following = self._read(ids)
        token = self._following
        started = perf_counter()
        for _ in range(count):
            token = self._read([token])
        seconds = (perf_counter() - started) / count
        self._cache.crop(-count)
        del self._held[len(ids) :]
        return seconds

    def _read(self, ids: Sequence[int]) -> int:
        with self._torch.inference_mode():
            output = self._model(
                self._torch.tensor([list(ids)]), past_key_values=self._cache, logits_to_keep=1
            )
        self._held += ids
        return int(output.logits[0, -1].argmax())


CONTENDERS: dict[str, Callable[[str, int], Contender]] = {
    "homewit": Homewit,
    "llama.cpp": LlamaCpp,
    "transformers": Transformers,
}


def cache_mb(path: str, context: int) -> int:
    """What keys and values of `context` tokens take in 16 bits, in MiB: as much as llama.cpp sets aside."""
    config = json.loads((Path(path) / "config.json").read_text(encoding="utf-8"))
    head_dim = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    token_bytes = 4 * config["num_hidden_layers"] * config["num_key_value_heads"] * head_dim
    return -(-token_bytes * context // 2**20) + SPARE_MB


def prompt(length: int, seed: int) -> list[int]:
    """Random tokens that every side has."""
    return random.Random(seed).choices(range(3, SPARE_VOCAB), k=length)


def memory_bytes() -> dict[str, int]:
    """The most memory that this process had at once, and what it has now: all, and without mapped files."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    fields = {name: value for name, _, value in (line.partition(":") for line in lines)}
    kilobytes = {"peak": "VmHWM", "held": "VmRSS", "own": "RssAnon"}
    return {key: int(fields[name].split()[0]) * 1024 for key, name in kilobytes.items()}


def answer(contender: Contender, request: dict[str, Any]) -> Any:
    """What one request gives."""
    match request:
        case {"prefill": int(length), "seed": int(seed)}:
            return contender.prefill(prompt(length, seed))
        case {"decode": int(count), "held": int(length)}:
            return contender.decode(prompt(length, length), count)
        case {"memory": True}:
            return memory_bytes()
        case _:
            raise ValueError(f"no such request: {request}")


def main() -> None:
    """Load, tell that it is done, and answer until the input ends."""
    name, path, context = sys.argv[1:]
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints is not an answer
    contender = CONTENDERS[name](path, int(context))
    contender.prefill(prompt(8, 0))
    print(json.dumps("ready"), file=out, flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(contender, json.loads(line))), file=out, flush=True)


if __name__ == "__main__":
    main()
