"""Inspect's logs (https://inspect.aisi.org.uk): a run as an ``.eval`` file, and the samples of one.

Each program and repair of a run is a sample of the log, with what the model was asked, its answer, its tokens
and the verdict. ``epoch`` numbers those of a problem. The log's own figures are ``pass_at_1``, over the first
program of every problem, and ``solved``, the share of problems with a passing program; problems without a
program count as not solved.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sharpen.errors import DataError, UsageError
from sharpen.extras import extra
from sharpen.journal.directory import RecordedConfig, read_config
from sharpen.journal.journal import Journal
from sharpen.journal.rows import ProblemRow
from sharpen.types import Node, Prompt

SUFFIX = ".eval"
CORRECT, INCORRECT = "C", "I"
"""Inspect's values of a score."""
_STOPS = {"stop": "stop", "length": "max_tokens", "filter": "content_filter", "overflow": "model_length"}


def write(run: Path, output: Path | None) -> int:
    """Write a run as a log and return the number of its samples.

    Raises:
        UsageError: there is no output that ends in ``.eval``, or ``inspect-ai`` is not installed.
        JournalError: the directory is not a run.
        DataError: the log cannot be written.
    """
    if output is None or output.suffix != SUFFIX:
        raise UsageError("a log of Inspect needs a file: sharpen export RUN inspect -o FILE.eval")
    logs = extra("inspect_ai.log", "inspect")
    config = read_config(run, RecordedConfig)
    with Journal.read(run) as journal:
        trees = [(problem, _programs(journal.nodes(problem.id))) for problem in journal.problems()]
    nodes = [node for _, tree in trees for node in tree]
    started = datetime.fromtimestamp((run / "config.json").stat().st_mtime, UTC).isoformat()
    epochs = max((len(tree) for _, tree in trees), default=0)
    ended = datetime.now(UTC).isoformat()
    log = logs.EvalLog(
        status="success",
        eval=_spec(config, [problem.id for problem, _ in trees], epochs, started),
        results=_results([tree for _, tree in trees]),
        stats=logs.EvalStats(started_at=started, completed_at=ended, model_usage=_usage(nodes)),
        samples=[_sample(problem, node, n) for problem, tree in trees for n, node in enumerate(tree, 1)],
    )
    try:
        logs.write_eval_log(log, output)
    except OSError as error:
        raise DataError(f"cannot write {output}: {error.strerror}; name another place") from error
    return len(nodes)


def rows(path: Path) -> Iterator[dict[str, object]]:
    """Yield the samples of a log as rows that ``sharpen score`` reads.

    Raises:
        UsageError: ``inspect-ai`` is not installed.
        DataError: the file is not a log.
    """
    logs = extra("inspect_ai.log", "inspect")
    try:
        log = logs.read_eval_log(str(path))
    except Exception as error:  # the library raises what its parts raise
        raise DataError(
            f"{path} cannot be read as a log of Inspect ({error}): give a whole .eval file"
        ) from error
    for sample in log.samples or []:
        values = {score.value for score in (sample.scores or {}).values() if isinstance(score.value, str)}
        verdict = {CORRECT: True, INCORRECT: False}.get(values.pop()) if len(values) == 1 else None
        yield {"task_id": str(sample.id), "answer": sample.output.completion, "passed": verdict}


def _programs(nodes: Sequence[Node]) -> list[Node]:
    return [node for node in nodes if node.verdict and node.program and node.stage != "baseline"]


def _spec(config: RecordedConfig, ids: list[str], epochs: int, created: str) -> Any:  # noqa: ANN401
    logs = extra("inspect_ai.log", "inspect")
    options = config.model_dump(mode="json", exclude={"machine", "benchmark_source", "outcomes", "server"})
    return logs.EvalSpec(
        created=created,
        task=f"sharpen_{config.method}_{config.benchmark_name}".replace("/", "_"),
        dataset=logs.EvalDataset(name=config.benchmark_name, samples=len(ids), sample_ids=ids),
        model=config.model,
        config=logs.EvalConfig(epochs=epochs),
        metadata=options | {"benchmark_source": config.benchmark_source},
        packages={"sharpen": config.sharpen},
    )


def _sample(problem: ProblemRow, node: Node, epoch: int) -> Any:  # noqa: ANN401 - a type of the library
    logs, models = extra("inspect_ai.log", "inspect"), extra("inspect_ai.model", "inspect")
    assert node.verdict and node.program
    messages = _messages(node.prompt)
    answer, usage = node.completion, _usage([node])
    stop = _STOPS.get(answer.finish_reason, "unknown") if answer else "unknown"
    output = models.ModelOutput.from_content(node.author, node.text, stop)
    output.usage, output.time = usage.get(node.author), answer.seconds if answer else None
    score = extra("inspect_ai.scorer", "inspect").Score(
        value=CORRECT if node.passed else INCORRECT,
        answer=node.program.code,
        explanation=node.verdict.message or node.verdict.kind,
        metadata={"kind": node.verdict.kind, "trust": node.verdict.trust},
    )
    facts = {"stage": node.stage, "index": node.index, "node": node.id, "parent": node.parent}
    return logs.EvalSample(
        id=problem.id,
        epoch=epoch,
        input=messages or problem.statement,
        target="",
        messages=[*messages, models.ChatMessageAssistant(content=node.text, model=node.author)],
        output=output,
        scores={"sharpen": score},
        metadata=facts | {"difficulty": problem.difficulty},
        model_usage=usage,
        total_time=answer.seconds if answer else None,
    )


def _messages(prompt: Prompt) -> list[Any]:
    models = extra("inspect_ai.model", "inspect")
    if isinstance(prompt, str):
        return [models.ChatMessageUser(content=prompt)]
    kinds = {
        "system": models.ChatMessageSystem,
        "user": models.ChatMessageUser,
        "assistant": models.ChatMessageAssistant,
    }
    return [kinds[message.role](content=message.content) for message in prompt]


def _usage(nodes: Sequence[Node]) -> dict[str, Any]:
    """Return the tokens of the nodes' completions, by model."""
    by_model: dict[str, Any] = {}
    usage = extra("inspect_ai.model", "inspect").ModelUsage
    for node in nodes:
        if (answer := node.completion) is not None:
            total = by_model.setdefault(node.author, usage(input_tokens_cache_read=0))
            total.input_tokens += answer.prompt_tokens - answer.cached_tokens
            total.input_tokens_cache_read += answer.cached_tokens
            total.output_tokens += answer.completion_tokens
            total.total_tokens += answer.prompt_tokens + answer.completion_tokens
    return by_model


def _results(trees: Sequence[Sequence[Node]]) -> Any:  # noqa: ANN401 - a type of the library
    samples, logs = sum(map(len, trees)), extra("inspect_ai.log", "inspect")
    count = max(1, len(trees))
    first = sum(bool(nodes) and nodes[0].passed for nodes in trees) / count
    solved = sum(any(node.passed for node in nodes) for nodes in trees) / count
    values = {"pass_at_1": first, "solved": solved}
    metrics = {name: logs.EvalMetric(name=name, value=value) for name, value in values.items()}
    score = logs.EvalScore(name="sharpen", scorer="sharpen", scored_samples=samples, metrics=metrics)
    return logs.EvalResults(total_samples=samples, completed_samples=samples, scores=[score])
