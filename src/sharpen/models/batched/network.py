"""Qwen2 and Llama in PyTorch, written for one thing: a step of many sequences at once on a CPU.

llama.cpp is quickest for a few sequences; its products of quantised weights gain little from a larger batch.
Here weights are floats, so that a batch is one product of matrices in MKL: in 32 bits, or in bfloat16 where
the processor multiplies that quicker. What is between two products stays in 32 bits. Activations are columns,
(features, batch): ``W @ X`` is up to 1.4 times as quick there as ``X @ W.T``. ``bench/drawing.py`` measures
both engines.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sharpen.errors import ModelUnavailableError
from sharpen.extras import extra

ARCHITECTURES = ("llama", "qwen2")
GROWTH = 128
"""Tokens by which the cache of all slots grows."""
FEWEST = 8
"""Slots that there are on any machine."""
HELD = 2048
"""Tokens of a slot for which there is to be memory."""

Tensor = Any
"""A tensor of torch, which is an optional library."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The weights of one layer; those that are applied to the same input lie above each other."""

    attention_norm: Tensor
    query_key_value: Tensor
    bias: Tensor
    output: Tensor
    feed_norm: Tensor
    gate_up: Tensor
    down: Tensor


class Network:
    """A language model and the keys and values of its slots.

    Attributes:
        slots: how many sequences there is room for.
    """

    def __init__(self, weights: Path, adapter: Path | None, slots: int, dtype: str) -> None:
        """Load ``weights``, a GGUF file, with the LoRA ``adapter`` merged in.

        Args:
            weights: the file.
            adapter: a GGUF file too.
            slots: how many sequences there is room for, at most; fewer where memory is short.
            dtype: in which weights are kept and multiplied, by its name in torch.

        Raises:
            ModelUnavailableError: a file is damaged or of another architecture.
            UsageError: sharpen[train] is not installed.
        """
        self._torch = extra("torch", "train")
        file = _File(weights, adapter)
        self._dtype = getattr(self._torch, dtype)
        self.heads, self.kv_heads, self.size = file.heads, file.kv_heads, file.head_size
        self.context = file.context
        self._epsilon = file.epsilon
        self._embedding = self._matrix(file, "token_embd.weight")
        own = file.has("output.weight")
        self._output = self._matrix(file, "output.weight") if own else self._embedding
        self._norm = file.tensor("output_norm.weight")[:, None]
        self._layers = [self._layer(file, number) for number in range(file.layers)]
        rates = file.base ** -(self._torch.arange(0, self.size, 2) / self.size)
        angles = self._torch.arange(self.context)[:, None] * rates
        self._cos, self._sin = angles.cos(), angles.sin()
        held = 2 * file.layers * self.kv_heads * self.size * self._dtype.itemsize
        self.slots = min(slots, slots_for(_memory(), file.parameters * self._dtype.itemsize, held))
        shape = (self.slots, self.kv_heads, GROWTH, self.size)
        self._keys = [self._torch.zeros(shape, dtype=self._dtype) for _ in self._layers]
        self._values = [self._torch.zeros(shape, dtype=self._dtype) for _ in self._layers]

    def _layer(self, file: "_File", number: int) -> Layer:
        torch, place = self._torch, f"blk.{number}."
        parts = [f"{place}attn_{part}" for part in "qkv"]
        rows = [file.rotated(f"{part}.weight") for part in parts]
        biases = [
            file.rotated(f"{part}.bias") if file.has(f"{part}.bias") else torch.zeros(len(row))
            for part, row in zip(parts, rows, strict=True)
        ]
        return Layer(
            attention_norm=file.tensor(f"{place}attn_norm.weight")[:, None],
            query_key_value=torch.cat(rows).to(self._dtype),
            bias=torch.cat(biases)[:, None],
            output=self._matrix(file, f"{place}attn_output.weight"),
            feed_norm=file.tensor(f"{place}ffn_norm.weight")[:, None],
            gate_up=torch.cat([self._matrix(file, f"{place}ffn_{part}.weight") for part in ("gate", "up")]),
            down=self._matrix(file, f"{place}ffn_down.weight"),
        )

    def _matrix(self, file: "_File", name: str) -> Tensor:
        return file.tensor(name).to(self._dtype)

    def step(self, tokens: list[int], lengths: list[int]) -> Tensor:
        """Evaluate one token in each of the slots from 0 on, and return the logits, (slots, vocabulary).

        Args:
            tokens: of each slot, the next token.
            lengths: how many tokens each slot holds before it.
        """
        torch, batch, longest = self._torch, len(tokens), max(lengths) + 1
        self._reserve(longest)
        with torch.inference_mode():
            rows, places = torch.arange(batch), torch.tensor(lengths)
            mask = torch.zeros(batch, 1, 1, longest, dtype=self._dtype)
            mask.masked_fill_(torch.arange(longest) > places[:, None, None, None], float("-inf"))
            group = self.heads // self.kv_heads
            mask = mask.expand(batch, 1, group, longest)

            def attend(number: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
                self._keys[number][rows, :, places] = key
                self._values[number][rows, :, places] = value
                # The heads that share a key are that key's queries.
                return torch.nn.functional.scaled_dot_product_attention(
                    query.reshape(batch, self.kv_heads, group, self.size),
                    self._keys[number][:batch, :, :longest],
                    self._values[number][:batch, :, :longest],
                    attn_mask=mask,
                ).reshape(batch, -1)

            hidden = self._forward(tokens, places, attend)
            return (self._normed(hidden, self._norm).t().to(self._dtype) @ self._output.t()).float()

    def evaluate(self, slot: int, tokens: list[int], start: int) -> None:
        """Evaluate ``tokens`` in a slot that holds ``start`` tokens; their keys and values are held then."""
        torch, end = self._torch, start + len(tokens)
        self._reserve(end)
        with torch.inference_mode():
            places = torch.arange(start, end)
            mask = torch.arange(end) <= places[:, None]

            def attend(number: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
                self._keys[number][slot, :, start:end] = key.transpose(0, 1)
                self._values[number][slot, :, start:end] = value.transpose(0, 1)
                attended = torch.nn.functional.scaled_dot_product_attention(
                    query.transpose(0, 1)[None],
                    self._keys[number][slot, :, :end][None],
                    self._values[number][slot, :, :end][None],
                    attn_mask=mask,
                    enable_gqa=True,
                )
                return attended[0].transpose(0, 1).reshape(len(tokens), -1)

            self._forward(tokens, places, attend)

    def copy(self, source: int, target: int, length: int) -> None:
        """Let slot ``target`` hold the first ``length`` tokens of slot ``source``."""
        with self._torch.inference_mode():
            for held in (*self._keys, *self._values):
                held[target, :, :length] = held[source, :, :length]

    def swap(self, one: int, other: int) -> None:
        """Exchange what two slots hold."""
        with self._torch.inference_mode():
            for held in (*self._keys, *self._values):
                held[[one, other]] = held[[other, one]]

    def _forward(self, tokens: list[int], places: Tensor, attend: Any) -> Tensor:  # noqa: ANN401
        """Return the last layer's output, (features, tokens)."""
        hidden = self._embedding[tokens].float().t().contiguous()
        cos, sin = self._cos[places][:, None], self._sin[places][:, None]
        bounds = [self.heads, self.kv_heads, self.kv_heads]
        for number, layer in enumerate(self._layers):
            normed = self._normed(hidden, layer.attention_norm)
            mixed = self._product(layer.query_key_value, normed) + layer.bias
            query, key, value = mixed.t().reshape(len(tokens), -1, self.size).split(bounds, 1)
            turned = _turned(query, cos, sin), _turned(key, cos, sin), value
            attended = attend(number, *(each.to(self._dtype) for each in turned))
            hidden = hidden + self._product(layer.output, attended.t())
            gate, up = self._product(layer.gate_up, self._normed(hidden, layer.feed_norm)).chunk(2)
            hidden = hidden + self._product(layer.down, self._torch.nn.functional.silu(gate) * up)
        return hidden

    def _product(self, weights: Tensor, activations: Tensor) -> Tensor:
        return (weights @ activations.to(self._dtype)).float()

    def _normed(self, hidden: Tensor, weight: Tensor) -> Tensor:
        """Root mean square normalisation of each column."""
        return hidden * (hidden.pow(2).mean(0, keepdim=True) + self._epsilon).rsqrt() * weight

    def _reserve(self, length: int) -> None:
        """Make room for ``length`` tokens in every slot."""
        held = self._keys[0].shape[2]
        if length <= held:
            return
        more = -(-(length - held) // GROWTH) * GROWTH
        for kept in (self._keys, self._values):
            for number, tensor in enumerate(kept):
                kept[number] = self._torch.nn.functional.pad(tensor, (0, 0, 0, more))


def slots_for(memory: int, weights: int, token: int) -> int:
    """Return how many sequences of ``HELD`` tokens fit beside the weights into half of the memory.

    Args:
        memory: of the machine, in bytes.
        weights: bytes of the weights.
        token: bytes that a slot takes for a token.
    """
    return max(FEWEST, (memory // 2 - weights) // (token * HELD))


def _memory() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _turned(vectors: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary position embedding; the two halves of a head are turned against each other."""
    first, second = vectors.chunk(2, -1)
    return extra("torch", "train").cat((first * cos - second * sin, second * cos + first * sin), -1)


class _File:
    """A GGUF file of weights, with an adapter merged in."""

    def __init__(self, path: Path, adapter: Path | None) -> None:
        self._gguf, self._torch = extra("gguf", "train"), extra("torch", "train")
        self._path = path
        try:
            reader = self._gguf.GGUFReader(path)
            lora = self._gguf.GGUFReader(adapter) if adapter else None
        except (ValueError, IndexError, OSError) as error:
            raise ModelUnavailableError(f"{path} cannot be read as GGUF: {error}") from error
        self._reader = reader
        self._tensors = {tensor.name: tensor for tensor in reader.tensors}
        self._factors = {tensor.name: tensor.data for tensor in (lora.tensors if lora else ())}
        self._alpha = float(lora.get_field("adapter.lora.alpha").contents()) if lora else 0.0
        self.architecture = str(self._header("general.architecture"))
        if self.architecture not in ARCHITECTURES:
            raise ModelUnavailableError(
                f"{path} has the architecture {self.architecture}, and torch: knows "
                f"{' and '.join(ARCHITECTURES)} only: give the model without torch:"
            )
        named = f"{self.architecture}."
        self.layers = int(self._header(f"{named}block_count"))
        self.heads = int(self._header(f"{named}attention.head_count"))
        self.kv_heads = int(self._header(f"{named}attention.head_count_kv", self.heads))
        self.head_size = int(self._header(f"{named}embedding_length")) // self.heads
        self.epsilon = float(self._header(f"{named}attention.layer_norm_rms_epsilon"))
        self.base = float(self._header(f"{named}rope.freq_base", 10_000.0))
        self.context = int(self._header(f"{named}context_length"))
        self.parameters = sum(int(tensor.n_elements) for tensor in reader.tensors)

    def _header(self, name: str, default: object = None) -> Any:  # noqa: ANN401 - gguf has no types
        field = self._reader.get_field(name)
        if field is None and default is None:
            raise ModelUnavailableError(f"{self._path} is damaged: its header has no {name}")
        return default if field is None else field.contents()

    def has(self, name: str) -> bool:
        """Return whether there is such a tensor."""
        return name in self._tensors

    def tensor(self, name: str) -> Tensor:
        """Return a tensor as 32-bit floats. Raises ModelUnavailableError where there is none."""
        if name not in self._tensors:
            raise ModelUnavailableError(f"{self._path} is damaged: it has no tensor {name}")
        stored = self._tensors[name]
        values = self._torch.tensor(self._gguf.dequantize(stored.data, stored.tensor_type))
        if f"{name}.lora_a" not in self._factors:
            return values
        a, b = (self._torch.tensor(self._factors[f"{name}.lora_{part}"]).float() for part in "ab")
        return values + self._alpha / len(a) * (b @ a)

    def rotated(self, name: str) -> Tensor:
        """Return a tensor of queries, keys or values, a head's two halves apart, whatever the file has."""
        values = self.tensor(name)
        if self.architecture != "llama" or ".attn_v." in name:
            return values
        pairs = values.reshape(-1, self.head_size // 2, 2, *values.shape[1:])
        return pairs.transpose(1, 2).reshape(values.shape)
