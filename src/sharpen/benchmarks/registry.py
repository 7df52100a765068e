"""The registry that turns a user's word into a benchmark."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from sharpen.benchmarks import own, translated
from sharpen.benchmarks.base import Benchmark
from sharpen.errors import UsageError
from sharpen.files.disk import read_rows
from sharpen.installed import Installed, installed


@dataclass(frozen=True, slots=True)
class BenchmarkEntry:
    """A line of the registry.

    Attributes:
        word: what a user types; a family also takes ``word/variant``.
        module: the module of this package that loads it.
        function: the loader in it; takes a path or None, and the variant where there are some.
        about: one line for a listing.
        variants: what may follow a slash.
        folders: whether ``@PATH`` may be a folder.
        open_variants: what else may follow a slash, in words; the loader reads it.
    """

    word: str
    module: str
    function: str
    about: str
    variants: tuple[str, ...] = ()
    folders: bool = False
    open_variants: str = ""

    def loader(self) -> Callable[..., Benchmark]:
        """Import the module and return its loader."""
        module = import_module(f"sharpen.benchmarks.{self.module}")
        loader: Callable[..., Benchmark] = getattr(module, self.function)
        return loader


@dataclass(frozen=True, slots=True)
class InstalledEntry(BenchmarkEntry):
    """A benchmark of another package: its loader returns problems, or a :class:`Benchmark`."""

    installed: Installed | None = None

    def loader(self) -> Callable[..., Benchmark]:
        """Import the package and return what loads its benchmark."""
        assert self.installed
        load_it, package = self.installed.load(), self.installed.package

        def loaded(path: Path | None) -> Benchmark:
            made = load_it(path)
            return made if isinstance(made, Benchmark) else own.described(made, self.word, package)

        return loaded


_MULTIPL_E = ("rs", "cpp", "java", "js", "ts", "go")
REGISTRY = (
    BenchmarkEntry("humaneval", "humaneval", "load", "164 Python functions from their docstrings"),
    BenchmarkEntry(
        "humaneval+",
        "evalplus",
        "load_humaneval",
        "the same with 124,253 inputs; with EvalPlus's limits on time",
        ("timed",),
    ),
    BenchmarkEntry(
        "mbpp",
        "mbpp",
        "load",
        "500 short Python functions, the test split; 374 and 90 others to train on",
        ("train", "validation"),
    ),
    BenchmarkEntry(
        "mbpp+",
        "evalplus",
        "load_mbpp",
        "378 of MBPP's problems with 41,010 inputs; with EvalPlus's limits on time",
        ("timed",),
    ),
    BenchmarkEntry(
        "multipl-e",
        "multipl_e",
        "load",
        "HumanEval and MBPP in Rust; in C++, Java, JavaScript, TypeScript and Go from a file of MultiPL-E",
        tuple(f"{data}-{short}" for data in ("humaneval", "mbpp") for short in _MULTIPL_E),
    ),
    BenchmarkEntry(
        "humaneval-x",
        "multipl_e",
        "load_humaneval_x",
        "HumanEval in other languages with reference programs, from a file of HumanEval-X",
        ("rust", "cpp", "java", "javascript", "go"),
    ),
    BenchmarkEntry(
        "leetcodehard",
        "leetcodehard",
        "load",
        "hard problems of LeetCode with their examples, in Python or Rust, from a file of LeetcodeHardGym",
    ),
    BenchmarkEntry(
        "apps",
        "apps",
        "load",
        "5,000 competition problems, the test split; paper: 300 of them, as the self-repair paper draws",
        ("introductory", "interview", "competition", "paper"),
    ),
    BenchmarkEntry(
        "classeval",
        "classeval",
        "load",
        "100 classes of 410 methods: at once, or method by method",
        ("holistic", "incremental", "compositional"),
    ),
    BenchmarkEntry(
        "canitedit",
        "canitedit",
        "load",
        "105 programs to be edited by two instructions each, from a file of CanItEdit",
        ("descriptive", "lazy"),
    ),
    BenchmarkEntry(
        "ds1000",
        "ds1000",
        "load",
        "1,000 questions about data-science libraries, from a file of DS-1000",
        ("pandas", "numpy", "matplotlib", "tensorflow", "scipy", "sklearn", "pytorch"),
    ),
    BenchmarkEntry(
        "evoeval",
        "evoeval",
        "load",
        "HumanEval evolved in seven directions, 828 problems; say which",
        ("difficult", "creative", "subtle", "combine", "tool_use", "verbose", "concise"),
    ),
    BenchmarkEntry(
        "evalperf", "evalperf", "load", "118 tasks of EvalPlus on which efficiency shows, from a file"
    ),
    BenchmarkEntry(
        "livecodebench",
        "livecodebench",
        "load",
        "contest problems, all or of a window of dates, from a file or folder of LiveCodeBench",
        folders=True,
        open_variants="FROM..TO",
    ),
    BenchmarkEntry(
        "hotpotqa",
        "hotpotqa",
        "load",
        "questions over documents, from a file of HotpotQA: acting, or chain of thought",
        ("react", "cot", "context"),
    ),
    BenchmarkEntry(
        "alfworld",
        "household.alfworld",
        "load",
        "household games in six families, the 134 of ALFWorld's evaluation or others from a file or folder",
        ("put", "examine", "clean", "heat", "cool", "puttwo"),
        folders=True,
    ),
    BenchmarkEntry(
        "twc",
        "household.commonsense",
        "load",
        "TextWorld Commonsense: things to put where they belong, from a file of its games",
    ),
    BenchmarkEntry(
        "textworld", "household.textworld", "load", "20 games made by TextWorld (sharpen[household])"
    ),
)


@cache
def entries() -> tuple[BenchmarkEntry, ...]:
    """Return the registry, and what installed packages add to it."""
    others = installed("benchmarks", [entry.word for entry in REGISTRY])
    return (
        *REGISTRY,
        *(InstalledEntry(name, "", "", o.about, folders=True, installed=o) for name, o in others.items()),
    )


def load(word: str) -> Benchmark:
    """Return the benchmark that ``word`` means.

    Raises:
        UsageError: no benchmark is called that; the nearest one is named.
        DataError: the file is not what it should be.
        FetchError: it is not in the cache and no source could be reached.
    """
    if (from_file := _of_file(word)) is not None:
        return from_file
    spelled, _, path = word.partition("@")
    name, _, language = spelled.partition(":")
    entry, variant = find(name)
    where = _existing(Path(path), folders=entry.folders) if path else None
    load_it = entry.loader()
    benchmark = load_it(where, variant) if entry.variants or entry.open_variants else load_it(where)
    return translated.in_language(benchmark, language) if language else benchmark


def words() -> list[str]:
    """Return every word that :func:`load` knows."""
    return [
        word for entry in entries() for word in (entry.word, *(f"{entry.word}/{v}" for v in entry.variants))
    ]


def find(name: str) -> tuple[BenchmarkEntry, str]:
    """Return the registry's entry for ``name``, and the variant, which may be empty.

    Raises:
        UsageError: there is none; the nearest word is named.
    """
    head, _, variant = name.partition("/")
    for entry in entries():
        if entry.word == head and (name in words() or entry.open_variants):
            return entry, variant
    near = difflib.get_close_matches(name, words(), n=1, cutoff=0.5)
    hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(words())}."
    raise UsageError(
        f"No benchmark is called `{name}`: {hint} A file's name must end in .jsonl or .jsonl.gz."
    )


def _of_file(word: str) -> Benchmark | None:
    """Return the benchmark that a file or a run holds; None where ``word`` is a name."""
    if word.startswith(own.OF_RUN):
        return own.load_run(Path(word.removeprefix(own.OF_RUN)))
    if own.is_function(word):
        return own.of_function(word)
    if "@" in word:
        return None
    if word.endswith(".toml"):
        from sharpen.benchmarks import mapped

        return mapped.load_file(_existing(Path(word)))
    return _load_file(_existing(Path(word))) if word.endswith((".jsonl", ".jsonl.gz")) else None


def _load_file(path: Path) -> Benchmark:
    from sharpen.benchmarks import humaneval

    _, first = next(read_rows(path), ("", None))
    if own.is_own(first):
        return own.load_file(path)
    return humaneval.load_file(path, name=str(path))


def _existing(path: Path, *, folders: bool = False) -> Path:
    if not (path.is_file() or (folders and path.is_dir())):
        raise UsageError(f"There is no benchmark file {path}.")
    return path
