"""How a model is fine-tuned: the paper's recipe, and one for a machine without an accelerator."""

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from cyclopts import Parameter
from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveFloat, PositiveInt

from sharpen.errors import UsageError

PromptForm = Literal["instruction", "chat"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Every number that the optimiser sees.

    Attributes:
        optimizer: its name in transformers.
        learning_rate: at the end of the warm-up; it falls linearly to 0 from there.
        batch: rows of one step.
        epochs: passes over the rows.
        max_length: tokens of prompt and response; what is beyond is cut off.
        rank: of the LoRA adapter on all linear layers; 0 tunes every weight.
        alpha: the adapter is scaled by alpha / rank.
        warm_up: share of the steps.
    """

    optimizer: str
    learning_rate: float
    batch: int
    epochs: float
    max_length: int
    rank: int = 0
    alpha: int = 16
    warm_up: float = 0.05


RECIPES: dict[str, Recipe] = {
    "paper": Recipe("adafactor", 1e-5, batch=64, epochs=4, max_length=1280),
    "lora": Recipe("adamw_torch", 2e-4, batch=8, epochs=2, max_length=512, rank=8),
}
"""``paper``: arXiv 2410.24198, section 3 and its code: no clipping, no packing. ``lora``: for CPUs."""


class Train(BaseModel):
    """What ``sharpen align train`` takes."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    model: Annotated[str, Parameter(alias="-m")]
    """What is tuned: a name of the weight store, FILE.gguf, a folder of the hub's format or a hub name."""
    recipe: Literal["paper", "lora"] = "paper"
    """`paper` tunes every weight on a GPU; `lora` trains an adapter, also on a CPU."""
    prompts: PromptForm = "instruction"
    """`instruction`: the paper's form; `chat`: the model's own template, for a model that has been tuned."""
    learning_rate: PositiveFloat | None = None
    """The recipe's if not given: 1e-5 or 2e-4."""
    batch: PositiveInt | None = None
    """Rows a step; the recipe's if not given: 64 or 8."""
    epochs: PositiveFloat | None = None
    """Passes over the rows; the recipe's if not given: 4 or 2."""
    max_length: PositiveInt | None = None
    """Tokens of a row; the recipe's if not given: 1280 or 512."""
    rank: NonNegativeInt | None = None
    """Of the adapter; 0 tunes every weight; the recipe's if not given: 0 or 8."""
    at_once: PositiveInt = 1
    """Rows that are in memory together; the step stays the same."""
    checkpointing: bool = False
    """Compute activations twice instead of keeping them: less memory, a third more time."""
    merge: bool = False
    """Write the adapter merged into the weights, and not beside them."""
    held_out: float = Field(0.05, ge=0, lt=1)
    """Share of rows that is not trained on, chosen by a hash of the row's id."""
    save_every: PositiveInt = 50
    """Steps between checkpoints."""
    seed: int = 0
    """Of the order of rows and of the adapter's beginning."""

    @property
    def resolved(self) -> Recipe:
        """The recipe with what was given instead.

        Raises:
            UsageError: ``at_once`` does not divide the batch.
        """
        given = {
            name: value
            for name in ("learning_rate", "batch", "epochs", "max_length", "rank")
            if (value := getattr(self, name)) is not None
        }
        recipe = replace(RECIPES[self.recipe], **given)
        if recipe.batch % self.at_once:
            raise UsageError(f"--at-once {self.at_once} does not divide --batch {recipe.batch}")
        return recipe
