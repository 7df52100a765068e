"""A LoRA adapter in the hub's format, as peft, transformers and vLLM load it, made of one in GGUF."""

from pathlib import Path

import numpy as np

from sharpen.extras import extra
from sharpen.files.disk import write_json, write_whole
from sharpen.selfcodealign.train.gguf import read_adapter, read_base

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_LINEAR = (
    "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
    "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj",
)  # fmt: skip
"""The linear layers of a block, in the architectures that are trained from GGUF."""


def write_hub_adapter(folder: Path, adapter: Path, base: Path, base_name: str) -> None:
    """Write an adapter's two files in the hub's format.

    Args:
        folder: where they go.
        adapter: the adapter in GGUF.
        base: the weights in GGUF that it was trained on.
        base_name: what the hub calls these weights in its own format.

    Raises:
        ModelUnavailableError: a file is damaged.
        DataError: a file cannot be written.
        UsageError: sharpen[train] is not installed.
    """
    header = read_base(base)
    modules = [f"model.layers.{layer}.{name}" for layer in range(header.layers) for name in _LINEAR]
    read = read_adapter(adapter, header, modules)
    tensors = {
        f"base_model.model.{module}.{letter}.weight": np.ascontiguousarray(values)
        for module, factors in read.factors.items()
        for letter, values in zip(("lora_A", "lora_B"), factors, strict=True)
    }
    saved: bytes = extra("safetensors.numpy", "train").save(tensors, metadata={"format": "pt"})
    write_whole(folder / WEIGHTS, saved)
    write_json(
        folder / CONFIG,
        {
            "peft_type": "LORA",
            "task_type": "CAUSAL_LM",
            "base_model_name_or_path": base_name,
            "r": read.rank,
            "lora_alpha": read.alpha,
            "lora_dropout": 0.0,
            "bias": "none",
            "target_modules": [name.partition(".")[2] for name in _LINEAR],
            "inference_mode": True,
        },
    )
