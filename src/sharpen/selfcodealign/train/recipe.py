"""How a model is fine-tuned: the paper's recipe, and one for machines without an accelerator."""

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from cyclopts import Parameter
from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveFloat, PositiveInt

from sharpen.errors import UsageError

PromptForm = Literal["instruction", "chat"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """The numbers of an optimisation.

    Attributes:
        optimizer: its name in transformers.
        learning_rate: at the end of the warm-up; from there it falls linearly to 0.
        batch: rows per optimiser step.
        epochs: passes over the rows.
        max_length: tokens of prompt and response; the rest is cut off.
        rank: of the LoRA adapter on all linear layers; 0 to tune every weight.
        alpha: the adapter is scaled by alpha / rank.
        warm_up: share of the steps.
        beta: of DPO, arXiv 2305.18290, equation 7; 0 to learn responses.
    """

    optimizer: str
    learning_rate: float
    batch: int
    epochs: float
    max_length: int
    rank: int = 0
    alpha: int = 16
    warm_up: float = 0.05
    beta: float = 0.0


RECIPES: dict[str, Recipe] = {
    "paper": Recipe("adafactor", 1e-5, batch=64, epochs=4, max_length=1280),
    "lora": Recipe("adamw_torch", 1e-4, batch=8, epochs=2, max_length=512, rank=8),
    "dpo": Recipe("adamw_torch", 5e-5, batch=8, epochs=1, max_length=1024, rank=8, beta=0.1),
}
"""``paper``: arXiv 2410.24198, section 3 and its code: no clipping, no packing. ``lora``: for CPUs. ``dpo``:
preference tuning of an adapter, with the beta of TRL."""


class Train(BaseModel):
    """What ``sharpen align train`` takes."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    model: Annotated[str, Parameter(alias="-m")]
    """Model to tune: a name of the weight store, FILE.gguf, a folder in the hub's format, a hub name, or the
    directory of a training, with whose adapter the training goes on."""
    recipe: Literal["paper", "lora", "dpo"] = "paper"
    """`paper` tunes every weight on a GPU; `lora` trains an adapter, also on a CPU; `dpo` trains an adapter
    on preferences, with `sharpen[preferences]`."""
    prompts: PromptForm = "instruction"
    """`instruction`: the paper's form; `chat`: the model's own chat template, for a model that has one."""
    learning_rate: PositiveFloat | None = None
    """The recipe's if not given: 1e-5, 1e-4 or 5e-5."""
    batch: PositiveInt | None = None
    """Rows per optimiser step; the recipe's if not given: 64, 8 or 8."""
    epochs: PositiveFloat | None = None
    """Passes over the rows; the recipe's if not given: 4, 2 or 1."""
    max_length: PositiveInt | None = None
    """Tokens per row; the recipe's if not given: 1280, 512 or 1024."""
    rank: NonNegativeInt | None = None
    """Rank of the LoRA adapter; 0 tunes every weight; the recipe's if not given: 0, 8 or 8."""
    beta: PositiveFloat | None = None
    """With `dpo`: the higher, the nearer the tuned model stays to the one before; 0.1 if not given."""
    micro_batch_size: PositiveInt = 1
    """Rows in memory at a time; the optimiser still steps once per batch."""
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """Format of weights beside an adapter; `auto` measures whether this machine is quicker with bfloat16."""
    checkpointing: bool = False
    """Compute activations twice instead of storing them: less memory, a third more time."""
    merge: bool = False
    """Write whole weights with the adapter merged in, instead of the adapter."""
    share: float = Field(default=1.0, gt=0, le=1)
    """Share of the rows that is used; a smaller share is part of a larger one."""
    held_out: float = Field(default=0.05, ge=0, lt=1)
    """Share of rows held out of training, chosen by a hash of the row's id."""
    save_every: PositiveInt = 50
    """Steps between checkpoints."""
    seed: int = 0
    """Seed of the order of rows and of the adapter's initial weights."""

    @property
    def resolved(self) -> Recipe:
        """The recipe, with the numbers that were given in place of its own.

        Raises:
            UsageError: ``micro_batch_size`` does not divide the batch, or ``beta`` is given without DPO.
        """
        given = {
            name: value
            for name in ("learning_rate", "batch", "epochs", "max_length", "rank", "beta")
            if (value := getattr(self, name)) is not None
        }
        recipe = replace(RECIPES[self.recipe], **given)
        if self.beta and self.recipe != "dpo":
            raise UsageError("--beta is of preference tuning: add --recipe dpo")
        if recipe.batch % self.micro_batch_size:
            raise UsageError(
                f"--micro-batch-size {self.micro_batch_size} does not divide --batch {recipe.batch}"
            )
        return recipe
