"""A small dense decoder made of random numbers, twice: in plain PyTorch, and as the kernels see it."""

from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from homewit.llm.cache.kv_pages import KVPages, KVShape
from homewit.llm.cache.pages import PagePool
from homewit.llm.kernels.caches import SequenceCaches
from homewit.llm.kernels.matrix import NativeMatrix, pack
from homewit.llm.kernels.model import LayerWeights, NativeModel
from homewit.llm.kernels.step import Continuation, NativeStep
from homewit.llm.quantization.panels import unpack


@dataclass(frozen=True)
class Shape:
    """Sizes of the decoder, and which of the optional parts it has."""

    vocab: int = 97
    width: int = 48
    layers: int = 3
    heads: int = 6
    kv_heads: int = 2
    head_dim: int = 16
    hidden: int = 80
    rotary: int = 16
    windows: tuple[int, ...] = (0,)
    activation: Any = "silu"
    bias: bool = False
    head_norms: bool = False
    post_norms: bool = False
    embedding_scale: float = 1.0
    kind: str | int = "float32"  # or "bfloat16", or a number of bits

    @property
    def qkv(self) -> int:
        return (self.heads + 2 * self.kv_heads) * self.head_dim


@dataclass
class Dense:
    """Weights as plain tensors [out, in], as the kernels will see them, and the native model over them."""

    shape: Shape
    seed: int = 0
    layers: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        shape, self._random = self.shape, torch.Generator().manual_seed(self.seed)
        self.embedding, embedding = self._matrix(shape.vocab, shape.width, scale=1.0)
        self.norm = self._norm(shape.width)
        self.frequencies = 10_000.0 ** -(torch.arange(shape.rotary // 2) / max(1, shape.rotary // 2))
        native = [self._layer(number) for number in range(shape.layers)]
        self.native = NativeModel(native, embedding, self.norm, 1e-6, shape.embedding_scale)
        self.step = NativeStep(self.native)

    def _draw(self, *shape: int) -> Tensor:
        return torch.randn(*shape, generator=self._random)

    def _norm(self, size: int) -> Tensor:
        return 1 + 0.1 * self._draw(size)

    def _matrix(self, rows: int, columns: int, bias: bool = False, scale: float | None = None) -> Any:
        weight = self._draw(rows, columns) * (columns**-0.5 if scale is None else scale)
        added = self._draw(rows) * 0.1 if bias else None
        kind = self.shape.kind
        if isinstance(kind, int):
            packed = pack(weight, 8 if kind == 8 else 4, 32)
            plain, native = unpack(packed), NativeMatrix(packed, added)
        else:
            stored = weight.to(getattr(torch, kind))
            plain, native = stored.float(), NativeMatrix(stored, added)
        return (plain, native) if scale is not None else ((plain, added), native)

    def _layer(self, number: int) -> LayerWeights:
        shape = self.shape
        sizes = {
            "qkv": (shape.qkv, shape.width),
            "out": (shape.width, shape.heads * shape.head_dim),
            "gate_up": (2 * shape.hidden, shape.width),
            "down": (shape.width, shape.hidden),
        }
        matrices = {name: self._matrix(*size, bias=shape.bias) for name, size in sizes.items()}
        norms: dict[str, Tensor | None] = {
            "mixer_norm": self._norm(shape.width),
            "ffn_norm": self._norm(shape.width),
            "query_norm": self._norm(shape.head_dim) if shape.head_norms else None,
            "key_norm": self._norm(shape.head_dim) if shape.head_norms else None,
            "mixer_post_norm": self._norm(shape.width) if shape.post_norms else None,
            "ffn_post_norm": self._norm(shape.width) if shape.post_norms else None,
        }
        window = shape.windows[number % len(shape.windows)]
        self.layers.append(
            {name: plain for name, (plain, _) in matrices.items()} | norms | {"window": window}
        )
        return LayerWeights(
            **{name: native for name, (_, native) in matrices.items()},
            **norms,
            frequencies=self.frequencies,
            heads=shape.heads,
            kv_heads=shape.kv_heads,
            head_dim=shape.head_dim,
            softmax_scale=shape.head_dim**-0.5,
            window=window,
            activation=shape.activation,
        )

    def caches(self, capacity: int, dtype: torch.dtype = torch.float32) -> SequenceCaches:
        """An empty cache with room for `capacity` tokens, each layer in one block."""
        caches = SequenceCaches(self.shape.layers)
        for layer in range(self.shape.layers):
            caches.set_block(layer, *self.block(capacity, dtype))
        return caches

    def block(self, slots: int, dtype: torch.dtype = torch.float32) -> tuple[Tensor, int, Tensor | None]:
        """Keys and values of one layer that nobody has written yet, as `set_block` takes them."""
        shape = (2, self.shape.kv_heads, slots, self.shape.head_dim)
        if dtype == torch.int8:
            return torch.full(shape, 99, dtype=dtype), 0, torch.full((*shape[:3], 1), torch.nan)
        return torch.full(shape, torch.nan, dtype=dtype), 0, None

    def run(self, tokens: list[int], start: int, caches: SequenceCaches) -> Tensor:
        """Final states of all of `tokens`, by the kernels."""
        return self.step([Continuation(tokens, start, caches)], range(len(tokens)))

    def expected(self, tokens: list[int]) -> Tensor:
        """Final states [tokens, width] of one causal pass in plain PyTorch, in float32."""
        shape = self.shape
        x = self.embedding[tokens] * shape.embedding_scale
        for layer in self.layers:
            added = self._attention(layer, _norm(x, layer["mixer_norm"]))
            x = x + _norm(added, layer["mixer_post_norm"])
            gate, up = F.linear(_norm(x, layer["ffn_norm"]), *layer["gate_up"]).chunk(2, dim=-1)
            active = F.silu(gate) if shape.activation == "silu" else F.gelu(gate, approximate="tanh")
            x = x + _norm(F.linear(active * up, *layer["down"]), layer["ffn_post_norm"])
        return _norm(x, self.norm)

    def _attention(self, layer: dict[str, Any], x: Tensor) -> Tensor:
        shape, length = self.shape, x.shape[0]
        sizes = [shape.heads * shape.head_dim, *[shape.kv_heads * shape.head_dim] * 2]
        query, key, value = (
            part.view(length, -1, shape.head_dim) for part in F.linear(x, *layer["qkv"]).split(sizes, dim=-1)
        )
        query = self._turned(_norm(query, layer["query_norm"]))
        key = self._turned(_norm(key, layer["key_norm"]))
        seen = torch.ones(length, length, dtype=torch.bool).tril()
        if layer["window"]:
            seen = seen.triu(1 - layer["window"])
        heads = (part.transpose(0, 1)[None] for part in (query, key, value))
        attended = F.scaled_dot_product_attention(*heads, attn_mask=seen, enable_gqa=True)
        return F.linear(attended[0].transpose(0, 1).flatten(1), *layer["out"])

    def _turned(self, x: Tensor) -> Tensor:
        pairs = self.frequencies.numel()
        angles = torch.outer(torch.arange(x.shape[0]).float(), self.frequencies)[:, None]
        first, second, rest = x[..., :pairs], x[..., pairs : 2 * pairs], x[..., 2 * pairs :]
        cos, sin = angles.cos(), angles.sin()
        return torch.cat((first * cos - second * sin, second * cos + first * sin, rest), dim=-1)


def as_int8(block: Tensor) -> tuple[Tensor, Tensor]:
    """Keys and values [2, K, S, D] as a cache in int8 holds them, and their scales [2, K, S, 1]."""
    storage = KVPages(
        PagePool(1, block.shape[2]),
        [KVShape(block.shape[1], block.shape[3])],
        block.dtype,
        block.device,
        True,
    )
    storage.write(0, slice(0, block.shape[2]), block[0], block[1])
    tensors = storage.export(slice(0, block.shape[2]))
    return tensors["kv.0"], tensors["scale.0"]


def _norm(x: Tensor, weight: Tensor | None) -> Tensor:
    return x if weight is None else F.rms_norm(x, weight.shape, weight, 1e-6)
