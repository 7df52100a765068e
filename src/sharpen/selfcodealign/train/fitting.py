"""The optimisation, by transformers' Trainer, and the losses before and after.

Logits are computed at the positions of response tokens only: of a 0.5B the output matrix is a quarter of
the arithmetic, and most tokens of a row are its prompt. A micro-batch of one row, the default, has no
padding; larger ones are made of rows of similar length.

The loss of a step is the mean over the response tokens of all its rows. The paper's version of the Trainer
took the mean over rows of each row's own mean, so that short responses weighed more.
"""

import json
import math
import shutil
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sharpen.errors import JournalError, UsageError
from sharpen.extras import extra
from sharpen.files.json_text import json_text
from sharpen.selfcodealign.train.gguf import Adapter
from sharpen.selfcodealign.train.pairs import IGNORED, TokenPair
from sharpen.selfcodealign.train.recipe import Recipe, Train

KEPT_CHECKPOINTS = 2
STATE = "trainer_state.json"
"""The file that is written last into a checkpoint's folder."""


@dataclass(frozen=True, slots=True)
class TrainingStep:
    """One step of the optimiser.

    Attributes:
        step, steps: its number, and how many there will be.
        loss: mean over the response tokens of its rows, before the step; of preferences, over the pairs.
        learning_rate: of the next step.
        seconds, cpu_seconds: on the clock and of the processor; the first step of a process is slower.
    """

    step: int
    steps: int
    loss: float
    learning_rate: float
    seconds: float
    cpu_seconds: float


OnStep = Callable[[TrainingStep], None]


def quiet() -> None:
    """Keep the libraries' bars and advice out of the terminal."""
    transformers = extra("transformers", "train")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
    warnings.filterwarnings("ignore", "Could not find a config file", module="peft")


def adapted(model: Any, recipe: Recipe, seed: int, begun: Adapter | None = None) -> Any:  # noqa: ANN401 - torch's types are not everywhere
    """Return the model with a LoRA adapter on every linear layer; itself where rank is 0.

    The adapter is a new one, which changes nothing yet, or has the values of ``begun``.

    Raises:
        UsageError: ``begun`` has another rank.
    """
    if begun and begun.rank != recipe.rank:
        fitting_options = f"--recipe lora or dpo, and --rank {begun.rank}"
        raise UsageError(f"the adapter to go on with has rank {begun.rank}: give {fitting_options}")
    extra("transformers", "train").set_seed(seed)
    if not recipe.rank:
        return model
    peft = extra("peft", "train")
    config = peft.LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    model = peft.get_peft_model(model, config)
    return _filled(model, begun, recipe) if begun else model


def _filled(model: Any, begun: Adapter, recipe: Recipe) -> Any:  # noqa: ANN401
    torch = extra("torch", "train")
    for name, (inner, outer) in begun.factors.items():
        module = model.get_submodule(f"base_model.model.{name}")
        with torch.no_grad():
            module.lora_A["default"].weight.copy_(torch.from_numpy(inner))
            module.lora_B["default"].weight.copy_(torch.from_numpy(outer * (begun.alpha / recipe.alpha)))
    return model


def fit(
    model: Any,  # noqa: ANN401
    tokenizer: Any,  # noqa: ANN401
    examples: Sequence[TokenPair],
    config: Train,
    directory: Path,
    on_step: OnStep,
) -> None:
    """Train ``model`` in place on responses. Raises what :func:`run` raises."""
    trainer = _trainer_class()(
        model=model,
        args=arguments(extra("transformers", "train").TrainingArguments, config, len(examples), directory),
        train_dataset=[example.features for example in examples],
        data_collator=extra("transformers", "train").DataCollatorForSeq2Seq(
            tokenizer, label_pad_token_id=IGNORED
        ),
    )
    trainer.model_accepts_loss_kwargs = True  # its loss is already divided by the tokens of the step
    silence(trainer)
    run(trainer, directory, on_step)


def silence(trainer: Any) -> None:  # noqa: ANN401
    """Keep a Trainer from printing: the standard output is for results."""
    transformers = extra("transformers", "train")
    for shown in (transformers.PrinterCallback, transformers.ProgressCallback):
        trainer.remove_callback(shown)


def run(trainer: Any, directory: Path, on_step: OnStep) -> None:  # noqa: ANN401
    """Train from the last complete checkpoint of ``directory`` if there is one.

    Every step is a line of ``steps.jsonl``; steps after the checkpoint are repeated.

    Raises:
        JournalError: a checkpoint or the record cannot be written.
    """
    checkpoint = last_checkpoint(directory / "checkpoints")
    trainer.add_callback(_recorder(directory / "steps.jsonl", _step_of(checkpoint), on_step))
    trainer.model.config.use_cache = False
    try:
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    except OSError as error:
        raise JournalError(
            f"{directory} cannot be written ({error.strerror or error}): free the disk and give the same "
            "command again"
        ) from error


def _trainer_class() -> Any:  # noqa: ANN401
    """Return a Trainer whose loss is the mean over the response tokens of a step."""
    functional = extra("torch.nn.functional", "train")

    class ResponseTrainer(extra("transformers", "train").Trainer):  # type: ignore[misc]
        def compute_loss(
            self,
            model: Any,  # noqa: ANN401
            inputs: Any,  # noqa: ANN401
            return_outputs: bool = False,
            num_items_in_batch: Any = None,  # noqa: ANN401
        ) -> Any:  # noqa: ANN401
            labels = inputs.pop("labels")[:, 1:]
            predicted = (labels != IGNORED).any(0).nonzero()[:, 0]  # positions with a label in any row
            outputs = model(**inputs, logits_to_keep=predicted)
            wanted = labels[:, predicted].flatten()
            total = functional.cross_entropy(
                outputs.logits.flatten(0, 1).float(), wanted, ignore_index=IGNORED, reduction="sum"
            )
            tokens = (wanted != IGNORED).sum() if num_items_in_batch is None else num_items_in_batch
            return (total / tokens, outputs) if return_outputs else total / tokens

    return ResponseTrainer


def loss(model: Any, examples: Sequence[TokenPair]) -> float:  # noqa: ANN401
    """Return the mean negative log-probability of a response token, in nats; NaN without examples."""
    rows = (log_probabilities(model, example.tokens, example.prompt_tokens - 1) for example in examples)
    flat = [value for row in rows for value in row]
    return -sum(flat) / len(flat) if flat else math.nan


def log_probabilities(model: Any, tokens: Sequence[int], skip: int = 0) -> list[float]:  # noqa: ANN401
    """Return the log-probability of each token given those before it, but of the first and ``skip`` more."""
    torch = extra("torch", "train")
    model.eval()
    ids = torch.tensor([list(tokens)], device=model.device)
    with torch.no_grad():
        logits = model(input_ids=ids, logits_to_keep=len(tokens) - skip).logits[0, :-1].float()
    chosen = logits.log_softmax(-1).gather(-1, ids[0, 1 + skip :, None])
    values: list[float] = chosen[:, 0].tolist()
    return values


def last_checkpoint(folder: Path) -> Path | None:
    """Return the newest complete checkpoint; incomplete ones are removed."""
    numbers = [int(path.name.rpartition("-")[2]) for path in folder.glob("checkpoint-*")]
    for number in sorted(numbers, reverse=True):
        path = folder / f"checkpoint-{number}"
        if _step_of(path) == number:
            return path
        shutil.rmtree(path)
    return None


def _step_of(checkpoint: Path | None) -> int:
    with suppress(OSError, ValueError, KeyError):
        return int(json.loads((checkpoint / STATE).read_text())["global_step"]) if checkpoint else 0
    return -1


def arguments(kind: Any, config: Train, rows: int, directory: Path, **more: Any) -> Any:  # noqa: ANN401
    """Return the arguments of a Trainer, of the class ``kind``, for a number of rows."""
    torch, recipe = extra("torch", "train"), config.resolved
    steps = math.ceil(rows / recipe.batch) * recipe.epochs
    cuda = torch.cuda.is_available()
    return kind(
        output_dir=str(directory / "checkpoints"),
        per_device_train_batch_size=config.micro_batch_size,
        gradient_accumulation_steps=recipe.batch // config.micro_batch_size,
        num_train_epochs=recipe.epochs,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type="linear",
        # A whole step, with a learning rate of 0, would be the only one of a small training.
        warmup_steps=recipe.warm_up if steps * recipe.warm_up >= 1 else 0,
        optim=recipe.optimizer,
        max_grad_norm=0.0,
        bf16=cuda and torch.cuda.is_bf16_supported(),
        use_cpu=not cuda,
        seed=config.seed,
        data_seed=config.seed,
        save_strategy="steps",
        save_steps=config.save_every,
        save_total_limit=KEPT_CHECKPOINTS,
        logging_steps=1,
        remove_unused_columns=False,
        report_to=[],
        gradient_checkpointing=config.checkpointing,
        **more,
        **({"train_sampling_strategy": "group_by_length"} if config.micro_batch_size > 1 else {}),
    )


def _recorder(path: Path, begun: int, on_step: OnStep) -> Any:  # noqa: ANN401
    """Return a callback of the Trainer that records every step after step ``begun``."""
    _forget(path, begun)

    class Recorder(extra("transformers", "train").TrainerCallback):  # type: ignore[misc]
        def on_step_begin(self, *_: object, **__: object) -> None:
            self._began = time.monotonic(), time.process_time()

        def on_step_end(self, *_: object, **__: object) -> None:
            self._took = time.monotonic() - self._began[0], time.process_time() - self._began[1]

        def on_log(self, _: object, state: Any, *__: object, logs: dict[str, float], **___: object) -> None:  # noqa: ANN401
            if "loss" not in logs:
                return
            made = TrainingStep(
                state.global_step, state.max_steps, logs["loss"], logs["learning_rate"], *self._took
            )
            with path.open("a") as file:
                file.write(json_text(asdict(made)) + "\n")
            on_step(made)

    return Recorder()


def _forget(path: Path, begun: int) -> None:
    """Drop the recorded steps after ``begun``: they are repeated."""
    lines = path.read_text().splitlines(keepends=True)[: max(begun, 0)] if path.exists() else []
    path.write_text("".join(lines))


def read_steps(path: Path) -> list[TrainingStep]:
    """Return the recorded steps. Raises JournalError when they cannot be read."""
    try:
        return [_step(json.loads(line)) for line in path.read_text().split("\n") if line]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise JournalError(f"{path} cannot be read as the steps of a training: {error}") from error


def _step(row: dict[str, Any]) -> TrainingStep:
    loss = math.nan if row["loss"] is None else row["loss"]  # JSON has no word for what is not a number
    return TrainingStep(**row | {"loss": loss})
