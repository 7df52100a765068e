"""Sweeps: one run for each value of an option, or for each combination of several.

``--sweep n_p=1,2,4 --sweep temperature=0.2,0.8`` makes six runs. Each later one takes from the earlier ones
the recorded answers that fit, as with ``--reuse``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from sharpen.errors import UsageError
from sharpen.execution import default_directory
from sharpen.run.config import RunConfig
from sharpen.verbs import configure


@dataclass(frozen=True, slots=True)
class Step:
    """One run of a sweep.

    Attributes:
        label: what it has of its own: ``n_p=2 seed=1``.
        config: its options.
        directory: its directory.
    """

    label: str
    config: RunConfig
    directory: Path


def steps(config: RunConfig, sweep: Sequence[str], directory: Path | None) -> list[Step]:
    """Return the runs of a sweep, in the order of the values.

    Args:
        config: the options that all runs have.
        sweep: ``OPTION=VALUE,VALUE``, one for each swept option.
        directory: the folder of the runs; found by the options if not given.

    Raises:
        UsageError: there is no such option, a value cannot be meant, or two runs would be the same.
    """
    options = [_values(each) for each in sweep]
    place = default_directory(config)
    folder = directory or place.with_name(f"{place.name}-sweep")
    made = [_step(config, list(chosen), folder) for chosen in product(*options)]
    configs = [step.config for step in made]
    if twice := [step.label for step in made if configs.count(step.config) > 1]:
        raise UsageError(f"--sweep makes one run twice: {twice[0]} and {twice[1]}; give each value once")
    return made


def _values(sweep: str) -> list[tuple[str, str]]:
    name, equals, values = sweep.partition("=")
    listed = [value.strip() for value in values.split(",") if value.strip()]
    if not equals or not listed:
        raise UsageError(f"--sweep {sweep} names no values: write OPTION=VALUE,VALUE, as in n_p=1,2,4")
    return [(name.strip().replace("-", "_"), value) for value in listed]


def _step(config: RunConfig, chosen: Sequence[tuple[str, str]], folder: Path) -> Step:
    label = " ".join(f"{name}={value}" for name, value in chosen)
    own = configure(type(config), config.model_dump(exclude_unset=True) | dict(chosen))
    return Step(label, own, folder / label.replace("/", "-"))
