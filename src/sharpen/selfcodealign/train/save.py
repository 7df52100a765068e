"""Saves tuned weights in the format of the model: GGUF files, or a folder in the hub's format."""

from pathlib import Path
from typing import Any

from sharpen.errors import JournalError
from sharpen.files.download import sha256_of
from sharpen.models import finetuned
from sharpen.models.finetuned import Tuned
from sharpen.selfcodealign.train.gguf import Base, Factors, read_base, write_adapter, write_merged
from sharpen.selfcodealign.train.loading import WeightSource
from sharpen.selfcodealign.train.pairs import template
from sharpen.selfcodealign.train.recipe import Train

ADAPTER, MERGED, FOLDER = "adapter.gguf", "model.gguf", "model"


def write_outputs(
    model: Any,  # noqa: ANN401 - torch's types are not there everywhere
    tokenizer: Any,  # noqa: ANN401
    config: Train,
    source: WeightSource,
    directory: Path,
) -> dict[str, str]:
    """Write the tuned weights and return the files' names by kind.

    Raises:
        DataError: GGUF has no name for a tensor, or a file cannot be written.
        JournalError: the record or a folder cannot be written.
    """
    if source.gguf is None:
        return _write_folder(model, tokenizer, config, directory)
    made = _write_gguf(model, config, read_base(source.gguf.path), directory)
    (name,) = made.values()
    record = Tuned(
        base=source.lasting,
        base_sha256=source.gguf.sha256,
        sha256=sha256_of(directory / name),
        template=template(config.prompts) or source.overlay.template,
        **made,
    )
    finetuned.write(directory, record)
    return made


def _write_gguf(model: Any, config: Train, base: Base, directory: Path) -> dict[str, str]:  # noqa: ANN401
    recipe = config.resolved
    if recipe.rank and not config.merge:
        write_adapter(directory / ADAPTER, base, lora_factors(model), recipe.alpha)
        return {"adapter": ADAPTER}
    whole = model.merge_and_unload() if recipe.rank else model
    parameters = {name: value.detach().cpu() for name, value in whole.named_parameters()}
    write_merged(directory / MERGED, base, parameters)
    return {"merged": MERGED}


def lora_factors(model: Any) -> dict[str, Factors]:  # noqa: ANN401
    """Return the adapter's matrices by the name of the module in the model without an adapter."""
    return {
        name.removeprefix("base_model.model."): tuple(
            getattr(module, part)["default"].weight.detach().cpu().float().numpy()
            for part in ("lora_A", "lora_B")
        )
        for name, module in model.named_modules()
        if "default" in getattr(module, "lora_A", {})
    }


def _write_folder(model: Any, tokenizer: Any, config: Train, directory: Path) -> dict[str, str]:  # noqa: ANN401
    """Write a folder that vLLM and transformers load, with the chat template of the training in it."""
    adapter = bool(config.resolved.rank) and not config.merge
    whole = model.merge_and_unload() if config.resolved.rank and config.merge else model
    tokenizer.chat_template = template(config.prompts) or tokenizer.chat_template
    folder = directory / ("adapter" if adapter else FOLDER)
    whole.config.use_cache = True
    try:
        whole.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    except OSError as error:
        raise JournalError(
            f"{folder} cannot be written ({error.strerror or error}): free the disk"
        ) from error
    return {"adapter_folder" if adapter else "model_folder": folder.name}
