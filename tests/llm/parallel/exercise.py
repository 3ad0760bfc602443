"""What an engine is put through on one device and on several, and what came of it, as plain values.

Run by torchrun, this file does so on all processes and writes the results of process 0, by case, as JSON.
"""

import json
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from homewit.llm import CacheOptions, Engine, LLMError, SamplingParams, Usage, parallel

SYSTEM = "the quick brown fox jumps over the lazy dog, remember that my sister's birthday is May 3. " * 6
SCHEMA = {
    "type": "object",
    "properties": {"action": {"enum": ["remember", "calculate"]}, "count": {"type": "integer"}},
    "required": ["action", "count"],
    "additionalProperties": False,
}

FLAGS, ENDING = 6, 0x4  # of proc(5): the field behind the name, and PF_EXITING in it


def prompt(length: int, seed: int) -> list[int]:
    return torch.randint(0, 400, (length,), generator=torch.Generator().manual_seed(seed)).tolist()


def generate(engine: Engine, ids: Sequence[int], count: int = 12, **options: Any) -> tuple[list[int], Usage]:
    chunks = list(engine.generate(ids, SamplingParams(max_tokens=count, **options)))
    usage = chunks[-1].usage
    assert usage is not None
    return [token for chunk in chunks for token in chunk.tokens], usage


def computed(engine: Engine) -> dict[str, Any]:
    """Numbers that have to be alike within a tolerance."""
    return {
        "logits": engine.logits(prompt(60, 1)).tolist(),
        "scores": engine.score(prompt(50, 2), [[5], [6, 7, 8], [6, 7, 9, 9]]),
        "embeddings": engine.embed(["the lazy dog"]).tolist(),
        "bytes": [engine.footprint(500).weights, engine.footprint(500).token],
    }


def chosen(engine: Engine) -> dict[str, Any]:
    """Tokens that have to be the same: alone, in the next turn, half-way back, in company."""
    first = prompt(600, 3)  # read in two pieces
    answer, _ = generate(engine, first)
    following, next_turn = generate(engine, [*first, *answer, *prompt(20, 4)])
    parted, branch = generate(engine, [*first[:300], *prompt(40, 5)])
    with ThreadPoolExecutor(4) as pool:
        prompts = [[*first[:250], *prompt(20 + index, 6 + index)] for index in range(4)]
        together = [tokens for tokens, _ in pool.map(lambda ids: generate(engine, ids), prompts)]
    structured, usage = generate(engine, prompt(30, 11), 40, schema=SCHEMA)
    drawn, _ = generate(engine, prompt(30, 12), temperature=0.5, seed=3)
    return {
        "answer": answer,
        "following": following,
        "parted": parted,
        "together": together,
        "structured": structured,
        "drawn": drawn,
        "rows are saved": usage.rows < engine.spec.vocab * len(structured),
        "cached": [next_turn.cached, branch.cached],
        "cached at most": [len(first) + len(answer) - 1, 300],
    }


def forgotten(engine: Engine) -> dict[str, Any]:
    """How much is held of a text before and after it is forgotten."""
    held = []
    for _ in range(2):
        generate(engine, engine.tokenizer.encode(SYSTEM), 2)
        held.append(generate(engine, engine.tokenizer.encode(SYSTEM), 2)[1].cached)
        engine.forget_text(["lazy dog"])
        held.append(generate(engine, engine.tokenizer.encode(SYSTEM), 2)[1].cached)
    return {"held": held}


def instructed(engine: Engine) -> dict[str, Any]:
    """An answer under long instructions, and how much of the prompt was held."""
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": "the lazy dog"}]
    chunks = list(engine.chat(messages, params=SamplingParams(max_tokens=6)))
    engine.finish_writing()
    usage = chunks[-1].usage
    assert usage is not None
    return {"tokens": [token for chunk in chunks for token in chunk.tokens], "cached": usage.cached}


PARTS = {part.__name__: part for part in (computed, chosen, forgotten, instructed)}


def exercise(engine: Engine, parts: Sequence[str]) -> dict[str, Any]:
    return {key: value for part in parts for key, value in PARTS[part](engine).items()}


def options_of(case: dict[str, Any]) -> dict[str, Any]:
    folder = case.get("prefixes")
    cache = CacheOptions(int8=case.get("int8", False), folder=Path(folder) if folder else None)
    options = {"draft": case.get("draft"), "cache": cache, "quantize": case.get("quantize")}
    return options | {"dtype": case.get("dtype", "float32")}


def gloo_threads() -> int:
    """How many threads of this process belong to connections; 0 where the system does not say.

    One that was waited for may be listed a moment longer, so those that are ending do not count.
    """
    found = 0
    for stat in Path("/proc/self/task").glob("*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended since it was listed
            name, _, fields = stat.read_text().rpartition(")")
            found += "gloo" in name and not int(fields.split()[FLAGS]) & ENDING
    return found


def attempt(case: dict[str, Any]) -> dict[str, Any]:
    """What came of a case on several devices: its results, or why there is no engine."""
    try:
        engine = parallel.load(case["folder"], **options_of(case))
    except LLMError as error:
        return {"refused": f"{type(error).__name__}: {error}"}
    results = exercise(engine, case["parts"])
    open_threads = gloo_threads()
    engine.close()
    engine.close()  # once more does nothing
    results["threads"] = [open_threads, gloo_threads()]
    try:
        engine.logits([1])
    except LLMError as error:
        results["closed"] = f"{type(error).__name__}: {error}"
    return results


def main(cases_file: str, results_file: str) -> None:
    cases = json.loads(Path(cases_file).read_text())
    results = {}
    for name, case in cases.items():
        if parallel.rank() == 0:
            results[name] = attempt(case)
        else:
            parallel.follow()
    if parallel.rank() == 0:
        Path(results_file).write_text(json.dumps(results))


if __name__ == "__main__":
    main(*sys.argv[1:])
