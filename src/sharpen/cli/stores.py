"""The verbs of local models and of benchmarks: list, pull, show."""

from typing import TYPE_CHECKING

from cyclopts import App
from rich.table import Table

from sharpen.cli.output import (
    DONE,
)
from sharpen.counts import plural
from sharpen.errors import UsageError
from sharpen.terminal import Console

if TYPE_CHECKING:
    from sharpen.benchmarks.base import Benchmark
    from sharpen.benchmarks.structures import Structures

models_app = App(name="models", help="List and fetch local models.")
benchmarks_app = App(name="benchmarks", help="List, fetch and show benchmarks.")


@models_app.command(name="list")
def list_models() -> int:
    """List the local models by name, and where each is."""
    from sharpen.api import models_list
    from sharpen.models.finetuned import SHIPPED, base_of

    table = Table("name", "GB", "from", "here")
    for entry in models_list():
        table.add_row(
            entry.name, f"{entry.gigabytes:.1f}", entry.repository, "yes" if entry.path.exists() else ""
        )
    for name in SHIPPED:
        table.add_row(name, "", f"sharpen, on {base_of(name)}", "yes")
    Console().print(table)
    return DONE


@models_app.command(name="pull")
def pull_model(name: str, /) -> int:
    """Fetch a model's weights and verify them; afterwards no network is needed.

    Example: `sharpen models pull qwen2.5-coder-0.5b`

    Args:
        name: A name of `sharpen models list`.
    """
    from sharpen.api import models_pull
    from sharpen.cli.options import download_bar

    with download_bar() as bar:
        weights = models_pull(name, on_progress=bar)
    Console().print(f"{weights.path}\nsha256 {weights.sha256}", highlight=False, soft_wrap=True)
    return DONE


@benchmarks_app.command(name="list")
def list_benchmarks() -> int:
    """List the benchmarks by name."""
    from sharpen.api import benchmarks_list

    table = Table("name", "what it is")
    for entry in benchmarks_list():
        table.add_row(" ".join(entry.names), entry.about)
    Console().print(table)
    return DONE


@benchmarks_app.command(name="pull")
def pull_benchmark(name: str, /) -> int:
    """Fetch a benchmark and verify it; afterwards no network is needed.

    Example: `sharpen benchmarks pull humaneval`

    Args:
        name: A name of `sharpen benchmarks list`.
    """
    from sharpen.api import benchmarks_pull
    from sharpen.benchmarks.base import Benchmark

    path = benchmarks_pull(name)
    count = len(path.problems if isinstance(path, Benchmark) else path.items)
    Console().print(f"{plural(count, 'problem')} from {path.source}", highlight=False, soft_wrap=True)
    return DONE


@benchmarks_app.command(name="show")
def show_benchmark(name: str, problem: str | None = None, /) -> int:
    """Show a benchmark, or one of its problems as a model is asked it.

    Example: `sharpen benchmarks show humaneval 7`

    Args:
        name: A name of `sharpen benchmarks list`, or a file.
        problem: A problem's id.
    """
    from sharpen.api import benchmarks_show
    from sharpen.benchmarks.base import Benchmark

    shown, console = benchmarks_show(name), Console(soft_wrap=True)
    if problem is not None:
        show = _show_problem if isinstance(shown, Benchmark) else _show_item
        show(shown, problem, console)  # type: ignore[arg-type]
    elif isinstance(shown, Benchmark):
        console.print(f"{shown.name}: {plural(len(shown.problems), 'problem')}", highlight=False)
        console.print(f"visible tests: {shown.visible_tests}", highlight=False)
        console.print(f"source: {shown.source}", highlight=False)
    else:
        console.print(f"{shown.name}: {plural(len(shown.items), 'item')}", highlight=False)
        console.print(f"source: {shown.source}", highlight=False)
    return DONE


def _show_problem(benchmark: "Benchmark", identity: str, console: Console) -> None:
    from sharpen.run.subset import select

    (chosen,) = select(benchmark.problems, None, [identity])
    for message in benchmark.prompt(chosen):
        console.print(message.role, style="bold")
        console.print(message.content, markup=False, highlight=False)
    console.print("tests ", style="bold", end="")
    console.print(f"{len(chosen.visible.tests)} visible, {len(chosen.hidden.tests)} hidden")


def _show_item(task: "Structures", identity: str, console: Console) -> None:
    from sharpen.graphs.codec import format_of
    from sharpen.methods.few_shot import PAPERS_FORMAT

    form = format_of(task.task, PAPERS_FORMAT[task.task])
    items = [each for each in task.items if each.id == identity]
    if not items:
        raise UsageError(f"{task.name} has no item {identity}: its ids look like {task.items[0].id}")
    beginning = form.prompt(items[0].given)
    console.print("prompt", style="bold")
    console.print(beginning, markup=False, highlight=False)
    console.print("reference", style="bold")
    console.print(form.encode(items[0].reference).removeprefix(beginning), markup=False, highlight=False)
