"""Answer one prompt with a model on several devices: `torchrun --nproc-per-node N -m homewit.llm.parallel`.

The first process prints the text, and on stderr what it cost. Errors go to stderr and end it with code 3.
"""

import argparse
import sys

from ..cache.options import CacheOptions
from ..engine import Engine
from ..errors import LLMError
from ..generation import SamplingParams
from .follower import follow
from .group import LEADER, rank
from .leader import load

UNAVAILABLE = 3


def main() -> int:
    """The exit code."""
    options = _options()
    try:
        if rank() != LEADER:
            follow()
            return 0
        engine = load(
            options.model,
            options.dtype,
            options.device,
            options.context,
            cache=CacheOptions(int8=options.int8_cache),
        )
        try:
            _answer(engine, options)
        finally:
            engine.close()
    except LLMError as error:
        sys.stderr.write(f"{error}\n")
        return UNAVAILABLE
    return 0


def _answer(engine: Engine, options: argparse.Namespace) -> None:
    """Through the chat template where there is one, unless the prompt is meant as it stands."""
    params = SamplingParams(options.max_tokens, options.temperature, seed=options.seed)
    if options.raw or engine.info.dialect == "compact":
        chunks = engine.generate(options.prompt, params)
    else:
        chunks = engine.chat([{"role": "user", "content": options.prompt}], params=params)
    usage = None
    for chunk in chunks:
        sys.stdout.write(chunk.text)
        sys.stdout.flush()
        usage = chunk.usage
    sys.stdout.write("\n")
    sys.stderr.write(f"{usage}\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="torchrun --nproc-per-node N -m homewit.llm.parallel", description=__doc__
    )
    parser.add_argument("model", help='a folder with a checkpoint, or "bundled"')
    parser.add_argument("prompt")
    parser.add_argument("--raw", action="store_true", help="continue the prompt without the chat template")
    parser.add_argument("--max-tokens", type=int, default=256)
    parser.add_argument("--temperature", type=float, default=0.0)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--dtype", default="auto", help="auto, float32, bfloat16 or float16")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--context", type=int, help="most tokens of prompt and answer")
    parser.add_argument("--int8-cache", action="store_true", help="keep keys and values in eight bits")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
