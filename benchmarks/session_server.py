"""llama-cpp-python's server, which writes what was recorded, whatever its weights would say.

    python -m benchmarks.session_server MODEL OUTPUTS CONTEXT THREADS PORT

The server is the installed one with its cache of prompts in memory. The one thing that is added is a sampler
at the end of the chain, behind grammar and greedy choice, that takes the token of a recorded output; the seed
of a request, which a greedy choice has no other use for, says of which one. The settings are the defaults
but for the logits of all prompt tokens, which nobody asks for and which cost much. Knows nothing of what is
compared with what.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import llama_cpp
import uvicorn
from llama_cpp.server.app import create_app
from llama_cpp.server.settings import Settings


class RecordedLlama(llama_cpp.Llama):
    """Samples as any other does, and takes the recorded token."""

    outputs: tuple[str, ...] = ()
    _recorded: Iterator[int] = iter(())

    def set_seed(self, seed: int) -> None:
        super().set_seed(seed)
        if seed < len(self.outputs):
            text = self.outputs[seed].encode()
            ids = self.tokenize(text, add_bos=False, special=False)
            self._recorded = iter([*ids, self.token_eos()])

    def _init_sampler(self, *args: Any, **kwargs: Any) -> Any:
        sampler = super()._init_sampler(*args, **kwargs)
        sampler.add_custom(self._take)
        return sampler

    def _take(self, candidates: Any) -> None:
        candidates.contents.data[0].id = next(self._recorded)
        candidates.contents.selected = 0


def main() -> None:
    """Load the checkpoint and serve it until the process is ended."""
    model, outputs, context, threads, port = sys.argv[1:]
    RecordedLlama.outputs = tuple(json.loads(Path(outputs).read_text(encoding="utf-8")))
    llama_cpp.Llama = RecordedLlama  # what the server makes
    settings = Settings(
        model=model,
        n_ctx=int(context),
        n_threads=int(threads),
        n_threads_batch=int(threads),
        logits_all=False,
        cache=True,
        cache_type="ram",
        verbose=True,  # says how many tokens it found in its cache, and how many passes it made
    )
    uvicorn.run(create_app(settings), host="127.0.0.1", port=int(port), log_level="warning")


if __name__ == "__main__":
    main()
