"""What a journal can be asked: problems, trees, counts, and whether it is whole."""

import json
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sharpen.errors import JournalError
from sharpen.journal import seals
from sharpen.journal.checks import damages
from sharpen.journal.decode import COMPLETION, VERDICT, node_of, parents_first
from sharpen.journal.keys import storable
from sharpen.journal.rows import ModelTokens, OutlineRow, ProblemCounts, ProblemRow, Spent
from sharpen.journal.schema import SHORT
from sharpen.journal.texts import Packing, columns, names_of
from sharpen.types import Node

_MOST_REASON_CHARS = 120


class Queries:
    """Reads the database of one run, of this or an earlier version of its tables.

    Attributes:
        path: the database.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._db = connection
        with translated(path):
            version = connection.execute("PRAGMA user_version").fetchone()[0]
        self._short = version >= SHORT
        self._texts = Packing(connection, short=self._short)
        self._tables: dict[str, list[str]] = {}
        self._reward = "n.reward" if version >= 2 else "NULL"
        self._sealed = version >= 3

    def problems(self) -> Iterator[ProblemRow]:
        """Yield the problems of the run, in the benchmark's order."""
        query = """SELECT id, plain(statement), plain(starter), difficulty, plain(provenance) FROM problem
            ORDER BY position"""
        for identity, statement, starter, difficulty, provenance in self._all(query):
            yield ProblemRow(identity, statement, starter, difficulty, json.loads(provenance))

    def outline(self, problem: str) -> list[OutlineRow]:
        """Return the rows of a problem's tree without their texts, siblings by index."""
        rows = self._all(
            """SELECT plain(n.id), plain(n.parent), n.stage, coalesce(v.kind = 'passed', 0) FROM node n
            LEFT JOIN verdict v ON v.key = n.verdict
            WHERE n.problem = ? ORDER BY n.sample, n.rowid""",
            problem,
        )
        return [OutlineRow(identity, parent, stage, bool(passed)) for identity, parent, stage, passed in rows]

    def nodes(self, problem: str, only: Collection[str] | None = None, *, prompts: bool = True) -> list[Node]:
        """Return the rows of a problem's tree, parents before children, siblings by index.

        ``only`` names the rows to read, with the parent of each. Without ``prompts`` each is left empty, for
        figures, which need none.
        """
        body = "plain(p.body)" if prompts else "NULL"
        chosen = "" if only is None else f"AND n.id IN ({','.join(['stored(?)'] * len(only))})"
        rows = self._all(
            f"""SELECT plain(n.id), plain(n.parent), n.problem, n.stage, n.sample, plain(n.author),
                plain(n.text), {body}, plain(n.code), n.extraction, n.completion IS NOT NULL, {COMPLETION},
                n.shown IS NOT NULL, {VERDICT.replace("v.", "s.")}, n.verdict IS NOT NULL, {VERDICT},
                {self._reward}
            FROM node n LEFT JOIN completion c ON c.key = n.completion LEFT JOIN prompt p ON p.hash = c.prompt
            LEFT JOIN verdict s ON s.key = n.shown LEFT JOIN verdict v ON v.key = n.verdict
            WHERE n.problem = ? {chosen} ORDER BY n.stage != 'program', n.rowid""",
            problem,
            *(only or ()),
        )
        return parents_first([node_of(row) for row in rows])

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
        query = """SELECT plain(name), total(prompt_tokens), total(cached_tokens), total(completion_tokens)
            FROM completion GROUP BY name ORDER BY plain(name)"""
        return [ModelTokens(name, int(p), int(c), int(a)) for name, p, c, a in self._all(query)]

    def request_seconds(self) -> float:
        """Return how long all requests took together; they ran beside each other."""
        row = self._one("SELECT total(seconds) FROM completion")
        return float(row[0]) if row else 0.0

    def models(self) -> dict[str, str]:
        """Return the models that answered, identity by name."""
        return dict(
            self._all("SELECT plain(name), plain(model) FROM (SELECT DISTINCT name, model FROM completion)")
        )

    def tallies(self) -> list[ProblemCounts]:
        """Return how far each problem is, in the benchmark's order, without reading any text."""
        rows = self._all(
            """SELECT p.id, p.difficulty, count(c.key), count(iif(n.stage != 'baseline', v.key, NULL)),
                total(v.kind = 'passed' AND n.stage != 'baseline'), total(c.completion_tokens),
                group_concat(DISTINCT iif(n.stage != 'baseline', v.kind, NULL))
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
        query = """SELECT id FROM problem
            WHERE id LIKE ?1 ESCAPE '!' OR plain(statement) LIKE ?1 ESCAPE '!' UNION
            SELECT n.problem FROM node n LEFT JOIN completion c ON c.key = n.completion
            WHERE plain(n.text) LIKE ?1 ESCAPE '!' OR plain(n.code) LIKE ?1 ESCAPE '!'
            OR plain(c.text) LIKE ?1 ESCAPE '!'"""
        return {problem for (problem,) in self._all(query, like)}

    def verify(self) -> Iterator[str]:
        """Yield one sentence for each damage: of the file, of keys, of unknown kinds, of checksums."""
        with translated(self.path):
            yield from damages(self._db, self.path)
            if self._sealed:
                yield from seals.damages(self._db)

    @property
    def last_seal(self) -> str:
        """The last link of the chain of checksums, which names the whole journal; empty if there is none."""
        query = "SELECT plain(link) FROM seal ORDER BY number DESC LIMIT 1"
        row = self._one(query) if self._sealed else None
        return row[0] if row else ""

    def unsealed(self) -> int:
        """Return how many records were made before there were checksums, so that nobody vouches for them."""
        with translated(self.path):
            if self._sealed:
                return seals.late(self._db)
            return sum(
                self._db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in seals.TABLES
            )

    def rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a table, as they were recorded.

        Raises:
            JournalError: the journal was written by an older version, whose tables have other columns.
        """
        if not self._sealed:
            raise JournalError(f"{self.path} is of an older version: resume its run once, then merge")
        yield from self._all(f"SELECT {self._columns(table)} FROM {table} ORDER BY rowid")

    def _columns(self, table: str) -> str:
        return columns(table, self._names(table))

    def _names(self, table: str) -> list[str]:
        if table not in self._tables:
            with translated(self.path):
                self._tables[table] = names_of(self._db, table)
        return self._tables[table]

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        with translated(self.path):
            row: tuple[Any, ...] | None = self._db.execute(query, storable_row(values)).fetchone()
            return row

    def _all(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        with translated(self.path):
            # `yield from` would close the cursor if this ends early; once the journal is closed that fails
            for row in self._db.execute(query, storable_row(values)):  # noqa: UP028
                yield row


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise errors of SQLite in this block as JournalError, with what to do."""
    try:
        yield
    except OverflowError as error:
        raise JournalError(f"the journal {path} cannot hold so large a number: {error}") from error
    except (sqlite3.Error, UnicodeDecodeError) as error:
        reason = str(error).split("\n")[0][:_MOST_REASON_CHARS]  # of a damaged one it quotes what is recorded
        raise JournalError(
            f"the journal {path} cannot be used ({reason}): free the disk, check its permissions, or restore "
            "it from a copy; everything committed before is kept"
        ) from error


def storable_row(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a row whose texts SQLite can hold."""
    return tuple(storable(v) if isinstance(v, str) and not v.isascii() else v for v in row)
