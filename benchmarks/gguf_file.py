"""A Hugging Face folder as a GGUF file, in the layout that llama.cpp reads, and packed by llama.cpp itself.

Knows only the tensors of Llama and Qwen3. llama.cpp rotates neighbouring pairs of Llama's heads where the
folder has halves, so the rows of queries and keys are put in that order.
"""

import ctypes
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .vocabulary import CONTROL, TEMPLATE, Vocabulary

PLACES = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
FILE_TYPES = {"F16": 1, "Q4_0": 2, "Q8_0": 7}  # llama.cpp's LLAMA_FTYPE
LAYER = re.compile(r"model\.layers\.(\d+)\.(.*)\.weight")


def write_gguf(path: Path, folder: Path, spec: Any, vocabulary: Vocabulary) -> None:
    """Write the weights of `folder` in float16, and its norms in float32."""
    import numpy
    from gguf import GGUFWriter

    family = "qwen3" if spec.layers[0].mixer.qk_norm else "llama"
    writer = GGUFWriter(path, family)
    _add_shape(writer, spec)
    _add_vocabulary(writer, vocabulary)
    for name, tensor in _stored(folder):
        dtype = numpy.dtype(numpy.float16 if tensor.ndim == 2 else numpy.float32)
        writer.add_tensor_info(gguf_name(name), tensor.shape, dtype, tensor.numel() * dtype.itemsize)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    mixer = spec.layers[0].mixer
    heads = {"self_attn.q_proj": mixer.heads, "self_attn.k_proj": mixer.kv_heads} if family == "llama" else {}
    for name, tensor in _stored(folder):
        found = LAYER.fullmatch(name)
        count = heads.get(found[2]) if found is not None else None
        array = tensor.float().numpy() if count is None else paired(tensor.float().numpy(), count)
        writer.write_tensor_data(array.astype(numpy.float16) if tensor.ndim == 2 else array)
    writer.close()


def pack_gguf(source: Path, target: Path, kind: str) -> None:
    """Write `source` as llama.cpp's own tool would: which tensor gets how many bits is its affair."""
    import llama_cpp

    quiet()
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = FILE_TYPES[kind]
    failed = llama_cpp.llama_model_quantize(bytes(source), bytes(target), ctypes.pointer(params))
    if failed:
        raise RuntimeError(f"llama.cpp could not pack {source} as {kind}; it returned {failed}.")


def gguf_name(name: str) -> str:
    """What llama.cpp calls a tensor of a Hugging Face checkpoint."""
    found = LAYER.fullmatch(name)
    if found is not None:
        return f"blk.{found[1]}.{PLACES[found[2]]}.weight"
    return f"{PLACES[name.removesuffix('.weight')]}.weight"


def paired(weight: Any, heads: int) -> Any:
    """The rows of each head with its two halves interleaved."""
    rows, columns = weight.shape
    return weight.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def quiet() -> None:
    """Let llama.cpp say nothing but errors."""
    import llama_cpp._logger

    llama_cpp._logger.set_verbose(False)


def _stored(folder: Path) -> Iterator[tuple[str, Any]]:
    from safetensors import safe_open

    with safe_open(folder / "model.safetensors", framework="pt") as file:
        for name in file.keys():  # noqa: SIM118  it is no mapping
            yield name, file.get_tensor(name)


def _add_shape(writer: Any, spec: Any) -> None:
    layer = spec.layers[0]
    mixer = layer.mixer
    writer.add_context_length(spec.context)
    writer.add_embedding_length(spec.width)
    writer.add_block_count(len(spec.layers))
    writer.add_feed_forward_length(layer.ffn.hidden)
    writer.add_head_count(mixer.heads)
    writer.add_head_count_kv(mixer.kv_heads)
    writer.add_key_length(mixer.head_dim)
    writer.add_value_length(mixer.head_dim)
    writer.add_rope_dimension_count(mixer.head_dim)
    writer.add_rope_freq_base(mixer.rotary.theta)
    writer.add_layer_norm_rms_eps(spec.norm_eps)
    writer.add_vocab_size(spec.vocab)
    writer.add_file_type(FILE_TYPES["F16"])


def _add_vocabulary(writer: Any, vocabulary: Vocabulary) -> None:
    from gguf import TokenType

    tokens = vocabulary.tokens
    kinds = [TokenType.CONTROL if token in CONTROL else TokenType.NORMAL for token in tokens]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(vocabulary.merges)
    writer.add_eos_token_id(vocabulary.end_id)
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE)
