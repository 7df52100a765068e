"""The steps of expert iteration, each of which is also a command of its own.

A round draws answers to training problems, makes rows of those that are verified, trains an adapter, and
measures the tuned model on other problems. The next round draws with the tuned model, and trains the base
again on the rows of all rounds. Preferences are trained last, on top of what the other rows taught.
"""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, model_validator

from sharpen.improvement.rows import Kind, Pool
from sharpen.journal.directory import benchmark_name
from sharpen.methods.repair import Repair
from sharpen.methods.sample import Sample
from sharpen.models.batched import PREFIX
from sharpen.run.config import RunConfig
from sharpen.selfcodealign.train.recipe import Train
from sharpen.types import Stage


class Improve(BaseModel):
    """Options of ``sharpen improve run``."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    model: str
    """Model to improve: a name of the weight store or FILE.gguf; with torch: before it, all is drawn so."""
    train_on: Annotated[tuple[str, ...], Field(min_length=1)] = ("mbpp/train",)
    """Benchmarks to draw on, also NAME@PATH."""
    measure_on: Annotated[tuple[str, ...], Field(min_length=1)] = ("humaneval",)
    """Benchmarks to measure on, also NAME@PATH; no row may hold a problem of theirs."""
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)] = ("programs", "repairs")
    """Rows to train on; preferences are trained last, with the recipe `dpo`."""
    rounds: PositiveInt = 1
    """Rounds of drawing and training."""
    n: PositiveInt = 4
    """Programs per training problem and round."""
    temperature: float = Field(default=0.8, gt=0)
    """Sampling temperature of draws and measures."""
    max_tokens: PositiveInt = 400
    """Completion tokens per answer, at most."""
    per_problem: PositiveInt = 4
    """Rows of a kind from one problem, at most; easy problems give fewer."""
    pool: Pool = "passed"
    """Programs that rows may answer with: `failed` and `any` are controls."""
    rows: PositiveInt | None = None
    """Rows per training, chosen at random; all if not given."""
    epochs: PositiveFloat = 2
    """Passes over the rows of programs and repairs."""
    learning_rate: PositiveFloat = 1e-4
    """Learning rate of the adapter on those rows."""
    limit: PositiveInt | None = None
    """Training problems per benchmark, evenly spaced; all if not given."""
    measure_limit: PositiveInt | None = None
    """Measured problems per benchmark, evenly spaced; all if not given."""
    measure_n: PositiveInt = 4
    """Programs per measured problem at the temperature above; one more is drawn greedily."""
    repair_limit: PositiveInt | None = 60
    """Problems of each measured benchmark on which repairs are measured."""
    seed: int = 0
    """Seed of all samples and choices."""
    concurrency: PositiveInt = 16
    """Problems that are worked on at once; with torch: give 32 or more."""

    @model_validator(mode="after")
    def _check_pool(self) -> Self:
        if "preferences" in self.kinds and self.pool != "passed":
            raise ValueError("preferences are a right answer and a wrong one: the pool must be passed")
        return self


EVERY_DRAW = {"max_tokens", "seed", "concurrency"}
"""Options that the measures have from the whole."""


@dataclass(frozen=True, slots=True)
class Draw:
    """A run of a method; answers recorded in the runs ``reuse`` are not drawn again."""

    config: RunConfig
    directory: Path
    reuse: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class MakeRows:
    """Rows of some kinds from runs."""

    runs: tuple[Path, ...]
    path: Path
    kinds: tuple[Kind, ...]
    config: Improve


@dataclass(frozen=True, slots=True)
class Tune:
    """A training."""

    rows: Path
    config: Train
    directory: Path


Step = Draw | MakeRows | Tune


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measure of a model.

    Attributes:
        name: with the benchmark and how it is drawn.
        folder: of the run, inside of the round's.
        stage: the programs or repairs whose share that passes is the measure.
        config: of the run, for the model given.
        reuse: folder of an earlier measure, which has drawn some of its answers.
    """

    name: str
    folder: str
    stage: Stage
    config: RunConfig
    reuse: str | None = None


def steps(config: Improve, directory: Path) -> Iterator[Step]:
    """Yield all steps in order; round 0 measures the base."""
    yield from _measuring(config, directory, 0)
    draws: list[Path] = []
    for number in range(1, config.rounds + 1):
        drawn = list(_drawing(config, directory, number))
        yield from drawn
        draws += [draw.directory for draw in drawn]
        for tuning in tunings(config, round_folder(directory, number)):
            yield MakeRows(tuple(draws), tuning.rows, tuning.kinds, config)
            yield Tune(tuning.rows, tuning.config, tuning.directory)
        yield from _measuring(config, directory, number)


@dataclass(frozen=True, slots=True)
class Tuning:
    """A training of a round.

    Attributes:
        kinds: of its rows.
        rows: their file.
        config: of the training.
        directory: of the training.
    """

    kinds: tuple[Kind, ...]
    rows: Path
    config: Train
    directory: Path


def tunings(config: Improve, folder: Path) -> Iterator[Tuning]:
    """Yield the trainings of the round in ``folder``; the last one's directory is the round's model."""
    answers = tuple(kind for kind in config.kinds if kind != "preferences")
    model, last = config.model.removeprefix(PREFIX), folder / "model"
    if answers:
        directory = last if len(answers) == len(config.kinds) else folder / "answers"
        yield Tuning(answers, folder / "rows.jsonl", _training(config, model), directory)
        model = str(directory)
    if "preferences" in config.kinds:
        training = Train(model=model, recipe="dpo", prompts="chat", seed=config.seed)
        yield Tuning(("preferences",), folder / "preferences.jsonl", training, last)


def measures(config: Improve, model: str) -> Iterator[Measurement]:
    """Yield the measures of a model."""
    for word in config.measure_on:
        name, shown = word.partition("@")[0], benchmark_name(word)
        common = {"benchmark": word, "model": model, **config.model_dump(include=EVERY_DRAW)}
        folder = f"measure-{name.replace('/', '-')}"
        greedy = Sample(**common, n=1, temperature=0, limit=config.measure_limit)
        yield Measurement(f"{shown}, greedy", f"{folder}-greedy", "program", greedy)
        for temperature in (config.temperature, config.temperature / 2):
            sampled = Sample(
                **common, n=config.measure_n, temperature=temperature, limit=config.measure_limit
            )
            title = f"{shown}, temperature {temperature:g}"
            yield Measurement(title, f"{folder}-t{temperature:g}", "program", sampled)
        repaired = Repair(
            **common,
            n_p=config.measure_n,
            n_fr=1,
            baseline="none",
            temperature=config.temperature,
            limit=config.repair_limit,
        )
        programs = f"{folder}-t{config.temperature:g}"
        yield Measurement(f"{shown}, repairs", f"{folder}-repair", "repair", repaired, programs)


def model_of(config: Improve, directory: Path, number: int) -> str:
    """Return the model at the end of a round; round 0 has the base."""
    engine = PREFIX if config.model.startswith(PREFIX) else ""
    return f"{engine}{round_folder(directory, number) / 'model'}" if number else config.model


def round_folder(directory: Path, number: int) -> Path:
    """Return the folder of a round."""
    return directory / f"round-{number}"


def command(step: Step) -> str:
    """Return the command that carries out a step."""
    match step:
        case Draw(config, directory, reuse):
            words = [config.method, config.benchmark, *options(config, {"benchmark"})]
            words += ["--run", str(directory)]
            words += ["--reuse", *map(str, reuse)] if reuse else []
        case MakeRows(runs, path, kinds, config):
            words = ["improve", "rows", *map(str, runs), "--out", str(path), "--kinds", *kinds]
            words += options(config, set(Improve.model_fields) - {"per_problem", "pool", "seed"})
            words += ["--against", *config.measure_on]
            words += ["--limit", str(config.rows)] if config.rows else []
        case Tune(rows, training, directory):
            words = ["align", "train", str(rows), *options(training, set()), "--run", str(directory)]
    return shlex.join(["sharpen", *words])


def options(config: BaseModel, left_out: set[str]) -> list[str]:
    """Return the options of a command that differ from their defaults."""
    words = []
    for name, value in config.model_dump(mode="json", exclude_defaults=True, exclude=left_out).items():
        words.append(f"--{name.replace('_', '-')}")
        if value is not True:
            words += map(str, value if isinstance(value, list) else [value])
    return words


def _drawing(config: Improve, directory: Path, number: int) -> Iterator[Draw]:
    for word in config.train_on:
        sample = Sample(
            benchmark=word,
            model=model_of(config, directory, number - 1),
            n=config.n,
            temperature=config.temperature,
            max_tokens=config.max_tokens,
            limit=config.limit,
            seed=config.seed + number - 1,
            concurrency=config.concurrency,
        )
        name = word.partition("@")[0].replace("/", "-")
        yield Draw(sample, round_folder(directory, number) / f"draw-{name}")


def _training(config: Improve, model: str) -> Train:
    return Train(
        model=model,
        recipe="lora",
        prompts="chat",
        epochs=config.epochs,
        learning_rate=config.learning_rate,
        max_length=1024,
        seed=config.seed,
    )


def _measuring(config: Improve, directory: Path, number: int) -> Iterator[Draw]:
    folder = round_folder(directory, number)
    for measure in measures(config, model_of(config, directory, number)):
        reuse = (folder / measure.reuse,) if measure.reuse else ()
        yield Draw(measure.config, folder / measure.folder, reuse)
