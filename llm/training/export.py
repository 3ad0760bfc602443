"""Turns a training state into the checkpoint that ships: safetensors, tokenizer and configuration."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

from ..compact.form import Marker, control_tokens
from ..network.decoder import Decoder
from ..weights.checkpoint import save
from .frames import BUILT_IN
from .recipe import CONTEXT, bundled_config, bundled_spec, write_json


def export(state: Path, target: Path) -> None:
    """Write the weights of ``state`` (a training folder) to ``target`` in bfloat16, with what belongs to them."""
    decoder = Decoder(bundled_spec())
    tensors = load_file(state / "state.safetensors")
    weights = {name.removeprefix("weight."): t for name, t in tensors.items() if name.startswith("weight.")}
    decoder.load_state_dict(weights)
    target.mkdir(parents=True, exist_ok=True)
    save(decoder, target, torch.bfloat16)
    tokenizer = Tokenizer.from_file(str(state / "tokenizer.json"))
    tokenizer.save(str(target / "tokenizer.json"))
    ids = {content: number for number, content in enumerate(control_tokens())}
    native = {
        card.name: {
            "arguments": [a.name for a in card.arguments],
            "fields": [name for name in card.fields if name != "text"],
            "closed": [a.name for a in card.arguments if a.closed],
            "choices": {a.name: list(a.choices) for a in card.arguments if a.choices and a.kind != "choice"},
            "implied": {
                a.name: {value: list(words) for value, words in a.implied.items()}
                for a in card.arguments
                if a.implied
            },
            "shapes": {a.name: a.shape for a in card.arguments if a.shape},
        }
        for card in BUILT_IN.values()
    }
    config = bundled_config(native, ids[Marker.END.value], ids[Marker.BOS.value], ids[Marker.PAD.value])
    write_json(target / "config.json", config)
    write_json(
        target / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": Marker.BOS.value,
            "eos_token": Marker.END.value,
            "pad_token": Marker.PAD.value,
            "model_max_length": CONTEXT,
            "clean_up_tokenization_spaces": False,
        },
    )
