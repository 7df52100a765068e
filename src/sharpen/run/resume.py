"""Whether a directory holds the same run: what a resumed run must not contradict."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sharpen.benchmarks.base import Benchmark
from sharpen.errors import ConfigChangedError, DataError, JournalError
from sharpen.files.disk import read_text
from sharpen.files.json_text import parse_json
from sharpen.journal.directory import keep_config
from sharpen.journal.keys import is_same_model
from sharpen.models.base import Model
from sharpen.models.openai.options import ServerOptions
from sharpen.prices import Prices
from sharpen.run.config import RunConfig

_MODELS = ("model", "feedback_model", "reflection_model", "evaluator_model")
"""Options that name a model, which is the same whatever its address or path is by now."""
OF_RUN = "run:"
"""How the word of problems begins that a run wrote down: they are the same under their first word."""


def keep_run_config(
    directory: Path,
    config: RunConfig,
    benchmark: Benchmark,
    models: Mapping[str, Model],
    outcomes: str,
    prices: Prices,
) -> None:
    """Write ``config.json`` of a new run, or check that a recorded one asks the same.

    Raises:
        ConfigChangedError: an option, a model or the benchmark's file is another one.
        JournalError: the file cannot be written, or is damaged.
    """
    requested = {"method": config.method} | config.model_dump(mode="json")
    facts = {
        "outcomes": outcomes,
        "benchmark_source": benchmark.source,
        "visible_tests": benchmark.visible_tests,
        "prices": {model: price.model_dump(exclude_none=True) for model, price in prices.items()},
        "identities": {spec: model.identity for spec, model in models.items()},
    }
    _refuse_changed_benchmark(directory, benchmark.source)
    keep_config(directory, requested, facts, config.resumable, config.defaults(), _agree)


def _refuse_changed_benchmark(directory: Path, source: str) -> None:
    """Raise ConfigChangedError where the run in ``directory`` asked a file with other content.

    Its verdicts and answers would stand under the new file's hash. The path may differ.
    """
    path = directory / "config.json"
    if not path.is_file():
        return
    try:
        recorded = str(parse_json(read_text(path), "it").get("benchmark_source", ""))
    except (DataError, AttributeError) as error:
        raise JournalError(f"{path} is damaged ({error}): restore it, or choose another --run") from error
    before, now = _hashes(recorded), _hashes(source)
    if before and now and before != now:
        raise ConfigChangedError(
            f"the benchmark has changed since the run in {directory} began: it was {recorded}, now it is "
            f"{source}; restore the file, or choose another --run (--reuse {directory} keeps the answers)"
        )


def _hashes(source: str) -> set[str]:
    return set(re.findall(r"sha256:([0-9a-f]{64})", source))


def _agree(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether a recorded option and a new one mean the same.

    A model is the same when it has the same identity, whatever its address or path is by now.
    """
    before, after = old.get(name), new[name]
    if before == after:
        return True
    if name == "benchmark" and OF_RUN in (str(before)[:4], str(after)[:4]):
        hashes = _hashes(str(old.get("benchmark_source"))), _hashes(str(new.get("benchmark_source")))
        return hashes[0] == hashes[1] != set()
    if name == "server":
        return ServerOptions(**before or {}).determining == ServerOptions(**after or {}).determining
    if name in _MODELS and isinstance(before, str) and isinstance(after, str):
        known = old.get("identities", {}).get(before, before)
        return is_same_model(known, new.get("identities", {}).get(after, after))
    return False
