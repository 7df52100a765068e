"""The layers of the source: who may import whom, read from the files without running them."""

import ast
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "sharpen"

PROTOCOLS = {"benchmarks.base", "benchmarks.structures", "models.base", "sandbox.base"}
METHODS = {
    "answers",
    "languages",
    "counts",
    "syntax",
    "types",
    "errors",
    "extras",
    "files",
    "run",
    "graphs",
    "journal.layout",
} | PROTOCOLS

MAY_IMPORT = {
    "syntax": set(),
    "answers": {"syntax"},
    "types": {"answers", "errors", "syntax"},
    "counts": set(),
    "errors": set(),
    "installed": {"errors"},
    "benchmarks.registry": {"errors", "files", "installed", "types"},
    "languages": {"types"},
    "extras": {"errors"},
    "files": {"types", "errors", "extras"},
    "mutants": set(),
    "values": {"errors"},
    "estimate": {"errors"},
    "benchmarks": {"languages", "syntax", "answers", "types", "errors", "files", "graphs.graph", "values"},
    "benchmarks.expressions": {"types", "errors", "files", "sandbox.base", "sandbox.process"},
    "benchmarks.own": {"answers", "types", "errors", "files", "suite_json"},
    "benchmarks.mapped": {"types", "errors", "extras", "files"},
    "models": {"types", "answers", "errors", "files", "installed"},
    "models.batched": {"types", "errors", "extras", "files", "models"},
    "models.precision": {"extras"},
    "models.replay": {"types", "errors", "journal"},
    "sandbox": {"types", "errors", "values"},
    "sandbox.languages": {"types", "errors", "languages"},
    "sandbox.ray": {"types", "errors", "extras"},
    "serve": {"types", "errors", "extras", "suite_json", "benchmarks.base", "benchmarks.registry", "sandbox"},
    "suite_json": {"types", "errors", "values"},
    "prices": {"errors", "files", "journal"},
    "journal": {"counts", "types", "errors", "estimate", "files"},
    "registry": {"errors", "installed", "journal", "run", "benchmarks.registry", "sandbox.spec"},
    "run": {"types", "errors", "files", "journal", "prices", "benchmarks.store", "models.openai", "models.streaming"} | PROTOCOLS,
    "methods": METHODS,
    "methods.baseline": METHODS | {"estimate", "journal"},
    "methods.human_feedback": METHODS | {"journal"},
    "methods.reflexion.strategies": METHODS | {"benchmarks.registry", "sandbox.spec"},
    "selfcodealign.generate.method": METHODS | {"journal", "sandbox.spec"},
    "selfcodealign": METHODS | {"methods.reflexion.self_tests", "mutants"},
    "selfcodealign.overlap.decontaminate": METHODS | {"benchmarks.registry"},
    "selfcodealign.train.loading": METHODS | {"files", "models.finetuned", "models.llama.engine", "models.weights"},
    "selfcodealign.stages": METHODS | {"journal", "sandbox.process", "sandbox.spec"},
    "selfcodealign.seeds.shards": METHODS | {"files"},
    "selfcodealign.train.precision": {"extras", "models.precision"},
    "selfcodealign.train.save": METHODS | {"files", "models.finetuned"},
    "selfcodealign.train.tune": METHODS | {"files", "journal"},
    "improvement": METHODS | {"counts", "estimate", "journal", "models.batched", "methods.repair", "methods.sample", "selfcodealign"},
    "graphs": {"syntax", "types", "errors", "extras"},
    "graphs.checker": {"types", "errors", "sandbox.base"},
    "viewer": {"types", "errors", "files", "journal", "reports", "methods.human_feedback", "counts"},
    "reports": {
        "counts", "types", "errors", "registry", "estimate", "journal", "prices", "graphs", "selfcodealign.rows", "selfcodealign.stage_files",
    },
    "reports.improve": {"counts", "types", "journal", "improvement", "reports", "selfcodealign.train.fitting"},
    "reports.draw.files": {"extras", "files"},
}  # fmt: skip
"""Per package or module, the packages and modules of sharpen that it may import besides itself."""

VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}


def modules() -> Iterator[tuple[str, Path]]:
    """Every module with its name inside sharpen: ``models.openai``; a package is its ``__init__``."""
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        yield ".".join(part for part in parts if part != "__init__"), path


def imported(path: Path) -> Iterator[str]:
    """What a module imports from sharpen, at the top or inside of functions, without ``sharpen.``."""
    yield from named(ast.walk(ast.parse(path.read_text())))


def at_run_time(path: Path) -> Iterator[str]:
    """What a module imports outside of ``if TYPE_CHECKING``."""
    tree = ast.parse(path.read_text())
    blocks = [
        node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
    ]
    type_only = {id(inner) for block in blocks for node in block.body for inner in ast.walk(node)}
    yield from named(node for node in ast.walk(tree) if id(node) not in type_only)


def named(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = (
                [f"{node.module}.{alias.name}" for alias in node.names] if not node.level else ["sharpen."]
            )
        else:
            continue
        yield from (name.removeprefix("sharpen.") for name in names if name.startswith("sharpen."))


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def breaches(module: str, names: Iterator[str]) -> list[str]:
    packages = [package for package in MAY_IMPORT if within(module, package)]
    if not packages:
        return []
    package = max(packages, key=len)
    allowed = MAY_IMPORT[package] | {package.split(".")[0]}
    return [name for name in names if not any(within(name, other) for other in allowed)]


NAMED = [pytest.param(module, path, id=module or "sharpen") for module, path in modules()]


@pytest.mark.parametrize(("module", "path"), NAMED)
def test_imports_stay_in_their_layer(module, path):
    assert breaches(module, imported(path)) == []


@pytest.mark.parametrize(("module", "path"), NAMED)
def test_nothing_imports_the_command_line(module, path):
    if not within(module, "cli") and module != "__main__":
        assert not [name for name in imported(path) if within(name, "cli")]


@pytest.mark.parametrize(("module", "path"), NAMED)
def test_imports_are_absolute(module, path):
    assert "" not in imported(path)


@pytest.mark.parametrize(("module", "path"), NAMED)
def test_names_of_modules_say_what_they_are(module, path):
    assert not VAGUE_NAMES & set(module.split("."))


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("benchmarks.humaneval", "models.base.Model"),
        ("models.openai.client", "sandbox.base"),
        ("models.openai.client", "journal.journal.Journal"),
        ("sandbox.judge.main", "benchmarks"),
        ("serve.judging", "run.run.Run"),
        ("methods.repair", "models.openai.client.OpenAIModel"),
        ("methods.repair", "journal.journal.Journal"),
        ("estimate.points", "types.Node"),
        ("reports.repair.page", "run.run.Run"),
    ],
)
def test_a_breach_is_seen(module, name):
    assert breaches(module, iter([name])) == [name]


def home(name: str, known: dict[str, Path]) -> str:
    """The module that an imported name belongs to: itself, or the one that defines it."""
    return name if name in known else name.rpartition(".")[0]


def test_no_modules_import_each_other_in_a_circle():
    known = dict(modules())
    needed = {
        module: {home(name, known) for name in at_run_time(path)} - {module} for module, path in known.items()
    }
    try:
        TopologicalSorter(needed).prepare()
    except CycleError as error:
        pytest.fail(f"these modules import each other: {' -> '.join(error.args[1])}")


def test_a_circle_is_seen():
    with pytest.raises(CycleError):
        TopologicalSorter({"a": {"b"}, "b": {"a"}}).prepare()


def class_names() -> Iterator[tuple[str, str]]:
    """Yield the name of each public class at the top of a module, and the module."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name, str(path.relative_to(SOURCE))


def test_a_class_name_has_one_home():
    homes: dict[str, list[str]] = {}
    for name, module in class_names():
        homes.setdefault(name, []).append(module)
    assert {name: modules for name, modules in homes.items() if len(modules) > 1} == {}
