"""A fine-tuned model as its training run writes it: the base's weights, and what was learned on top.

``tuned.json`` in the run's directory names the base and its SHA-256, the file that was learned (a LoRA
adapter in GGUF, or the whole weights, merged) and its SHA-256, and the chat template of the training, since
a model that learned one form of prompts has to get prompts of this form.
"""

import hashlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from sharpen.errors import ModelUnavailableError
from sharpen.files.disk import write_whole
from sharpen.files.download import DownloadProgress
from sharpen.models.llama.engine import Overlay
from sharpen.models.weights import Weights, locate, remembered_sha256

RECORD = "tuned.json"


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


def is_tuned(spec: str) -> bool:
    """Return whether ``spec`` is the directory of a training run that is finished."""
    return (Path(spec).expanduser() / RECORD).is_file()


def write(directory: Path, tuned: Tuned) -> None:
    """Write the record as a whole or not at all. Raises DataError if it cannot be written."""
    write_whole(directory / RECORD, tuned.model_dump_json(indent=2).encode() + b"\n")


def open_tuned(directory: Path, progress: DownloadProgress | None = None) -> tuple[Weights, Overlay]:
    """Return the weights that the engine loads and what it lays over them. May download the base.

    Raises:
        ModelUnavailableError: the record or a file is gone, damaged or not the one of the training.
        FetchError: the base's weights cannot be had.
    """
    tuned = _read(directory)
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


def _read(directory: Path) -> Tuned:
    path = directory / RECORD
    try:
        return Tuned.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ModelUnavailableError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise ModelUnavailableError(
            f"{path} is no record of a training: {error.errors()[0]['msg']}"
        ) from error
