"""Tokens a second of LoRA training: sharpen and TRL's SFTTrainer on the same rows in the same run.

``python bench/training.py ROWS.jsonl -m smollm2-135m --steps 3`` needs ``sharpen[train]`` and ``trl``.

All sides get the same tokens, adapter and optimiser. TRL is run as its documentation shows, with a padded
batch of 32-bit weights, and also as sharpen trains: one row at a time, with weights in the format that
sharpen chooses on this machine. Tokens are those of the rows, without padding. The first step of each side
warms up and is left out. Processor time decides, since a busy machine disturbs it less than the clock.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from sharpen.selfcodealign.train import fitting, pairs, precision
from sharpen.selfcodealign.train.loading import find, load
from sharpen.selfcodealign.train.pairs import TokenPair
from sharpen.selfcodealign.train.recipe import Train

Times = list[tuple[float, float]]
"""Clock and processor time of each step, in seconds."""


def main() -> None:
    """Train with each side and print one line for each."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("rows", type=Path)
    words.add_argument("-m", "--model", default="smollm2-135m")
    words.add_argument("--batch", type=int, default=4)
    words.add_argument("--steps", type=int, default=6)
    words.add_argument("--max-length", type=int, default=1024)
    given = words.parse_args()
    config = Train(
        model=given.model,
        recipe="lora",
        prompts="chat",
        batch=given.batch,
        epochs=1,
        max_length=given.max_length,
        save_every=given.steps + 1,
    )
    examples = _examples(given.rows, config, given.batch * given.steps)
    used = precision.choose("auto", config.resolved.rank)
    print(f"{len(examples)} rows, {_tokens(examples)} tokens, weights in {used.dtype} ({used.speedup:g})")
    baseline = None
    for name, times in (
        ("TRL, padded batch", _trl(examples, config, "float32", micro_batch=given.batch)),
        (f"TRL, one row, {used.dtype}", _trl(examples, config, used.dtype, micro_batch=1)),
        ("sharpen", _sharpen(examples, config, used.dtype)),
    ):
        clock, processor = (sum(step[which] for step in times[1:]) for which in (0, 1))
        tokens = _tokens(examples) * (len(times) - 1) / len(times)
        baseline = baseline or processor
        print(
            f"{name:22} {tokens / processor:8.1f} tokens per CPU s {tokens / clock:8.1f} per s"
            f"  {baseline / processor:5.2f} times"
        )


def _examples(path: Path, config: Train, count: int) -> list[TokenPair]:
    _, tokenizer = load(find(config.model))
    encoded = (pairs.encode(pair, tokenizer, "chat", config.resolved.max_length) for pair in pairs.read(path))
    examples = [example for example in encoded if example]
    return (examples * (count // len(examples) + 1))[:count]


def _tokens(examples: Sequence[TokenPair]) -> int:
    return sum(len(example.tokens) for example in examples)


def _sharpen(examples: Sequence[TokenPair], config: Train, dtype: str) -> Times:
    model, tokenizer = load(find(config.model), dtype)
    model = fitting.adapted(model, config.resolved, config.seed)
    with tempfile.TemporaryDirectory() as folder:
        fitting.fit(model, tokenizer, examples, config, Path(folder), lambda _: None)
        lines = (Path(folder) / "steps.jsonl").read_text().splitlines()
    return [(step["seconds"], step["cpu_seconds"]) for step in map(json.loads, lines)]


def _trl(examples: Sequence[TokenPair], config: Train, dtype: str, micro_batch: int) -> Times:
    trl, datasets = import_module("trl"), import_module("datasets")
    model, tokenizer = load(find(config.model), dtype)
    model = fitting.adapted(model, config.resolved, config.seed)
    times: Times = []

    class Timer(import_module("transformers").TrainerCallback):  # type: ignore[misc]
        def on_step_begin(self, *_: object, **__: object) -> None:
            self.began = time.monotonic(), time.process_time()

        def on_step_end(self, *_: object, **__: object) -> None:
            times.append((time.monotonic() - self.began[0], time.process_time() - self.began[1]))

    rows = [
        {
            "input_ids": list(example.tokens),
            "completion_mask": [int(at >= example.prompt_tokens) for at in range(len(example.tokens))],
        }
        for example in examples
    ]
    with tempfile.TemporaryDirectory() as folder:
        arguments = trl.SFTConfig(
            output_dir=folder,
            per_device_train_batch_size=micro_batch,
            gradient_accumulation_steps=config.resolved.batch // micro_batch,
            num_train_epochs=1,
            learning_rate=config.resolved.learning_rate,
            max_length=None,
            gradient_checkpointing=False,
            bf16=False,
            use_cpu=True,
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
        )
        trainer = trl.SFTTrainer(
            model=model,
            args=arguments,
            train_dataset=datasets.Dataset.from_list(rows),
            processing_class=tokenizer,
            callbacks=[Timer()],
        )
        trainer.train()
    return times


if __name__ == "__main__":
    main()
