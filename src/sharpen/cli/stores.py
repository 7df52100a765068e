"""The verbs of local models and of benchmarks: list, pull, show."""

from cyclopts import App
from rich.console import Console
from rich.table import Table

from sharpen.cli.output import (
    DONE,
    stderr,
)
from sharpen.cli.progress import DownloadBar
from sharpen.errors import UsageError

models_app = App(name="models", help="Local models.")
benchmarks_app = App(name="benchmarks", help="Benchmarks.")


@models_app.command(name="list")
def list_models() -> int:
    """List the names of the weight store and where each is."""
    from sharpen.models.weights import STORE

    table = Table("name", "GB", "from", "here")
    for entry in STORE.values():
        table.add_row(
            entry.name, f"{entry.gigabytes:.1f}", entry.repository, "yes" if entry.path.exists() else ""
        )
    Console().print(table)
    return DONE


@models_app.command(name="pull")
def pull_model(name: str, /) -> int:
    """Fetch a model's weights and verify them; afterwards no network is needed.

    Args:
        name: A name of `sharpen models list`.
    """
    from sharpen.models.weights import pull

    with DownloadBar(stderr()) as bar:
        weights = pull(name, bar)
    Console().print(f"{weights.path}\nsha256 {weights.sha256}", highlight=False, soft_wrap=True)
    return DONE


@benchmarks_app.command(name="list")
def list_benchmarks() -> int:
    """List the benchmarks by name."""
    from sharpen.benchmarks import registry, structures

    table = Table("name", "what it is")
    for entry in registry.REGISTRY:
        variants = [*entry.variants, *([entry.open_variants] if entry.open_variants else [])]
        table.add_row(" ".join([entry.word, *(f"{entry.word}/{v}" for v in variants)]), entry.about)
    for task in structures.REGISTRY:
        table.add_row(task.word, task.about)
    Console().print(table)
    return DONE


@benchmarks_app.command(name="pull")
def pull_benchmark(name: str, /) -> int:
    """Fetch a benchmark and verify it; afterwards no network is needed.

    Args:
        name: A name of `sharpen benchmarks list`.
    """
    from sharpen.benchmarks import registry, structures

    if structures.knows(name):
        task = structures.load(name)
        count, source = len(task.items), task.source
    else:
        benchmark = registry.load(name)
        count, source = len(benchmark.problems), benchmark.source
    Console().print(f"{count:,} problems from {source}", highlight=False, soft_wrap=True)
    return DONE


@benchmarks_app.command(name="show")
def show_benchmark(name: str, problem: str | None = None, /) -> int:
    """Show a benchmark, or one of its problems as a model is asked it.

    Args:
        name: A name of `sharpen benchmarks list`, or a file.
        problem: A problem's id.
    """
    from sharpen.benchmarks import structures
    from sharpen.benchmarks.registry import load
    from sharpen.run.subset import select

    if structures.knows(name):
        return _show_structures(name, problem)
    benchmark, console = load(name), Console(soft_wrap=True)
    if problem is None:
        console.print(f"{benchmark.name}: {len(benchmark.problems):,} problems", highlight=False)
        console.print(f"visible tests: {benchmark.visible_tests}", highlight=False)
        console.print(f"source: {benchmark.source}", highlight=False)
        return DONE
    (chosen,) = select(benchmark.problems, None, [problem])
    for message in benchmark.prompt(chosen):
        console.print(f"[bold]{message.role}[/]")
        console.print(message.content, markup=False, highlight=False)
    console.print(f"[bold]tests[/] {len(chosen.visible.tests)} visible, {len(chosen.hidden.tests)} hidden")
    return DONE


def _show_structures(name: str, item: str | None) -> int:
    from sharpen.benchmarks import structures
    from sharpen.graphs.codec import format_of
    from sharpen.methods.few_shot import PAPERS_FORMAT

    task, console = structures.load(name), Console(soft_wrap=True)
    if item is None:
        console.print(f"{task.name}: {len(task.items):,} items", highlight=False)
        console.print(f"source: {task.source}", highlight=False)
        return DONE
    form = format_of(task.task, PAPERS_FORMAT[task.task])
    found = [each for each in task.items if each.id == item]
    if not found:
        raise UsageError(f"{task.name} has no item {item}: its ids look like {task.items[0].id}")
    beginning = form.prompt(found[0].given)
    console.print("[bold]asked[/]")
    console.print(beginning, markup=False, highlight=False)
    console.print("[bold]gold[/]")
    console.print(form.encode(found[0].gold).removeprefix(beginning), markup=False, highlight=False)
    return DONE
