"""Everything that happened in a run, durably, under keys that hash everything that determines it.

One SQLite database in WAL mode per run directory. Two kinds of fact: a completion, under a key of model
identity, rendered prompt, every sampling parameter and the sample's index; a verdict, under a key of
program, tests, limits and sandbox version. Asking for a recorded fact returns it, so a killed run pays
for nothing twice and a finished one replays without a model. Trees are rows that name their parent and
point at their facts.

Every record is sealed by a checksum in a chain (:mod:`sharpen.journal.seals`): :meth:`Journal.verify` names
each record that was changed, added or removed since. A verdict that is read must be of a known kind.

A record is committed before it is used. ``synchronous=NORMAL`` is meant: a killed process loses nothing;
a power cut may lose the last moments, never the database. One process writes, any number reads.
"""

import json
import os
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Self

from filelock import FileLock

from sharpen.errors import JournalError
from sharpen.journal import schema, seals
from sharpen.journal.checks import KINDS, damages, load_prompt
from sharpen.journal.directory import lock_directory
from sharpen.journal.keys import completion_key, fingerprint, is_same_model, storable, verdict_key
from sharpen.journal.seals import Seals
from sharpen.types import Completion, Node, Outcome, Program, Prompt, Sampling, Verdict

ROWS = 400
"""Rows of another journal that are read and committed at once."""
_MEASURED = frozenset({"at", "seconds", "cpu_seconds", "wall_seconds", "peak_bytes", "cached_tokens"})
"""Columns that differ when the same is done again."""


@dataclass(frozen=True, slots=True)
class OutlineRow:
    """A row of a problem's tree without its text: whether its program passes the hidden tests."""

    id: str
    parent: str | None
    stage: str
    passed: bool


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """What a report needs of a problem."""

    id: str
    statement: str
    starter: str
    difficulty: str
    provenance: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Spent:
    """What a run has paid for: requests, tokens, executions and their CPU seconds."""

    completions: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    executions: int = 0
    cpu_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelTokens:
    """What one model was sent, how much of it the server had already, and what it wrote."""

    model: str
    prompt: int
    cached: int
    completion: int


@dataclass(frozen=True, slots=True)
class ProblemCounts:
    """How far one problem is, counted by the database.

    Attributes:
        answers: completions.
        programs, passed: judged programs (repairs too), and those that pass the hidden tests.
        tokens: completion tokens.
        kinds: the kinds of its verdicts on the hidden tests.
    """

    problem: str
    difficulty: str
    answers: int
    programs: int
    passed: int
    tokens: int
    kinds: tuple[str, ...]


class Journal:
    """The record of one run directory.

    Open it with :meth:`write` (one process) or :meth:`read` (any number, also while it is written).
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: FileLock | None) -> None:
        self.path = path
        self._db = connection
        self._lock = lock
        self._prompts: set[str] = set()
        self._same_models: dict[str, list[str]] = {}
        with _translated(path):
            version = connection.execute("PRAGMA user_version").fetchone()[0]
        self._reward = "n.reward" if version >= 2 else "NULL"
        self._sealed = version >= 3
        self._seals = Seals(connection) if lock is not None else None

    @classmethod
    def write(cls, directory: Path) -> Self:
        """Open the journal of ``directory`` for writing, making both if need be.

        Raises:
            RunLockedError: another process writes to it.
            JournalError: the directory or the database cannot be written or read.
        """
        path = directory / "journal.db"
        lock = lock_directory(directory)
        try:
            with _translated(path):
                connection = sqlite3.connect(path, isolation_level=None)
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=NORMAL")
                connection.execute("PRAGMA trusted_schema=OFF")
                schema.migrate(connection, path)
        except JournalError:
            lock.release()
            raise
        return cls(path, connection, lock)

    @classmethod
    def read(cls, directory: Path) -> Self:
        """Open the journal of ``directory`` for reading.

        Raises:
            JournalError: there is none, or it cannot be read.
        """
        path = directory / "journal.db"
        if not path.is_file():
            raise JournalError(f"{directory} is not a run: it has no journal.db; give a run's directory")
        with _translated(path):
            # A run on a read-only medium has no place for the shared memory file that WAL readers make.
            mode = "mode=ro" if os.access(directory, os.W_OK) else "mode=ro&immutable=1"
            connection = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)
            version = connection.execute("PRAGMA user_version").fetchone()[0]
        if not 1 <= version <= len(schema.MIGRATIONS):
            raise JournalError(
                f"{path} has format {version} and this sharpen reads 1 to {len(schema.MIGRATIONS)}: "
                "use the version that wrote it"
            )
        return cls(path, connection, None)

    def close(self) -> None:
        """Close the database and give up the lock."""
        self._db.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Other journals

    def rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a table, as they were recorded.

        Raises:
            JournalError: the journal was written by an older version, whose tables have other columns.
        """
        if not self._sealed:
            raise JournalError(f"{self.path} is of an older version: resume its run once, then merge")
        yield from self._all(f"SELECT * FROM {table} ORDER BY rowid")

    def absorb(self, other: "Journal") -> Iterator[str]:
        """Commit all records of another journal, and yield a sentence for each with another content here.

        What is here stays. When a record was made, and how long it took, is no difference.

        Raises:
            JournalError: the other journal was written by an older version.
        """
        for table, columns in seals.TABLES.items():
            names = [name for _, name, *_ in self._all(f"PRAGMA table_info({table})")]
            for rows in batched(other.rows(table), ROWS):
                there = self._same_rows(table, columns, rows)
                yield from _differences(table, names, rows, there, len(columns))
                self._record(*((table, row) for row in rows if row[: len(columns)] not in there))

    def _same_rows(
        self, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
    ) -> dict[tuple[Any, ...], tuple[Any, ...]]:
        """Return the rows of this journal that have the names of ``rows``, by these."""
        marks = ",".join(f"({','.join('?' * len(columns))})" for _ in rows)
        named = [value for row in rows for value in row[: len(columns)]]
        query = f"SELECT * FROM {table} WHERE ({','.join(columns)}) IN (VALUES {marks})"
        return {row[: len(columns)]: row for row in self._all(query, *named)}

    # Facts

    def completions(
        self, model: str, prompt: Prompt, sampling: Sampling, indices: Sequence[int]
    ) -> dict[int, Completion]:
        """Return those samples of ``indices`` that are recorded, by index."""
        recorded = self.recorded(model, prompt, sampling, indices)
        return {index: completion for index, (_, completion) in recorded.items()}

    def recorded(
        self, model: str, prompt: Prompt, sampling: Sampling, indices: Sequence[int]
    ) -> dict[int, tuple[str, Completion]]:
        """Return those samples of ``indices`` that are recorded, with their keys, by index.

        A model behind a server is found under every address at which it answered.
        """
        prompt_hash = fingerprint(prompt)
        completions: dict[int, tuple[str, Completion]] = {}
        for index in indices:
            for identity in self._identities_of(model):
                key = completion_key(identity, prompt_hash, sampling, index)
                if row := self._one(f"SELECT {_COMPLETION} FROM completion c WHERE key = ?", key):
                    completions[index] = key, Completion(*row)
                    break
        return completions

    def _identities_of(self, model: str) -> list[str]:
        """Return the identities under which answers of ``model`` are recorded, the first one first.

        Without any it is ``model`` itself. New answers go under the first, so that all answers of a model in
        one journal have keys of one identity, and a replay makes the same rows again.
        """
        if model not in self._same_models:
            recorded = self._all("SELECT model FROM completion GROUP BY model ORDER BY min(rowid)")
            same = [other for (other,) in recorded if is_same_model(other, model)]
            self._same_models[model] = same or [model]
        return self._same_models[model]

    def record_completion(
        self, model: str, prompt: Prompt, sampling: Sampling, index: int, completion: Completion
    ) -> str:
        """Commit one sample and return its key. A sample that is there already stays as it is."""
        prompt_hash = fingerprint(prompt)
        model = self._identities_of(model)[0]
        key = completion_key(model, prompt_hash, sampling, index)
        c = completion
        rows: list[tuple[str, tuple[Any, ...]]] = []
        if prompt_hash not in self._prompts:
            rows.append(("prompt", (prompt_hash, _dump_prompt(prompt))))
        counted = (c.prompt_tokens, c.cached_tokens, c.completion_tokens, c.finish_reason)
        request = (key, model, prompt_hash, json.dumps(asdict(sampling)), index)
        rows.append(("completion", (*request, c.text, *counted, c.model, c.seconds, time.time())))
        self._record(*rows)
        self._prompts.add(prompt_hash)
        return key

    def verdict(self, key: str) -> Verdict | None:
        """Return the verdict recorded under ``key``, if there is one."""
        row = self._one(f"SELECT {_VERDICT} FROM verdict v WHERE key = ?", key)
        return _verdict(row) if row else None

    def record_verdict(self, code: str, suite_hash: str, limits: str, sandbox: str, verdict: Verdict) -> str:
        """Commit one verdict and return its key."""
        code = storable(code)
        key = verdict_key(code, suite_hash, limits, sandbox)
        v = verdict
        outcomes = json.dumps([[o.test, o.kind, *([o.measured] if o.measured else [])] for o in v.outcomes])
        judged = (key, code, suite_hash, limits, sandbox, v.kind, outcomes, v.message)
        cost = (v.cpu_seconds, v.wall_seconds, v.peak_bytes)
        self._record(("verdict", (*judged, *cost, v.trust, time.time())))
        return key

    # Trees and problems

    def record_problem(self, position: int, row: ProblemRow) -> None:
        """Commit what a report needs of a problem."""
        texts = (row.statement, row.starter, row.difficulty, json.dumps(dict(row.provenance)))
        self._record(("problem", (row.id, position, *texts)))

    def record_node(self, node: Node, completion: str | None, shown: str | None, verdict: str | None) -> None:
        """Commit one row of a tree with the keys of its facts.

        A row that is there with another program or other verdicts is replaced: they were made again from the
        recorded answer, under another version of the sandbox.
        """
        place = (node.id, node.parent, node.problem, node.stage, node.index, node.author)
        row_text = ("" if completion else node.text, completion)
        program = (node.program.code, node.program.extraction) if node.program else (None, None)
        row = (*place, *row_text, *program, shown, verdict, node.reward)
        if self._one("SELECT * FROM node WHERE id = ?", node.id) != _storable(row):
            self._record(("node", row), replace=True)

    def record_outcome(self, problem: str, config: str, error: str = "") -> None:
        """Commit that ``problem`` is finished under ``config``; ``error`` says what went wrong, if so."""
        self._record(("outcome", (problem, config, error, time.time())), replace=True)

    def problems(self) -> Iterator[ProblemRow]:
        """Yield the problems of the run, in the benchmark's order."""
        query = "SELECT id, statement, starter, difficulty, provenance FROM problem ORDER BY position"
        for identity, statement, starter, difficulty, provenance in self._all(query):
            yield ProblemRow(identity, statement, starter, difficulty, json.loads(provenance))

    def outline(self, problem: str) -> list[OutlineRow]:
        """Return the rows of a problem's tree without their texts, siblings by index."""
        rows = self._all(
            """SELECT n.id, n.parent, n.stage, coalesce(v.kind = 'passed', 0) FROM node n
            LEFT JOIN verdict v ON v.key = n.verdict
            WHERE n.problem = ? ORDER BY n.sample, n.rowid""",
            problem,
        )
        return [OutlineRow(identity, parent, stage, bool(passed)) for identity, parent, stage, passed in rows]

    def nodes(self, problem: str, only: Collection[str] | None = None) -> list[Node]:
        """Return the rows of a problem's tree, parents before children, siblings by index.

        ``only`` names the rows to read, with the parent of each.
        """
        chosen = "" if only is None else f"AND n.id IN ({','.join('?' * len(only))})"
        rows = self._all(
            f"""SELECT n.id, n.parent, n.problem, n.stage, n.sample, n.author, n.text, p.body, n.code,
                n.extraction, n.completion IS NOT NULL, {_COMPLETION},
                n.shown IS NOT NULL, {_VERDICT.replace("v.", "s.")}, n.verdict IS NOT NULL, {_VERDICT},
                {self._reward}
            FROM node n LEFT JOIN completion c ON c.key = n.completion LEFT JOIN prompt p ON p.hash = c.prompt
            LEFT JOIN verdict s ON s.key = n.shown LEFT JOIN verdict v ON v.key = n.verdict
            WHERE n.problem = ? {chosen} ORDER BY n.stage != 'program', n.rowid""",
            problem,
            *(only or ()),
        )
        return _parents_first([_node(row) for row in rows])

    def outcomes(self, config: str) -> dict[str, str]:
        """Return the finished problems under ``config`` with their errors (empty when all went well)."""
        return dict(self._all("SELECT problem, error FROM outcome WHERE config = ?", config))

    def begun(self) -> set[str]:
        """Return the problems that have a row."""
        return {problem for (problem,) in self._all("SELECT DISTINCT problem FROM node")}

    def solved(self) -> set[str]:
        """Return the problems that are solved: by hidden tests, or by a reward where nothing was judged."""
        query = f"""SELECT n.problem FROM node n LEFT JOIN verdict v ON v.key = n.verdict
            WHERE n.stage != 'baseline' GROUP BY n.problem
            HAVING max(v.kind = 'passed') OR max(n.verdict IS NOT NULL) = 0 AND max({self._reward}) = 1"""
        return {problem for (problem,) in self._all(query)}

    def spent(self) -> Spent:
        """Return what everything in the journal cost."""
        tokens = self._one(
            "SELECT count(*), total(prompt_tokens), total(cached_tokens), total(completion_tokens) "
            "FROM completion"
        )
        executions = self._one("SELECT count(*), total(cpu_seconds) FROM verdict")
        assert tokens and executions
        count, prompt, cached, completion = map(int, tokens)
        return Spent(count, prompt, cached, completion, int(executions[0]), executions[1])

    def tokens_by_model(self) -> list[ModelTokens]:
        """Return what each model was sent and wrote."""
        query = """SELECT name, total(prompt_tokens), total(cached_tokens), total(completion_tokens)
            FROM completion GROUP BY name ORDER BY name"""
        return [ModelTokens(name, int(p), int(c), int(a)) for name, p, c, a in self._all(query)]

    def request_seconds(self) -> float:
        """Return how long all requests took together; they ran beside each other."""
        row = self._one("SELECT total(seconds) FROM completion")
        return float(row[0]) if row else 0.0

    def models(self) -> dict[str, str]:
        """Return the models that answered, identity by name."""
        return dict(self._all("SELECT DISTINCT name, model FROM completion"))

    def tallies(self) -> list[ProblemCounts]:
        """Return how far each problem is, in the benchmark's order, without reading any text."""
        rows = self._all(
            """SELECT p.id, p.difficulty, count(c.key), count(v.key),
                total(v.kind = 'passed' AND n.stage != 'baseline'), total(c.completion_tokens),
                group_concat(DISTINCT v.kind)
            FROM problem p LEFT JOIN node n ON n.problem = p.id
            LEFT JOIN completion c ON c.key = n.completion LEFT JOIN verdict v ON v.key = n.verdict
            GROUP BY p.id ORDER BY p.position"""
        )
        return [
            ProblemCounts(
                problem,
                difficulty,
                answers,
                programs,
                int(passed),
                int(tokens),
                tuple(filter(None, (kinds or "").split(","))),
            )
            for problem, difficulty, answers, programs, passed, tokens, kinds in rows
        ]

    def growth(self) -> list[tuple[int, int]]:
        """Return completion tokens spent and problems solved, after each first passing program."""
        query = """SELECT n.problem, min(v.at) FROM node n JOIN verdict v ON v.key = n.verdict
            WHERE v.kind = 'passed' AND n.stage != 'baseline' GROUP BY n.problem ORDER BY 2"""
        passes = [at for _, at in self._all(query)]
        points, tokens, rows = (
            [(0, 0)],
            0,
            self._all("SELECT at, completion_tokens FROM completion ORDER BY at"),
        )
        for at, spent in rows:
            while len(points) <= len(passes) and passes[len(points) - 1] < at:
                points.append((tokens, len(points)))
            tokens += spent
        points += [(tokens, solved) for solved in range(len(points), len(passes) + 1)]
        return points if points[-1][0] == tokens else [*points, (tokens, len(passes))]

    def mentioning(self, text: str) -> set[str]:
        """Return the problems whose statement, or any of whose answers or programs, contains ``text``."""
        like = "%" + "".join(f"!{c}" if c in "!%_" else c for c in text) + "%"
        query = """SELECT id FROM problem WHERE id LIKE ?1 ESCAPE '!' OR statement LIKE ?1 ESCAPE '!' UNION
            SELECT n.problem FROM node n LEFT JOIN completion c ON c.key = n.completion
            WHERE n.text LIKE ?1 ESCAPE '!' OR n.code LIKE ?1 ESCAPE '!' OR c.text LIKE ?1 ESCAPE '!'"""
        return {problem for (problem,) in self._all(query, like)}

    def verify(self) -> Iterator[str]:
        """Yield one sentence for each damage: of the file, of keys, of unknown kinds, of checksums."""
        with _translated(self.path):
            yield from damages(self._db, self.path)
            if self._sealed:
                yield from seals.damages(self._db)

    @property
    def last_seal(self) -> str:
        """The last link of the chain of checksums, which names the whole journal; empty if there is none."""
        query = "SELECT lower(hex(link)) FROM seal ORDER BY number DESC LIMIT 1"
        row = self._one(query) if self._sealed else None
        return row[0] if row else ""

    def unsealed(self) -> int:
        """Return how many records were made before there were checksums, so that nobody vouches for them."""
        with _translated(self.path):
            if self._sealed:
                return seals.late(self._db)
            return sum(
                self._db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in seals.TABLES
            )

    # SQLite

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        with _translated(self.path):
            row: tuple[Any, ...] | None = self._db.execute(query, _storable(values)).fetchone()
            return row

    def _all(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        with _translated(self.path):
            yield from self._db.execute(query, _storable(values))

    def _record(self, *rows: tuple[str, tuple[Any, ...]], replace: bool = False) -> None:
        """Commit rows of tables with their seals. A row that is there stays, unless it is replaced."""
        if self._seals is None:
            raise JournalError(f"the journal {self.path} is open for reading only")
        last = self._seals.last
        start, end = ("INSERT OR REPLACE", "") if replace else ("INSERT", "ON CONFLICT DO NOTHING")
        with _translated(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                for table, values in rows:
                    row = _storable(values)
                    marks = ",".join("?" * len(row))
                    if self._db.execute(f"{start} INTO {table} VALUES ({marks}) {end}", row).rowcount:
                        self._seals.last = self._seals.add(table, row)
                self._db.execute("COMMIT")
            except BaseException:  # also Ctrl-C: no transaction is left open
                self._seals.last = last
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise


def batched(rows: Iterable[tuple[Any, ...]], size: int) -> Iterator[list[tuple[Any, ...]]]:
    """Yield lists of up to ``size`` rows; itertools has it from Python 3.12."""
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch


def _differences(
    table: str,
    names: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    there: Mapping[tuple[Any, ...], tuple[Any, ...]],
    key: int,
) -> Iterator[str]:
    for row in rows:
        known = there.get(row[:key], row)
        differing = [n for n, a, b in zip(names, known, row, strict=True) if a != b and n not in _MEASURED]
        if differing:
            yield f"{table} {row[0]} has another {' and '.join(differing)} there; the first is kept"


def _storable(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(storable(v) if isinstance(v, str) and not v.isascii() else v for v in row)


_COMPLETION = (
    "c.text, c.prompt_tokens, c.cached_tokens, c.completion_tokens, c.finish_reason, c.name, c.seconds"
)
_MOST_REASON_CHARS = 120
_VERDICT = "v.kind, v.outcomes, v.message, v.cpu_seconds, v.wall_seconds, v.peak_bytes, v.trust"


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OverflowError as error:
        raise JournalError(f"the journal {path} cannot hold so large a number: {error}") from error
    except sqlite3.Error as error:
        reason = str(error).split("\n")[0][:_MOST_REASON_CHARS]  # of a damaged one it quotes what is recorded
        raise JournalError(
            f"the journal {path} cannot be used ({reason}): free the disk, check its permissions, or restore "
            "it from a copy; everything committed before is kept"
        ) from error


def _dump_prompt(prompt: Prompt) -> str:
    return json.dumps(prompt if isinstance(prompt, str) else [[m.role, m.content] for m in prompt])


@lru_cache(maxsize=1_024)  # most programs of a problem fail in few ways
def _outcomes(text: str) -> tuple[Outcome, ...]:
    return tuple(Outcome(*each) for each in json.loads(text))


@lru_cache(maxsize=256)  # samples of one prompt follow one another
def _prompt(body: str) -> Prompt:
    return load_prompt(body)


def _verdict(row: Sequence[Any]) -> Verdict:
    kind, outcomes, *rest = row
    try:
        verdict = Verdict(kind, _outcomes(outcomes), *rest)
    except (ValueError, TypeError) as error:
        raise JournalError(f"a verdict is damaged ({error}): run sharpen verify") from error
    if unknown := {verdict.kind, *(each.kind for each in verdict.outcomes)} - KINDS:
        raise JournalError(f"a verdict has the unknown kind {min(unknown)!r}: run sharpen verify")
    return verdict


def _node(row: Sequence[Any]) -> Node:
    identity, parent, problem, stage, index, author, text, body, code, extraction = row[:10]
    completion = Completion(*row[11:18]) if row[10] else None
    return Node(
        id=identity,
        parent=parent,
        problem=problem,
        stage=stage,
        index=index,
        author=author,
        text=completion.text if completion else text,
        prompt=_prompt(body) if body else (),
        completion=completion,
        program=Program(code, extraction) if code is not None else None,
        shown=_verdict(row[19:26]) if row[18] else None,
        verdict=_verdict(row[27:34]) if row[26] else None,
        reward=row[34],
    )


def _parents_first(nodes: Iterable[Node]) -> list[Node]:
    children: dict[str | None, list[Node]] = {}
    for node in nodes:
        children.setdefault(node.parent, []).append(node)
    ordered: list[Node] = []
    level = sorted(children.get(None, []), key=lambda n: n.index)
    while level:
        ordered += level
        level = [c for n in level for c in sorted(children.get(n.id, []), key=lambda c: c.index)]
    return ordered
