# The verbs of methods, for editors and type checkers; `make stubs` writes it.
# ruff: noqa: A002, PYI001, PYI021 - an option may be called format; the site and editors show the docstrings

from collections.abc import Callable, Coroutine, Sequence
from inspect import Signature
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

from pydantic import ValidationError

from sharpen.models.function import AnyModel
from sharpen.models.openai.options import ServerOptions
from sharpen.registry import MethodEntry
from sharpen.results import Results
from sharpen.run.config import Budget, RunConfig
from sharpen.run.method import Method
from sharpen.run.progress import Progress
from sharpen.types import Problem

Config = TypeVar("Config", bound=RunConfig)
Verb: TypeAlias = Callable[..., Coroutine[Any, Any, Results]]

def verb(entry: MethodEntry) -> Verb: ...
def signature(method: Method[Any]) -> Signature: ...
def configure(kind: type[Config], options: dict[str, Any]) -> Config: ...
def sentence(error: ValidationError) -> str: ...
async def sample(
    benchmark: str = "",
    *,
    model: AnyModel,
    temperature: float | None = 0.8,
    top_p: float | None = 0.95,
    max_tokens: int = 512,
    seed: int | None = 0,
    limit: int | None = None,
    ids: tuple[str, ...] = (),
    shard: str = "",
    concurrency: int = 16,
    sandbox: Literal["local", "ray"] = "local",
    server: ServerOptions = ...,
    n: int = 1,
    completion: bool = False,
    problems: Sequence[Problem] = (),
    run: Path | str | None = None,
    budget: Budget | None = None,
    reuse: Sequence[Path | str] = (),
    on_progress: Progress | None = None,
    track: Literal["wandb", "mlflow", "trackio"] | None = None,
) -> Results:
    """Draw n i.i.d. programs per problem and run them."""

async def repair(
    benchmark: str = "",
    *,
    model: AnyModel,
    temperature: float | None = 0.8,
    top_p: float | None = 0.95,
    max_tokens: int = 512,
    seed: int | None = 0,
    limit: int | None = None,
    ids: tuple[str, ...] = (),
    shard: str = "",
    concurrency: int = 16,
    sandbox: Literal["local", "ray"] = "local",
    server: ServerOptions = ...,
    n_p: int = 4,
    n_fr: int | None = None,
    n_f: int | None = None,
    n_r: int | None = None,
    feedback_model: AnyModel | None = None,
    feedback_from: Path | None = None,
    cut_feedback: Literal["auto", "on", "off"] = "auto",
    prompts: str = "chat",
    feedback_tests: Literal["visible", "hidden"] = "visible",
    order: Literal["batch", "sequential"] = "batch",
    rounds: int = 1,
    copies: Literal["apart", "shared"] = "apart",
    stop_at_success: bool = False,
    baseline: Literal["equal-tokens", "none"] = "equal-tokens",
    problems: Sequence[Problem] = (),
    run: Path | str | None = None,
    budget: Budget | None = None,
    reuse: Sequence[Path | str] = (),
    on_progress: Progress | None = None,
    track: Literal["wandb", "mlflow", "trackio"] | None = None,
) -> Results:
    """Generate, run, explain the failure, repair (arXiv 2306.09896)."""

async def reflexion(
    benchmark: str = "",
    *,
    model: AnyModel,
    temperature: float | None = 0.8,
    top_p: float | None = 0.95,
    max_tokens: int = 512,
    seed: int | None = 0,
    limit: int | None = None,
    ids: tuple[str, ...] = (),
    shard: str = "",
    concurrency: int = 16,
    sandbox: Literal["local", "ray"] = "local",
    server: ServerOptions = ...,
    strategy: Literal[
        "reflexion",
        "simple",
        "immediate-reflexion",
        "immediate-refinement",
        "test-acc",
        "self-debug",
        "self-debug-trace",
        "codet",
        "ucs",
        "rex",
        "lats",
        "s-star",
        "codet-read",
        "none",
        "last-attempt",
        "both",
    ] = "reflexion",
    trials: int = 5,
    memory: int | None = None,
    width: int = 2,
    repeats: int = 3,
    oracle: Literal["none", "first"] = "none",
    evaluator: Literal["tests", "model"] = "tests",
    evaluator_model: AnyModel | None = None,
    reflection_model: AnyModel | None = None,
    trace: Literal["recorded", "imagined"] = "recorded",
    agreement: Literal["codet", "product"] = "codet",
    test_samples: int = 1,
    prompts: str = "chat",
    preset: Literal["none", "paper", "paper-questions"] = "none",
    problems: Sequence[Problem] = (),
    run: Path | str | None = None,
    budget: Budget | None = None,
    reuse: Sequence[Path | str] = (),
    on_progress: Progress | None = None,
    track: Literal["wandb", "mlflow", "trackio"] | None = None,
) -> Results:
    """Try, judge, reflect in words, remember, try again (arXiv 2303.11366)."""

async def structure(
    benchmark: str = "",
    *,
    model: AnyModel,
    temperature: float | None = 0.0,
    top_p: float | None = 0.95,
    max_tokens: int = 800,
    seed: int | None = 0,
    limit: int | None = None,
    ids: tuple[str, ...] = (),
    shard: str = "",
    concurrency: int = 16,
    sandbox: Literal["local", "ray"] = "local",
    server: ServerOptions = ...,
    format: str = "",
    shots: int = 5,
    choose: Literal["fixed", "nearest", "tuned"] = "fixed",
    encoder: Literal["tf-idf", "minilm"] = "tf-idf",
    examples: str = "",
    completion: bool = False,
    prompts: str = "chat",
    constrained: bool = False,
    best_of: int = 1,
    repairs: int = 0,
    run: Path | str | None = None,
    budget: Budget | None = None,
    reuse: Sequence[Path | str] = (),
    on_progress: Progress | None = None,
    track: Literal["wandb", "mlflow", "trackio"] | None = None,
) -> Results:
    """Write graphs as code, read them back, score them (arXiv 2210.07128)."""

async def align(
    benchmark: str = "",
    *,
    model: AnyModel,
    temperature: float = 0.7,
    top_p: float = 1.0,
    max_tokens: int = 1536,
    seed: int | None = 0,
    limit: int | None = None,
    ids: tuple[str, ...] = (),
    shard: str = "",
    concurrency: int = 16,
    sandbox: Literal["local", "ray"] = "local",
    server: ServerOptions = ...,
    n: int = 10,
    shots: int = 8,
    response_shots: int = 1,
    example_sets: int = 0,
    difficulties: tuple[Literal["easy", "medium", "hard"], ...] = ("easy", "medium", "hard"),
    judge_docstrings: bool = False,
    without_concepts: bool = False,
    response_model: AnyModel = "",
    completion: bool = False,
    bank: Path | None = None,
    prompts: Path | None = None,
    until: Literal["concepts", "instructions", "responses"] = "responses",
    run: Path | str | None = None,
    budget: Budget | None = None,
    reuse: Sequence[Path | str] = (),
    on_progress: Progress | None = None,
    track: Literal["wandb", "mlflow", "trackio"] | None = None,
) -> Results:
    """Write tasks from seeds, solve and test them (arXiv 2410.24198)."""
