"""The structures of `native/kernels.h` as ctypes, field by field in the same order.

`library.py` compares their sizes with those of the build when it opens it. Knows nothing of torch.
"""

import ctypes
from ctypes import POINTER, c_char_p, c_double, c_float, c_int, c_int32, c_int64, c_void_p
from typing import Final

FLOAT32: Final = 0
BFLOAT16: Final = 1
INT8: Final = 2
INT4: Final = 3

SILU: Final = 0
GELU_TANH: Final = 1
GELU: Final = 2

# A panel holds this many rows; activations and weights share scales in groups of a multiple of GROUP columns.
PANEL: Final = 16
GROUP: Final = 32


class Matrix(ctypes.Structure):
    """`hw_matrix`: a weight [rows, columns]."""

    _fields_ = (
        ("kind", c_int32),
        ("group", c_int32),
        ("rows", c_int64),
        ("columns", c_int64),
        ("data", c_void_p),
        ("scale", c_void_p),
        ("codebook", c_void_p),
        ("bias", c_void_p),
    )


class Cache(ctypes.Structure):
    """`hw_cache`: keys and values of one layer of one sequence, through a table of pages."""

    _fields_ = (
        ("keys", c_void_p),
        ("values", c_void_p),
        ("key_scales", c_void_p),
        ("value_scales", c_void_p),
        ("origin", c_int64),
        ("page_tokens", c_int64),
        ("head_stride", c_int64),
        ("token_stride", c_int64),
        ("scale_stride", c_int64),
        ("kind", c_int32),
    )


class Layer(ctypes.Structure):
    """`hw_layer`: attention and gated feed-forward of one pre-norm layer."""

    _fields_ = (
        ("qkv", Matrix),
        ("out", Matrix),
        ("gate_up", Matrix),
        ("down", Matrix),
        ("mixer_norm", c_void_p),
        ("ffn_norm", c_void_p),
        ("mixer_post_norm", c_void_p),
        ("ffn_post_norm", c_void_p),
        ("query_norm", c_void_p),
        ("key_norm", c_void_p),
        ("frequencies", c_void_p),
        ("heads", c_int32),
        ("kv_heads", c_int32),
        ("head_dim", c_int32),
        ("rotary", c_int32),
        ("window", c_int32),
        ("activation", c_int32),
        ("softmax_scale", c_float),
        ("rotary_scale", c_float),
    )


class Model(ctypes.Structure):
    """`hw_model`: all layers, embedding, last norm and head."""

    _fields_ = (
        ("layers", POINTER(Layer)),
        ("embedding", Matrix),
        ("norm", c_void_p),
        ("width", c_int64),
        ("layer_count", c_int32),
        ("epsilon", c_float),
        ("embedding_scale", c_float),
    )


class Sequence(ctypes.Structure):
    """`hw_sequence`: the rows of a step that continue one sequence."""

    _fields_ = (
        ("layers", POINTER(Cache)),
        ("start", c_int64),
        ("first", c_int32),
        ("rows", c_int32),
    )


class Step(ctypes.Structure):
    """`hw_step`: one forward pass."""

    _fields_ = (
        ("model", POINTER(Model)),
        ("sequences", POINTER(Sequence)),
        ("tokens", c_void_p),
        ("wanted", c_void_p),
        ("states", c_void_p),
        ("sequence_count", c_int32),
        ("rows", c_int32),
        ("wanted_count", c_int32),
        ("threads", c_int32),
    )


SIZES: Final = {
    "hw_matrix": Matrix,
    "hw_cache": Cache,
    "hw_layer": Layer,
    "hw_model": Model,
    "hw_sequence": Sequence,
    "hw_step": Step,
}

# Name of each call with what it returns and takes.
CALLS: Final = {
    "homewit_digest": (c_char_p, ()),
    "homewit_levels": (c_char_p, ()),
    "homewit_level": (c_char_p, ()),
    "homewit_use": (c_int, (c_char_p,)),
    "homewit_sizeof": (c_int64, (c_char_p,)),
    "homewit_pack": (c_int, (POINTER(Matrix), c_void_p, c_int32, c_int32)),
    "homewit_unpack": (c_int, (POINTER(Matrix), c_void_p, c_int64, c_void_p, c_int32, c_int32)),
    "homewit_multiply": (c_int, (POINTER(Matrix), c_void_p, c_int64, c_void_p, *[c_int32] * 3)),
    "homewit_multiply_some": (
        c_int,
        (POINTER(Matrix), c_void_p, c_int64, c_void_p, c_int64, c_void_p, c_int32, c_int32),
    ),
    "homewit_step": (c_int, (POINTER(Step),)),
    "homewit_rms_norm": (None, (c_void_p, c_void_p, c_float, c_int64, c_int64, c_void_p)),
    "homewit_rotate": (None, (c_void_p, c_void_p, *[c_int64] * 4, c_float)),
    "homewit_gate": (None, (c_void_p, c_void_p, c_int64, c_int32, c_void_p)),
    "homewit_attend": (
        c_int,
        (POINTER(Cache), c_void_p, c_int64, c_int64, *[c_int32] * 4, c_float, c_void_p, c_int32),
    ),
    "homewit_top": (c_int, (c_void_p, c_int64, c_int64, c_void_p, c_void_p)),
    "homewit_prefer_large_pages": (None, (c_void_p, c_int64)),
    "homewit_read": (c_double, (c_void_p, c_int64, c_int32)),
}
