"""Preference tuning by TRL's DPOTrainer: of two responses the better one becomes more probable.

The loss of a pair is -log sigmoid(beta * d), with d the log-ratio of the chosen response less that of the
rejected one, each a ratio to the model before the training (arXiv 2305.18290, equation 7). So it begins at
log 2 for every pair.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sharpen.extras import extra
from sharpen.selfcodealign.train.fitting import arguments, silence
from sharpen.selfcodealign.train.pairs import Pair, TokenPreference, template
from sharpen.selfcodealign.train.recipe import Train


def trainer(
    model: Any,  # noqa: ANN401 - torch's types are not everywhere
    tokenizer: Any,  # noqa: ANN401
    trained_on: Sequence[TokenPreference],
    held_out: Sequence[TokenPreference],
    config: Train,
    directory: Path,
) -> Any:  # noqa: ANN401
    """Return a trainer of ``model``, which is itself the reference: its log-probabilities are computed first.

    Raises:
        UsageError: sharpen[preferences] is not installed.
    """
    trl, recipe = extra("trl", "preferences"), config.resolved
    tokenizer.chat_template = template(config.prompts) or tokenizer.chat_template
    options = arguments(
        trl.DPOConfig,
        config,
        len(trained_on),
        directory,
        beta=recipe.beta,
        max_length=recipe.max_length,
        precompute_ref_log_probs=True,
        per_device_eval_batch_size=config.micro_batch_size,
    )
    made = trl.DPOTrainer(
        model=model,
        args=options,
        train_dataset=_dataset(trained_on),
        eval_dataset=_dataset(held_out) if held_out else None,
        processing_class=tokenizer,
    )
    silence(made)
    return made


def loss(trainer: Any) -> float:  # noqa: ANN401
    """Return the mean loss of the held-out pairs; NaN without any."""
    return float(trainer.evaluate()["eval_loss"]) if trainer.eval_dataset is not None else math.nan


def _dataset(examples: Sequence[TokenPreference]) -> Any:  # noqa: ANN401
    records = [
        {
            "prompt": [asdict(message) for message in example.texts.prompt],
            "chosen": _turn(example.texts.chosen),
            "rejected": _turn(example.texts.rejected),
        }
        for example in examples
    ]
    return extra("datasets", "preferences").Dataset.from_list(records)


def _turn(pair: Pair) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": pair.response}]
