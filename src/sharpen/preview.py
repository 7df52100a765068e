"""What a run would need before it begins: whether everything is there, and about how much it will take."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from sharpen import registry
from sharpen.counts import plural
from sharpen.errors import FetchError, JournalError, ModelUnavailableError, SharpenError
from sharpen.files.download import data_home, nothing_fetched
from sharpen.journal.directory import RecordedConfig, read_config
from sharpen.journal.journal import Journal
from sharpen.models import spec as models
from sharpen.models.batched import PREFIX
from sharpen.models.finetuned import base_of
from sharpen.models.llama.engine import EngineSettings
from sharpen.models.openai.endpoint import is_server
from sharpen.models.weights import STORE, missing_gigabytes
from sharpen.progress import clock
from sharpen.run.config import RunConfig
from sharpen.run.forecast import Forecast
from sharpen.run.subset import select
from sharpen.tracking import TrackerName

BYTES_PER_ANSWER = 3_000
"""Of a journal, about: the prompt, the answer, the program and its verdicts.

``journal.db`` by completions, of recorded answers that were judged again: 3,050 for one answer of GPT-4 to
each of 82 problems of HumanEval, 4,700 and 2,500 for one and three answers to each of 40 of APPS, 3,030 for
the repairs of the demonstration. Many answers to a problem share its texts: 1,100 in a run of 16,500.
"""


@dataclass(frozen=True, slots=True)
class Check:
    """Something that a run needs.

    Attributes:
        name: what it is.
        here: whether the run can begin as far as this goes.
        detail: where it is, or what will happen or has to be done.
    """

    name: str
    here: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A run before it begins.

    Attributes:
        checks: what it needs.
        problems: how many; None where the benchmark is not here yet.
        answers: completions that it is likely to take; None likewise.
        tokens: their completion tokens; None likewise.
        seconds: how long that takes, by an earlier run of the model; None where there is none.
    """

    checks: tuple[Check, ...]
    problems: int | None
    answers: int | None
    tokens: int | None
    seconds: float | None

    @property
    def complete(self) -> bool:
        """Whether nothing is missing that the run would not fetch itself."""
        return all(check.here for check in self.checks)

    def to_json(self) -> dict[str, object]:
        """Return it as plain data."""
        return asdict(self)

    @property
    def lines(self) -> list[str]:
        """What a person wants to know, a sentence a line."""
        checks = [f"{check.name}: {'' if check.here else 'MISSING, '}{check.detail}" for check in self.checks]
        if self.problems is None:
            return [*checks, "how much it takes is known when the problems are here"]
        answers = f"about {plural(self.answers or 0, 'answer')} and {plural(self.tokens or 0, 'token')}"
        takes = f"{plural(self.problems, 'problem')}, {answers}"
        time = "time unknown: no earlier run of this model is beside this one"
        return [*checks, f"{takes}, {f'about {clock(self.seconds)}' if self.seconds else time}"]


def preview(config: RunConfig, directory: Path, tracker: TrackerName | None = None) -> Preview:
    """Return what a run needs and how much it is likely to take. Nothing is fetched, and no model asked.

    Args:
        config: its options.
        directory: where it would be.
        tracker: to which it would be sent.

    Raises:
        UsageError: a name means nothing, or an extra that it needs is not installed.
        SharpenError: a file that is named cannot be read.
    """
    benchmark, problems = _benchmark(config)
    checks = [benchmark, *(_model(spec, config) for spec in sorted(config.models)), *_tracker(tracker)]
    weights = {base_of(spec.removeprefix(PREFIX)) for spec in config.models}
    gigabytes = sum(missing_gigabytes(name) for name in weights if name in STORE)
    if problems is None:
        return Preview((*checks, _disk(directory, gigabytes)), None, None, None, None)
    pace = _earlier(config, directory)
    answers = round(problems * config.answers_per_problem)
    tokens = round(answers * (pace.tokens_per_answer if pace else Forecast(config).tokens_per_answer))
    gigabytes += answers * BYTES_PER_ANSWER / 1e9
    checks.append(_disk(directory, gigabytes))
    return Preview(
        tuple(checks), problems, answers, tokens, tokens / pace.tokens_per_second if pace else None
    )


def _benchmark(config: RunConfig) -> tuple[Check, int | None]:
    if registry.method(config.method).kind == "dataset" and not Path(config.benchmark).is_file():
        return _seeds(config.benchmark), None
    try:
        with nothing_fetched():
            benchmark, sandbox = registry.open_world(config)
    except FetchError as error:
        return Check("benchmark", True, f"{error}; it is fetched when the run begins"), None
    asyncio.run(sandbox.close())
    count = len(select(benchmark.problems, config.limit, config.ids, config.shard))
    return Check("benchmark", True, f"{benchmark.name}, {plural(len(benchmark.problems), 'problem')}"), count


def _seeds(source: str) -> Check:
    """Return whether there are seeds: a file of them, or code that they are gathered from."""
    if source.endswith((".jsonl", ".jsonl.gz", ".parquet")):
        return Check("seeds", False, f"there is no file {source}")
    return Check("seeds", True, f"they are gathered from {source} when the run begins")


def _model(spec: str, config: RunConfig) -> Check:
    name, weights = f"model {spec}", base_of(spec.removeprefix(PREFIX))
    if is_server(spec):
        return _server(spec, config)
    if weights in STORE:
        missing = missing_gigabytes(weights)
        return Check(
            name, True, f"{missing:.1f} GB are fetched when the run begins" if missing else "is here"
        )
    if weights.endswith(".gguf") and not Path(weights).expanduser().is_file():
        return Check(name, False, f"there is no file {weights}")
    try:
        asyncio.run(models.open_model(spec, server=config.server).close())
    except (JournalError, ModelUnavailableError) as error:
        return Check(name, False, str(error))
    return Check(name, True, "is here")


def _server(spec: str, config: RunConfig) -> Check:
    """Ask a server for its list of models: an answer of any kind shows that it is there."""
    from sharpen.models.openai.connection import Connection
    from sharpen.models.openai.endpoint import parse_endpoint
    from sharpen.models.openai.errors import ServerError

    name = f"model {spec}"
    if "," in spec.partition("#")[0]:
        return Check(name, True, "several servers, which are asked when the run begins")
    try:
        Connection(parse_endpoint(spec, os.environ), config.server, os.environ).served()
    except ServerError as error:
        if not error.status:
            return Check(name, False, "the server does not answer")
    except SharpenError as error:
        return Check(name, False, str(error))
    return Check(name, True, "the server answers")


def _tracker(name: TrackerName | None) -> list[Check]:
    if name is None:
        return []
    here = find_spec(name) is not None
    return [Check(f"tracker {name}", here, "is here" if here else f"run pip install 'sharpen[{name}]'")]


def _disk(directory: Path, gigabytes: float) -> Check:
    places = (directory.absolute(), data_home())
    free = min(shutil.disk_usage(_existing(place)).free for place in places) / 1e9
    return Check("disk", free > gigabytes, f"about {gigabytes:.2f} GB needed, {free:.1f} GB free")


def _existing(place: Path) -> Path:
    return next(folder for folder in (place, *place.parents) if folder.exists())


@dataclass(frozen=True, slots=True)
class _Pace:
    tokens_per_answer: float
    tokens_per_second: float


def _earlier(config: RunConfig, directory: Path) -> _Pace | None:
    """Return how the latest run of the same model and method beside this one went; of another method else."""
    return max(_paces(config, directory), key=lambda pace: pace[0], default=(None, None))[1]


def _paces(config: RunConfig, directory: Path) -> Iterator[tuple[tuple[bool, float], _Pace]]:
    parallel = config.server.concurrency if is_server(config.model) else EngineSettings().slots
    for journal in directory.absolute().parent.glob("*/journal.db"):
        try:
            recorded = read_config(journal.parent, RecordedConfig)
            with Journal.read(journal.parent) as run:
                spent, seconds = run.spent(), run.request_seconds()
        except JournalError:
            continue  # a run that cannot be read says nothing about speed
        if recorded.model == config.model and spent.completion_tokens and seconds > 0:
            rate = spent.completion_tokens / seconds * min(parallel, config.concurrency)
            key = (recorded.method == config.method, journal.stat().st_mtime)
            yield key, _Pace(spent.completion_tokens / max(1, spent.completions), rate)
