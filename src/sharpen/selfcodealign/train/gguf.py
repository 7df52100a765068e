"""Tuned weights as GGUF files for llama.cpp: a LoRA adapter, or the base's weights with it merged in.

A tensor's name is translated by the ``gguf`` library's own tables. In models of the architecture ``llama``
the rows of the query and key projections are stored in another order than the hub's format has: there the
two halves of a head's rotation lie apart, here side by side.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sharpen.errors import DataError, ModelUnavailableError
from sharpen.extras import extra

ARCHITECTURES = ("llama", "qwen2")
"""The architectures whose order of tensors is implemented and tested."""

Array = npt.NDArray[np.float32]
Factors = tuple[Array, Array]
"""A, (rank, inputs), and B, (outputs, rank), of one linear layer: it adds scale * B @ A."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """A LoRA adapter.

    Attributes:
        factors: by the module's name in the hub's format.
        alpha: the factors' product is scaled by alpha / rank.
    """

    factors: Mapping[str, Factors]
    alpha: float

    @property
    def rank(self) -> int:
        """The columns of B."""
        return max((len(inner) for inner, _ in self.factors.values()), default=0)


@dataclass(frozen=True, slots=True)
class Base:
    """The header of a GGUF file of weights."""

    reader: Any
    architecture: str
    layers: int
    heads: int
    kv_heads: int

    def name(self, module: str) -> str:
        """Return what GGUF calls a module or parameter of the hub's format.

        Raises:
            DataError: it has no name for it.
        """
        gguf = _gguf()
        number = {name: key for key, name in gguf.MODEL_ARCH_NAMES.items()}[self.architecture]
        names = gguf.get_tensor_name_map(number, self.layers)
        mapped = names.get_name(module, try_suffixes=(".weight", ".bias"))
        if mapped is None:
            raise DataError(
                f"GGUF has no name for {module} in models of the architecture {self.architecture}"
            )
        return str(mapped)

    def order(self, module: str, values: Array) -> Array:
        """Return rows in GGUF's order. Values have the shape (outputs, ...)."""
        if self.architecture != "llama" or not module.endswith(("q_proj", "k_proj")):
            return values
        heads = self.heads if module.endswith("q_proj") else self.kv_heads
        halves = values.reshape(heads, 2, len(values) // heads // 2, *values.shape[1:])
        return halves.swapaxes(1, 2).reshape(values.shape)

    def hub_order(self, module: str, values: Array) -> Array:
        """Return rows in the order of the hub's format: the inverse of :meth:`order`."""
        places = self.order(module, np.arange(len(values), dtype=np.float32)).astype(int)
        result = np.empty_like(values)
        result[places] = values
        return result


def read_base(path: Path) -> Base:
    """Return the header of the weights in ``path``.

    Raises:
        ModelUnavailableError: it is damaged, or of an architecture that is not one of ``ARCHITECTURES``.
        UsageError: the gguf library is not installed.
    """
    try:
        reader = _gguf().GGUFReader(path)
        architecture = str(_field(reader, "general.architecture"))
    except (ValueError, KeyError, IndexError, OSError) as error:
        raise ModelUnavailableError(f"{path} cannot be read as GGUF: {error}") from error
    if architecture not in ARCHITECTURES:
        raise ModelUnavailableError(
            f"{path} has the architecture {architecture}: from GGUF only {' and '.join(ARCHITECTURES)} "
            "can be tuned; give the model in the hub's format"
        )
    try:
        heads = int(_field(reader, f"{architecture}.attention.head_count"))
        kv_heads = int(_field(reader, f"{architecture}.attention.head_count_kv", heads))
        return Base(reader, architecture, int(_field(reader, f"{architecture}.block_count")), heads, kv_heads)
    except KeyError as error:
        raise ModelUnavailableError(f"{path} is damaged: its header has no {error}") from error


def write_adapter(path: Path, base: Base, factors: Mapping[str, Factors], alpha: float) -> None:
    """Write a LoRA adapter in 16-bit floats, in the form of llama.cpp's ``convert_lora_to_gguf``.

    Args:
        path: the file; it is there whole or not at all.
        base: the weights that it belongs to.
        factors: by the module's name in the hub's format.
        alpha: the engine scales by alpha / rank.

    Raises:
        DataError: a module has no name in GGUF, or the file cannot be written.
    """
    with _writer(path, base.architecture) as writer:
        writer.add_type("adapter")
        writer.add_string("adapter.type", "lora")
        writer.add_float32("adapter.lora.alpha", float(alpha))
        for module, (a, b) in factors.items():
            name = base.name(f"{module}.weight")
            writer.add_tensor(f"{name}.lora_a", np.ascontiguousarray(a, dtype=np.float16))
            ordered = base.order(module, b)
            writer.add_tensor(f"{name}.lora_b", np.ascontiguousarray(ordered, dtype=np.float16))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()


def read_adapter(path: Path, base: Base, modules: Iterable[str]) -> Adapter:
    """Return the adapter that :func:`write_adapter` wrote, for those of ``modules`` that it has.

    Raises:
        ModelUnavailableError: it is damaged.
    """
    try:
        reader = _gguf().GGUFReader(path)
        alpha = float(_field(reader, "adapter.lora.alpha"))
    except (ValueError, KeyError, IndexError, OSError) as error:
        raise ModelUnavailableError(f"{path} cannot be read as an adapter: {error}") from error
    tensors = {tensor.name: np.asarray(tensor.data, dtype=np.float32) for tensor in reader.tensors}
    factors = {}
    for module in modules:
        name = base.name(f"{module}.weight")
        if f"{name}.lora_a" in tensors:
            outer = base.hub_order(module, tensors[f"{name}.lora_b"])
            factors[module] = tensors[f"{name}.lora_a"], outer
    return Adapter(factors, alpha)


def write_merged(path: Path, base: Base, parameters: Mapping[str, Any]) -> None:
    """Write the base's file with other weights: 16-bit floats, vectors in 32 bits; all else as it was.

    Args:
        path: the file; it is there whole or not at all.
        base: whose header and vocabulary are kept.
        parameters: what ``numpy.asarray`` takes, by name in the hub's format.

    Raises:
        DataError: a parameter has no name or no place in the base's file, or the file cannot be written.
    """
    places = {base.name(name): name for name in parameters}
    tensors = {tensor.name: tensor for tensor in base.reader.tensors}
    # Where the output matrix is the embedding, the base has only one of the two.
    if lost := places.keys() - tensors.keys() - {"output.weight"}:
        raise DataError(f"the base has no tensor {min(lost)}: these weights were not trained from it")
    with _writer(path, base.architecture) as writer:
        _copy_header(base.reader, writer)
        for name, tensor in tensors.items():
            if name not in places:
                shape, kind, size = tensor.data.shape, tensor.data.dtype, tensor.data.nbytes
                writer.add_tensor_info(name, shape, kind, size, tensor.tensor_type)
                continue
            shape = tuple(int(n) for n in reversed(tensor.shape))
            kind = _kind(shape)
            writer.add_tensor_info(name, shape, kind, int(np.prod(shape)) * kind.itemsize)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for name, tensor in tensors.items():
            if name not in places:
                writer.write_tensor_data(tensor.data)
                continue
            module = places[name].removesuffix(".weight").removesuffix(".bias")
            values = base.order(module, np.asarray(parameters[places[name]], dtype=np.float32))
            writer.write_tensor_data(np.ascontiguousarray(values, dtype=_kind(values.shape)))


def _kind(shape: tuple[int, ...]) -> np.dtype[Any]:
    return np.dtype(np.float16 if len(shape) > 1 else np.float32)


def _copy_header(reader: Any, writer: Any) -> None:  # noqa: ANN401 - gguf has no types
    gguf = _gguf()
    ours = {"general.architecture", "general.file_type", "general.quantization_version"}
    for field in reader.fields.values():
        if field.name in ours or field.name.startswith("GGUF."):
            continue
        kind = field.types[0]
        inner = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, sub_type=inner)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)


@contextmanager
def _writer(path: Path, architecture: str) -> Iterator[Any]:
    """Give a writer of a scratch file, which takes the place of ``path`` when all went well."""
    scratch = path.with_suffix(".partial")
    writer = _gguf().GGUFWriter(scratch, architecture)
    try:
        try:
            yield writer
        finally:
            writer.close()
        scratch.replace(path)
    except OSError as error:
        raise DataError(f"{path} cannot be written ({error.strerror or error}): free the disk") from error


def _field(reader: Any, name: str, default: object = None) -> Any:  # noqa: ANN401
    field = reader.get_field(name)
    if field is None and default is None:
        raise KeyError(name)
    return field.contents() if field is not None else default


def _gguf() -> Any:  # noqa: ANN401
    return extra("gguf", "train")
