"""The forward pass of a Llama model: tokens in, logits out, keys and values kept.

Knows no sessions, no sampling and no text. One sequence at a time, on the processor.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from model.embedded.kv_cache import KVCache
from model.embedded.linear import Linear, linear_class

PASS_SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
"""Numbers of rows that are computed at once; passes of others are filled up to the next one. The
library compiles its kernels anew for each number of rows, which takes time and keeps memory."""


@dataclass(frozen=True, slots=True)
class LlamaShape:
    """The numbers that define a Llama model."""

    num_layers: int
    num_heads: int
    num_kv_heads: int
    head_size: int
    norm_epsilon: float
    rope_theta: float
    max_positions: int


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer's weights; the query rows are already scaled for attention."""

    attention_norm: Tensor
    query_key_value: Linear
    output: Linear
    mlp_norm: Tensor
    gate: Linear
    up: Linear
    down: Linear


class Llama:
    """A model with weights named as on the model hub, computed in ``dtype``."""

    def __init__(
        self, shape: LlamaShape, weights: Mapping[str, Tensor], dtype: torch.dtype
    ) -> None:
        self.shape = shape
        self.dtype = dtype
        self._embedding = weights["model.embed_tokens.weight"].to(dtype, copy=True)
        self._layers = [
            _read_layer(shape, weights, number, dtype) for number in range(shape.num_layers)
        ]
        self._norm = weights["model.norm.weight"].to(dtype, copy=True)
        head = weights.get("lm_head.weight", weights["model.embed_tokens.weight"])
        self._head = linear_class()(head.to(dtype))
        self._cos, self._sin = _rope_tables(shape, dtype)

    def new_cache(self) -> KVCache:
        shape = self.shape
        return KVCache((shape.num_layers, shape.num_kv_heads, shape.head_size), self.dtype)

    def warm_up(self) -> None:
        """Have the kernels of all pass sizes ready, so that no request waits for them."""
        cache = self.new_cache()
        for size in PASS_SIZES:
            self.forward([0] * size, cache, size)
            cache.truncate(0)

    @torch.inference_mode()
    def forward(self, tokens: Sequence[int], cache: KVCache, num_logits: int) -> Tensor:
        """Read ``tokens`` after those in ``cache``; float32 logits of the last ``num_logits``."""
        start, num_real = cache.length, len(tokens)
        count = pass_size(num_real)
        cache.reserve(start + count)
        cos = self._cos[start : start + count]
        sin = self._sin[start : start + count]
        mask = _corner_mask(count, self.dtype)
        filled = [*tokens, *[tokens[-1]] * (count - num_real)]
        hidden = F.embedding(torch.tensor(filled), self._embedding)
        for number, layer in enumerate(self._layers):
            rows = self._normed(hidden, layer.attention_norm)
            query, key, value = self._split(layer.query_key_value(rows), cos, sin)
            keys = cache.keys[number, :, : start + count]
            values = cache.values[number, :, : start + count]
            keys[:, start:] = key.transpose(0, 1)
            values[:, start:] = value.transpose(0, 1)
            hidden = layer.output.plus(self._attention(query, keys, values, mask), hidden)
            rows = self._normed(hidden, layer.mlp_norm)
            hidden = layer.down.plus(layer.up.times(rows, layer.gate.silu(rows)), hidden)
        cache.tokens.extend(tokens)
        if not num_logits:
            return torch.empty(0, self._embedding.shape[0])
        end = min(count, num_real - num_logits + pass_size(num_logits))
        rows = hidden[end - pass_size(num_logits) : end]
        logits = self._head(self._normed(rows, self._norm))
        last = num_real - (end - pass_size(num_logits))
        return logits[last - num_logits : last].float()

    def _normed(self, hidden: Tensor, weight: Tensor) -> Tensor:
        return F.rms_norm(hidden, weight.shape, weight, self.shape.norm_epsilon)

    def _split(self, joined: Tensor, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Query, key (both rotated by their positions) and value: (token, head, dimension)."""
        shape = self.shape
        heads = joined.view(joined.shape[0], -1, shape.head_size)
        num_rotated = shape.num_heads + shape.num_kv_heads
        plain = heads[:, :num_rotated]
        half = shape.head_size // 2
        rotated = plain * cos
        rotated[..., :half].addcmul_(plain[..., half:], sin, value=-1)
        rotated[..., half:].addcmul_(plain[..., :half], sin)
        return rotated[:, : shape.num_heads], rotated[:, shape.num_heads :], heads[:, num_rotated:]

    def _attention(
        self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None
    ) -> Tensor:
        """The query heads that share a key head are laid out as further rows of one product.

        One token alone needs no mask, and the fused kernel is faster; with one it is slower.
        """
        shape = self.shape
        count, length = query.shape[0], keys.shape[1]
        groups = shape.num_heads // shape.num_kv_heads
        query = query.reshape(count, shape.num_kv_heads, groups, shape.head_size)
        rows = query.permute(1, 2, 0, 3).reshape(shape.num_kv_heads, groups * count, -1)
        if mask is None:
            mixed = F.scaled_dot_product_attention(rows[None], keys[None], values[None], scale=1.0)
        else:
            scores = torch.bmm(rows, keys.transpose(1, 2))
            corner = scores.view(shape.num_kv_heads, groups, count, length)[..., -count:]
            corner.add_(mask)
            mixed = torch.bmm(scores.softmax(-1), values)
        mixed = mixed.view(shape.num_kv_heads, groups, count, shape.head_size)
        return mixed.permute(2, 0, 1, 3).reshape(count, -1)


def pass_size(num_rows: int) -> int:
    """How many rows are computed for so many: a size of ``PASS_SIZES``, or whole largest ones."""
    largest = PASS_SIZES[-1]
    if num_rows > largest:
        return -(-num_rows // largest) * largest
    return next(size for size in PASS_SIZES if size >= num_rows)


def _read_layer(
    shape: LlamaShape, weights: Mapping[str, Tensor], number: int, dtype: torch.dtype
) -> Layer:
    prefix = f"model.layers.{number}."
    linear = linear_class()

    def read(name: str) -> Tensor:
        return weights[f"{prefix}{name}.weight"].to(dtype)

    query = read("self_attn.q_proj") * shape.head_size**-0.5
    joined = torch.cat([query, read("self_attn.k_proj"), read("self_attn.v_proj")])
    return Layer(
        attention_norm=read("input_layernorm").clone(),
        query_key_value=linear(joined),
        output=linear(read("self_attn.o_proj")),
        mlp_norm=read("post_attention_layernorm").clone(),
        gate=linear(read("mlp.gate_proj")),
        up=linear(read("mlp.up_proj")),
        down=linear(read("mlp.down_proj")),
    )


def _rope_tables(shape: LlamaShape, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Cosines for a whole head and sines for a half: (position, 1, dimension).

    A pass that is filled up may reach beyond the last position.
    """
    exponents = torch.arange(0, shape.head_size, 2, dtype=torch.float32) / shape.head_size
    positions = torch.arange(shape.max_positions + PASS_SIZES[-1], dtype=torch.float32)
    angles = torch.outer(positions, shape.rope_theta**-exponents)[:, None]
    return angles.cos().repeat(1, 1, 2).to(dtype), angles.sin().to(dtype)


def _corner_mask(count: int, dtype: torch.dtype) -> Tensor | None:
    """What each of ``count`` new tokens must not see of the others; one alone sees everything."""
    if count == 1:
        return None
    return torch.full((count, count), float("-inf"), dtype=dtype).triu(1)
