"""The two sides of the engine benchmark: one random checkpoint, read by Homewit and by transformers.

Both are called the same way and tell when each token arrived. Knows nothing of what is compared.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

Generate = Callable[[Sequence[int], int, bool], tuple[list[int], list[float], int]]
"""Prompt, number of tokens, whether it goes on from the last call; gives tokens, when each came, and how many
tokens of the prompt were in the cache.
"""

SHAPE: dict[str, Any] = {  # about 30 million parameters
    "vocab_size": 8192,
    "hidden_size": 512,
    "intermediate_size": 1536,
    "num_hidden_layers": 8,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "head_dim": 64,
    "max_position_embeddings": 1024,
    "tie_word_embeddings": True,
    "bos_token_id": None,
    "eos_token_id": None,  # so that every answer has its full length
    "pad_token_id": None,
}
BYTES = 256  # the tokens that the tokenizer has; prompts use no others


def write_checkpoint(folder: Path, family: str) -> int:
    """Save random weights and a tokenizer of bytes; returns the number of parameters."""
    import torch
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    torch.manual_seed(1)
    config = getattr(transformers, f"{family}Config")(**SHAPE)
    model = getattr(transformers, f"{family}ForCausalLM")(config)
    model.save_pretrained(folder)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: number for number, letter in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.save(str(folder / "tokenizer.json"))
    return model.num_parameters()


def homewit(folder: Path) -> Generate:
    """Homewit's engine, which finds by itself what its cache already holds."""
    from homewit.llm import Engine, SamplingParams

    engine = Engine.load(folder, dtype="float32", device="cpu")

    def generate(ids: Sequence[int], count: int, goes_on: bool) -> tuple[list[int], list[float], int]:
        tokens, times, cached = [], [], 0
        for chunk in engine.generate(ids, SamplingParams(max_tokens=count)):
            if chunk.tokens:
                tokens += chunk.tokens
                times.append(perf_counter())
            if chunk.usage is not None:
                cached = chunk.usage.cached
        return tokens, times, cached

    return generate


def transformers_peer(folder: Path) -> Generate:
    """`generate` of transformers, given the cache of the call before when it goes on from it."""
    import torch
    import transformers

    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    model.generation_config.pad_token_id = 0
    kept: list[Any] = []

    def generate(ids: Sequence[int], count: int, goes_on: bool) -> tuple[list[int], list[float], int]:
        arrivals = Arrivals()
        cache = kept.pop() if goes_on else None
        kept.clear()
        cached = cache.get_seq_length() if goes_on else 0
        prompt = torch.tensor([ids])
        output = model.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            past_key_values=cache,
            max_new_tokens=count,
            do_sample=False,
            streamer=arrivals,
            return_dict_in_generate=True,
        )
        kept.append(output.past_key_values)
        return output.sequences[0, len(ids) :].tolist(), arrivals.times[1:], cached

    return generate


class Arrivals:
    """A streamer of transformers: the time of each `put`, the first of which is the prompt."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def put(self, value: Any) -> None:
        self.times.append(perf_counter())

    def end(self) -> None:
        """Nothing is left over."""
