"""A fine-tuned model as its training run writes it: the base's weights, and what was learned on top.

``tuned.json`` in the run's directory names the base and its SHA-256, the file that was learned (a LoRA
adapter in GGUF, or the whole weights, merged) and its SHA-256, and the chat template of the training, since
a model that learned one form of prompts has to get prompts of this form.
"""

import hashlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from sharpen.errors import ModelUnavailableError, first_fault
from sharpen.files.disk import write_whole
from sharpen.files.download import DownloadProgress
from sharpen.models.llama.engine import PLAIN, Overlay
from sharpen.models.weights import Weights, locate, remembered_sha256

RECORD = "tuned.json"
ADAPTERS = Path(__file__).parent / "adapters"
SHIPPED = {"qwen2.5-coder-0.5b+repair": "repair"}
"""Adapters that come with the package, by the name of the model. Each folder has a card, and the rows."""


class Tuned(BaseModel):
    """What a training run made.

    Attributes:
        base: a name of the weight store, or the absolute path of a GGUF file.
        base_sha256: of the base's file.
        adapter: the LoRA adapter's file in the run's directory; empty where it is merged.
        merged: the merged weights' file there; empty where there is an adapter.
        sha256: of that file.
        template: the Jinja chat template of the training; empty for the base's own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    base: str
    base_sha256: str
    adapter: str = ""
    merged: str = ""
    sha256: str
    template: str = ""

    @property
    def overlay_identity(self) -> str:
        """What determines the answers beside the file of weights that is loaded."""
        adapter = f"+lora:{self.sha256}" if self.adapter else ""
        template = hashlib.sha256(self.template.encode()).hexdigest()[:16]
        return adapter + (f"+template:{template}" if self.template else "")


def directory_of(spec: str) -> Path | None:
    """Return the directory of a fine-tuned model: a shipped one's, or that of a training that is finished."""
    directory = ADAPTERS / SHIPPED[spec] if spec in SHIPPED else Path(spec).expanduser()
    return directory if (directory / RECORD).is_file() else None


def base_of(spec: str) -> str:
    """Return the weights that have to be here for ``spec``: of a fine-tuned model its base, else itself.

    Raises:
        ModelUnavailableError: the record of a fine-tuned model cannot be read.
    """
    directory = directory_of(spec)
    if directory is None:
        return spec
    tuned = read(directory)
    return str(directory / tuned.merged) if tuned.merged else tuned.base


def write(directory: Path, tuned: Tuned) -> None:
    """Write the record as a whole or not at all. Raises DataError if it cannot be written."""
    write_whole(directory / RECORD, tuned.model_dump_json(indent=2).encode() + b"\n")


def open_weights(spec: str, progress: DownloadProgress | None = None) -> tuple[Weights, Overlay]:
    """Return the weights of a local model, fine-tuned or not, and what is laid over them. May download.

    Raises:
        ModelUnavailableError: there is no such file, or a fine-tuned model lacks what its training made.
        FetchError: the weights cannot be had.
    """
    if directory := directory_of(spec):
        return open_tuned(directory, progress)
    return locate(spec, progress), PLAIN


def open_tuned(directory: Path, progress: DownloadProgress | None = None) -> tuple[Weights, Overlay]:
    """Return the weights that the engine loads and what it lays over them. May download the base.

    Raises:
        ModelUnavailableError: the record or a file is gone, damaged or not the one of the training.
        FetchError: the base's weights cannot be had.
    """
    tuned = read(directory)
    adapter = directory / tuned.adapter if tuned.adapter else None
    overlay = Overlay(adapter, tuned.template, tuned.overlay_identity)
    if tuned.merged:
        path = directory / tuned.merged
        return Weights(path, _checked(path, tuned.sha256)), overlay
    base = locate(tuned.base, progress)
    if base.sha256 != tuned.base_sha256:
        raise ModelUnavailableError(
            f"{directory} was trained from {tuned.base} with SHA-256 {tuned.base_sha256[:16]}..., and "
            f"{base.path} has {base.sha256[:16]}...: put the former back"
        )
    _checked(directory / tuned.adapter, tuned.sha256)
    return base, overlay


def _checked(path: Path, sha256: str) -> str:
    if not path.is_file():
        raise ModelUnavailableError(f"{path} is gone: the same sharpen align train writes it again")
    if (actual := remembered_sha256(path)) != sha256:
        raise ModelUnavailableError(
            f"{path} has SHA-256 {actual[:16]}... and its training wrote {sha256[:16]}...: it is damaged"
        )
    return sha256


def read(directory: Path) -> Tuned:
    """Return the record. Raises ModelUnavailableError if it is gone or damaged."""
    path = directory / RECORD
    try:
        return Tuned.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ModelUnavailableError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise ModelUnavailableError(f"{path} is not a record of a training: {first_fault(error)}") from error
