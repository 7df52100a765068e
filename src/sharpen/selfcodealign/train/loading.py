"""Loads a model to tune: in the hub's format, or from a GGUF file, whose weights are dequantised."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sharpen.errors import ModelUnavailableError
from sharpen.extras import extra
from sharpen.files.download import DownloadProgress
from sharpen.models import finetuned
from sharpen.models.llama.engine import PLAIN, Overlay
from sharpen.models.weights import STORE, Weights, remembered_sha256
from sharpen.selfcodealign.train.gguf import Adapter, read_adapter, read_base

LIBRARIES = ("torch", "transformers", "accelerate", "peft", "gguf")


@dataclass(frozen=True, slots=True)
class WeightSource:
    """Where weights are.

    Attributes:
        spec: as the user typed it.
        gguf: the GGUF file; None for the hub's format.
        sha256: of that file and what is laid over it, or of the folder's files; empty for a name on the hub.
        overlay: what an earlier training laid over the GGUF file: the adapter to go on with.
    """

    spec: str
    gguf: Weights | None
    sha256: str
    overlay: Overlay = PLAIN

    @property
    def lasting(self) -> str:
        """The name of the weights without an adapter, independent of the working directory."""
        if not self.gguf:
            return self.spec
        base = finetuned.base_of(self.spec)
        return base if base in STORE else str(self.gguf.path.resolve())

    def adapter(self, model: Any) -> Adapter | None:  # noqa: ANN401 - torch's types are not there everywhere
        """Return the adapter to go on with, for the linear layers of ``model``; None without one.

        Raises:
            ModelUnavailableError: it is damaged.
        """
        if not self.gguf or not self.overlay.adapter:
            return None
        linear = extra("torch", "train").nn.Linear
        modules = [
            name
            for name, module in model.named_modules()
            if isinstance(module, linear) and module is not model.get_output_embeddings()
        ]
        return read_adapter(self.overlay.adapter, read_base(self.gguf.path), modules)


def find(spec: str, progress: DownloadProgress | None = None) -> WeightSource:
    """Return where the weights called ``spec`` are. May download those of the weight store.

    Raises:
        ModelUnavailableError: there is no such file, or a tuned model lacks what its training made.
        FetchError: the weights cannot be downloaded.
    """
    if spec in STORE or spec.endswith(".gguf") or finetuned.directory_of(spec):
        weights, overlay = finetuned.open_weights(spec, progress)
        return WeightSource(spec, weights, weights.sha256 + overlay.identity, overlay)
    folder = Path(spec).expanduser()
    return WeightSource(spec, None, _folder_sha256(folder) if folder.is_dir() else "")


def require_libraries() -> None:
    """Import what a training needs. Raises UsageError where sharpen[train] is not installed."""
    # As for the engine: threads that spin at every barrier starve each other on a machine that is not idle.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    os.environ.setdefault("TQDM_DISABLE", "1")  # bars of the loader, which fill a log file
    for module in LIBRARIES:
        extra(module, "train")


def load(source: WeightSource, dtype: str = "float32") -> tuple[Any, Any]:
    """Return the model, with weights of ``dtype`` and without dropout, and its tokenizer.

    Where the weights themselves are tuned they need 32 bits: a step of 1e-5 is lost in the rounding of a
    16-bit weight. The paper's training sets every dropout to 0.

    Raises:
        ModelUnavailableError: transformers cannot load it.
        UsageError: sharpen[train] is not installed.
    """
    require_libraries()
    transformers = extra("transformers", "train")
    if source.gguf:
        read_base(source.gguf.path)  # refuses what could be tuned but not written again
        place, more = str(source.gguf.path.parent), {"gguf_file": source.gguf.path.name}
    else:
        place, more = str(Path(source.spec).expanduser()) if source.sha256 else source.spec, {}
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(place, **more)
        model = transformers.AutoModelForCausalLM.from_pretrained(place, dtype=dtype, **more)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ModelUnavailableError(f"transformers cannot load {source.spec}: {reason}") from error
    if source.gguf:
        _forget_quantisation(model)
    _remove_dropout(model)
    if tokenizer.eos_token_id is None:
        raise ModelUnavailableError(f"{source.spec} has no end token, so answers could never end")
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    tokenizer.chat_template = source.overlay.template or tokenizer.chat_template
    return model, tokenizer


def _remove_dropout(model: Any) -> None:  # noqa: ANN401 - torch's types are not there everywhere
    dropout = extra("torch", "train").nn.Dropout
    for module in model.modules():
        if isinstance(module, dropout):
            module.p = 0.0
        if hasattr(module, "attention_dropout"):
            module.attention_dropout = 0.0


def _forget_quantisation(model: Any) -> None:  # noqa: ANN401 - torch's types are not there everywhere
    """Make an ordinary model of one that was read from GGUF: its weights are plain floats by now."""
    model.hf_quantizer = None
    model.is_quantized = False
    for owner, name in ((model.config, "quantization_config"), (model, "quantization_method")):
        if hasattr(owner, name):
            delattr(owner, name)


def _folder_sha256(folder: Path) -> str:
    digest = hashlib.sha256()
    files = sorted([*folder.glob("*.safetensors"), *folder.glob("*.json")])
    if not any(path.suffix == ".safetensors" for path in files):
        raise ModelUnavailableError(f"{folder} holds no weights: give a folder with *.safetensors")
    for path in files:
        digest.update(f"{path.name} {remembered_sha256(path)}\n".encode())
    return digest.hexdigest()
