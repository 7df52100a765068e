"""The journal keeps every fact once, under a key of all that determines it."""

import dataclasses
import os
import random
import re
import sqlite3
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest
from bench import shards
from hypothesis import given
from hypothesis import strategies as st

from sharpen.errors import JournalError, RunLockedError
from sharpen.journal import schema
from sharpen.journal.journal import Journal
from sharpen.journal.keys import completion_key, fingerprint, storable
from sharpen.journal.rows import ProblemRow
from sharpen.journal.schema import MIGRATIONS
from sharpen.journal.texts import Packing, names_of
from sharpen.types import Completion, Message, Node, Outcome, Problem, Program, Sampling, Verdict

PROMPT = (Message("user", "write f"),)
COMPLETION = Completion("def f(): pass", 10, 4, 5, "stop", "small", 0.5)
VERDICT = Verdict(
    "exception", (Outcome("a", "passed"), Outcome("b", "exception")), "NameError", 0.1, 0.2, 300
)

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(plain, plain)
def test_fingerprints_are_equal_only_for_equal_values_of_equal_types(a: object, b: object) -> None:
    assert (fingerprint(a) == fingerprint(b)) == (repr_of(a) == repr_of(b))


def repr_of(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(sorted(f"{k!r}:{repr_of(v)}" for k, v in value.items())) + "}"
    if isinstance(value, list | tuple):
        return type(value).__name__ + "(" + ",".join(map(repr_of, value)) + ")"
    return repr(value)


def test_a_fingerprint_tells_apart_what_concatenation_would_not() -> None:
    assert fingerprint("ab", "c") != fingerprint("a", "bc")
    assert fingerprint([1], [2]) != fingerprint([1, 2], [])
    assert fingerprint(1) != fingerprint(True) != fingerprint(1.0)


def test_a_fingerprint_refuses_what_is_not_plain_data() -> None:
    with pytest.raises(TypeError, match="not plain data"):
        fingerprint(object())


@pytest.mark.parametrize("field", dataclasses.fields(Sampling), ids=lambda f: f.name)
def test_every_sampling_parameter_is_in_the_key(field: dataclasses.Field) -> None:
    other = {"temperature": 0.1, "top_p": 0.5, "max_tokens": 9, "stop": ("x",), "seed": 9}
    other |= {"grammar": 'root ::= "x"', "fields": '{"top_k": 1}', "headers": '{"x-a": "b"}', "repeat": "2"}
    changed = dataclasses.replace(Sampling(), **{field.name: other[field.name]})
    assert completion_key("m", "p", Sampling(), 0) != completion_key("m", "p", changed, 0)


def test_a_repeated_question_is_sent_with_other_seeds() -> None:
    questions = [Sampling(), Sampling(repeat="2"), Sampling(repeat="2.2")]
    assert len({question.request_seed(index) for question in questions for index in range(2)}) == 6


def test_a_parameter_that_came_later_leaves_recorded_keys_alone() -> None:
    assert completion_key("m", "p", Sampling(seed=7), 3) == "04ec10653ca9c41df343d608af4e65ff"


def test_two_samples_never_collapse_into_one(tmp_path: Path) -> None:
    with Journal.write(tmp_path) as journal:
        for index in range(3):
            answer = dataclasses.replace(COMPLETION, text=f"answer {index}")
            journal.record_completion("m", PROMPT, Sampling(), index, answer)
        result = journal.completions("m", PROMPT, Sampling(), range(5))
    assert {index: c.text for index, c in result.items()} == {i: f"answer {i}" for i in range(3)}


def test_a_recorded_sample_is_not_overwritten(tmp_path: Path) -> None:
    with Journal.write(tmp_path) as journal:
        journal.record_completion("m", PROMPT, Sampling(), 0, COMPLETION)
        journal.record_completion("m", PROMPT, Sampling(), 0, dataclasses.replace(COMPLETION, text="other"))
        assert journal.completions("m", PROMPT, Sampling(), [0]) == {0: COMPLETION}


def record_tree(journal: Journal) -> list[Node]:
    journal.record_problem(0, ProblemRow("p", "statement", "starter", "easy", {"source": "here"}))
    key = journal.record_completion("m", PROMPT, Sampling(), 0, COMPLETION)
    verdict = journal.record_verdict("def f(): pass", "suite", "limits", "sandbox", VERDICT)
    program = Node(
        "n1", None, "p", "program", 0, "small", COMPLETION.text, PROMPT, COMPLETION, Program(COMPLETION.text),
        VERDICT, VERDICT,
    )  # fmt: skip
    text = Node("n2", "n1", "p", "feedback", 0, "Ann", "it returns nothing")
    journal.record_node(program, key, verdict, verdict)
    journal.record_node(text, None, None, None)
    return [program, text]


def test_a_tree_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    with Journal.write(tmp_path) as journal:
        written = record_tree(journal)
    with Journal.read(tmp_path) as journal:
        assert journal.nodes("p") == written
        assert list(journal.problems()) == [
            ProblemRow("p", "statement", "starter", "easy", {"source": "here"})
        ]
        assert (journal.spent().completion_tokens, journal.spent().executions) == (5, 1)
        assert journal.models() == {"small": "m"}


@pytest.mark.parametrize(
    "name", ["0123456789abcdef" * 2, "0123456789ABCDEF" * 2, "n" * 32, "0" * 31, "0" * 33]
)
def test_ids_of_any_form_are_read_back(tmp_path: Path, name: str) -> None:
    above = Node(name, None, "p", "feedback", 0, "Ann", "no")
    below = Node("below", name, "p", "feedback", 0, "Ann", "again")
    with Journal.write(tmp_path) as journal:
        for node in (above, below, above):
            journal.record_node(node, None, None, None)
        assert journal.nodes("p") == [above, below]
        assert journal.nodes("p", [name]) == [above]
        assert [(row.id, row.parent) for row in journal.outline("p")] == [(name, None), ("below", name)]
        assert list(journal.verify()) == []


@given(st.text(st.characters(codec=None)))
def test_any_text_a_model_may_say_becomes_storable(text: str) -> None:
    storable(text).encode()
    assert storable(storable(text)) == storable(text)


def test_verify_finds_every_altered_record(tmp_path: Path) -> None:
    with Journal.write(tmp_path) as journal:
        record_tree(journal)
        assert list(journal.verify()) == []
    with sqlite3.connect(tmp_path / "journal.db") as database:
        database.execute("UPDATE prompt SET body = replace(body, 'write', 'wrote')")
        database.execute("UPDATE completion SET sample = 7")
        database.execute("UPDATE verdict SET code = 'x'")
    database.close()
    with Journal.read(tmp_path) as journal:
        sentences = list(journal.verify())
    assert [sentence.split()[0] for sentence in sentences[:3]] == ["prompt", "completion", "verdict"]
    assert all("was changed after it was recorded" in sentence for sentence in sentences[3:])
    assert len(sentences) == 6


TABLES = ("prompt", "completion", "verdict", "problem", "node", "outcome")


ADDED = """INSERT INTO node SELECT 'n9', parent, problem, stage, sample, author, text, completion, code,
    extraction, shown, verdict, reward FROM node WHERE id = 'n1'"""


def damaged(directory: Path, *statements: str) -> list[str]:
    """What verify says after somebody else wrote to the database."""
    with Journal.write(directory) as journal:
        record_tree(journal)
        journal.record_outcome("p", "config", "it failed")
        journal.record_outcome("p", "config")
        assert list(journal.verify()) == []
    with sqlite3.connect(directory / "journal.db") as database:
        for statement in statements:
            database.execute(statement)
    database.close()
    with Journal.read(directory) as journal:
        return list(journal.verify())


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE verdict SET kind = 'passed'", "verdict .* was changed"),
        ("UPDATE verdict SET message = ''", "verdict .* was changed"),
        ("UPDATE verdict SET cpu_seconds = 0", "verdict .* was changed"),
        ("UPDATE verdict SET kind = 'qassed'", "has the kind 'qassed', which does not exist"),
        ("UPDATE verdict SET trust = 'isolatee'", "has the trust 'isolatee', which does not exist"),
        ("UPDATE verdict SET outcomes = '{'", "has outcomes of tests that are none"),
        ("UPDATE verdict SET outcomes = '[[\"a\", \"qassed\"]]'", "has outcomes of tests that are none"),
        ("UPDATE completion SET text = 'def f(): return 1'", "completion .* was changed"),
        ("UPDATE completion SET completion_tokens = 1", "completion .* was changed"),
        ("UPDATE completion SET finish_reason = 'stoq'", "finish reason 'stoq', which does not exist"),
        ("UPDATE completion SET sampling = '{'", "sampling parameters that cannot be read"),
        ("UPDATE prompt SET body = '{'", "prompt .* cannot be read"),
        ("UPDATE problem SET difficulty = 'hard'", "problem p was changed"),
        ("UPDATE node SET stage = 'repair' WHERE id = 'n2'", "node n2 was changed"),
        ("UPDATE node SET reward = 1 WHERE id = 'n2'", "node n2 was changed"),
        ("UPDATE node SET verdict = NULL", "node n1 was changed"),
        ("UPDATE node SET stage = 'song' WHERE id = 'n2'", "node n2 has the stage 'song'"),
        ("UPDATE outcome SET error = 'x'", "outcome p was changed"),
        ("UPDATE outcome SET at = at + 1", "outcome p was changed"),
        (ADDED, "node n9 has no checksum"),
        ("UPDATE seal SET content = zeroblob(16) WHERE number = 2", "chain of checksums is broken at record 2"),
        ("DELETE FROM seal WHERE number = 2", "chain of checksums is broken at record 3"),
        ("UPDATE seal SET tab = 'song' WHERE number = 2", "unknown table 'song'"),
        ("CREATE TRIGGER t AFTER INSERT ON verdict BEGIN DELETE FROM node; END", "has a trigger 't'"),
        ("DELETE FROM text", "completion .* was changed"),
        *((f"DELETE FROM {table}", f"{table} .* is missing") for table in TABLES),
    ],
)  # fmt: skip
def test_each_damage_is_one_sentence(tmp_path: Path, statement: str, words: str) -> None:
    sentences = damaged(tmp_path, statement)
    assert any(re.search(words, sentence) for sentence in sentences), sentences
    assert all(len(sentence) < 300 and "\n" not in sentence for sentence in sentences)


def test_a_damaged_schema_is_one_sentence_that_quotes_nothing(tmp_path: Path) -> None:
    with Journal.write(tmp_path) as journal:
        record_tree(journal)
    file = tmp_path / "journal.db"
    data = file.read_bytes()
    assert b"CREATE TABLE" in data
    file.write_bytes(data.replace(b"CREATE TABLE", b"\nline 2 of x"))
    with pytest.raises(JournalError, match="cannot be used") as caught, Journal.read(tmp_path) as journal:
        list(journal.verify())
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300 + len(str(file))


def test_flipped_bits_are_sentences(tmp_path: Path) -> None:
    with Journal.write(tmp_path) as journal:
        record_tree(journal)
    file, chance = tmp_path / "journal.db", random.Random(4)
    data = file.read_bytes()
    for _ in range(300):
        flipped = bytearray(data)
        for _ in range(chance.choice([1, 20, 200])):
            flipped[chance.randrange(100, len(data))] ^= 1 << chance.randrange(8)
        file.write_bytes(flipped)
        try:
            with Journal.read(tmp_path) as journal:
                sentences = list(journal.verify())
        except JournalError as error:
            sentences = [str(error)]
        assert all("\n" not in sentence for sentence in sentences)


def test_rows_and_checksums_that_were_exchanged_are_seen(tmp_path: Path) -> None:
    sentences = damaged(
        tmp_path,
        "UPDATE node SET id = 'x' WHERE id = 'n1'",
        "UPDATE node SET id = 'n1' WHERE id = 'n2'",
        "UPDATE node SET id = 'n2' WHERE id = 'x'",
    )
    assert any("node n1 was changed" in sentence for sentence in sentences)


def test_the_last_seal_names_the_whole_journal(tmp_path: Path) -> None:
    lasts = []
    for name in ("a", "b"):
        with Journal.write(tmp_path / name) as journal:
            assert journal.last_seal == ""
            journal.record_problem(0, ProblemRow(name, "", "", "", {}))
            lasts.append(journal.last_seal)
    assert len(set(lasts)) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", last) for last in lasts)


def test_a_failed_record_leaves_the_chain_whole(tmp_path: Path) -> None:
    with Journal.write(tmp_path) as journal:
        record_tree(journal)
        with pytest.raises(JournalError):
            journal.record_problem(0, ProblemRow("q", None, "", "", {}))
        with pytest.raises(JournalError, match="cannot hold so large a number"):
            journal.record_problem(10**30, ProblemRow("q", "a", "", "", {}))
        with pytest.raises(TypeError):
            journal.record_problem(0, ProblemRow("q", "a", "", "", {"x": object()}))
        journal.record_problem(1, ProblemRow("q", "again", "", "", {}))
        assert list(journal.verify()) == []


def test_half_a_character_is_stored_and_found(tmp_path: Path) -> None:
    with Journal.write(tmp_path) as journal:
        journal.record_problem(0, ProblemRow("p\ud800", "a\udfff", "", "", {}))
        key = journal.record_verdict("x = '\ud800'", "s", "l", "b", VERDICT)
        journal.record_node(Node("n\ud800", None, "p\ud800", "program", 0, "m", "\ud800"), None, None, key)
        (node,) = journal.nodes("p\ud800")
        assert node.text == "\\ud800"
        assert list(journal.verify()) == []


@pytest.mark.parametrize("fields", ["kind = 'banana'", "outcomes = '{'", "outcomes = '[[1]]'"])
def test_a_damaged_verdict_is_one_sentence_where_it_is_read(tmp_path: Path, fields: str) -> None:
    damaged(tmp_path, f"UPDATE verdict SET {fields}")
    with Journal.read(tmp_path) as journal, pytest.raises(JournalError, match="run sharpen verify"):
        journal.nodes("p")


def rewritten(directory: Path, number: int) -> None:
    """Write a journal anew in the tables of an earlier format, as its sharpen left it."""
    with Journal.read(directory) as journal:
        rows = {table: list(journal.rows(table)) for table in TABLES}
        seals = journal._all("SELECT number, tab, plain(row), content, link, late FROM seal")
        named = [(n, TABLES[table], *rest) for n, table, *rest in seals]
        rows["seal"] = named if number >= 3 else []
    for file in directory.glob("journal.db*"):
        file.unlink()
    with sqlite3.connect(directory / "journal.db") as database:
        for script in MIGRATIONS[:number]:
            database.executescript(script)
        if number >= 4:
            schema._pack(database)
        texts = Packing(database)
        for table, each in rows.items():
            names = names_of(database, table)
            for row in each:
                values = texts.packed(table, names, row[: len(names)]) if number >= 4 else row[: len(names)]
                database.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(values))})", values)
        database.execute(f"PRAGMA user_version = {number}")
    database.close()


@pytest.mark.parametrize("number", [3, 4])
def test_a_journal_of_an_earlier_format_is_read_and_packed_when_it_is_written_again(
    tmp_path: Path, number: int
) -> None:
    with Journal.write(tmp_path) as journal:
        written, last = record_tree(journal), journal.last_seal
    rewritten(tmp_path, number)
    with Journal.read(tmp_path) as journal:
        assert (journal.nodes("p"), list(journal.verify()), journal.last_seal) == (written, [], last)
    for _ in range(2):
        with Journal.write(tmp_path) as journal:
            assert (journal.nodes("p"), list(journal.verify()), journal.last_seal) == (written, [], last)
            assert journal.completions("m", PROMPT, Sampling(), [0]) == {0: COMPLETION}
            assert journal.mentioning("nothing") == {"p"}


@pytest.mark.parametrize("step", ["_pack", "_shorten"])
def test_a_process_that_is_killed_while_it_packs_loses_nothing(tmp_path: Path, step: str) -> None:
    with Journal.write(tmp_path) as journal:
        written = record_tree(journal)
    rewritten(tmp_path, 3)
    script = f"""
import os, signal
from pathlib import Path
from sharpen.journal import schema
from sharpen.journal.journal import Journal
packed = schema.{step}
def killed(connection):
    packed(connection)
    os.kill(os.getpid(), signal.SIGKILL)
schema.{step} = killed
Journal.write(Path({str(tmp_path)!r}))
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    with Journal.read(tmp_path) as journal:
        assert (journal.nodes("p"), list(journal.verify())) == (written, [])
    with Journal.write(tmp_path) as journal:
        assert (journal.nodes("p"), list(journal.verify())) == (written, [])


@pytest.mark.parametrize("statement", ["DELETE FROM text", "UPDATE text SET body = zeroblob(9)"])
def test_a_damaged_text_is_one_sentence_where_it_is_read(tmp_path: Path, statement: str) -> None:
    answer = dataclasses.replace(COMPLETION, text="def f():\n    return 1 + 1\n" * 9)
    with Journal.write(tmp_path) as journal:
        key = journal.record_completion("m", PROMPT, Sampling(), 0, answer)
        journal.record_node(Node("n1", None, "p", "program", 0, "m", answer.text), key, None, None)
    with sqlite3.connect(tmp_path / "journal.db") as database:
        database.execute(statement)
    database.close()
    with Journal.read(tmp_path) as journal:
        assert any("was changed after it was recorded" in sentence for sentence in journal.verify())
        with pytest.raises(JournalError, match="run sharpen verify"):
            journal.nodes("p")


def test_answers_that_are_the_programs_of_earlier_answers_can_be_read(tmp_path: Path) -> None:
    """A program stands on its answer. Were its equals stood upon as well, reading would go as deep as they are many."""
    count = 1_200
    with Journal.write(tmp_path) as journal:
        for number in range(count):
            text = "x = 1\n" * (2 * count - number)
            key = journal.record_completion(
                "m", PROMPT, Sampling(), number, dataclasses.replace(COMPLETION, text=text)
            )
            verdict = journal.record_verdict(text.removeprefix("x = 1\n"), "suite", "{}", "sandbox", VERDICT)
            journal.record_node(
                Node(f"n{number}", None, "p", "program", number, "m", text), key, None, verdict
            )
    with Journal.read(tmp_path) as journal:
        assert len(journal.nodes("p")) == count
        assert list(journal.verify()) == []


def test_a_text_that_was_rolled_back_is_stored_again(tmp_path: Path) -> None:
    statement = "a statement that is long enough to have a number"
    with Journal.write(tmp_path) as journal:
        with pytest.raises(JournalError):
            journal.record_problem(0, ProblemRow("p", statement, None, "", {}))
        journal.record_problem(0, ProblemRow("p", statement, "", "", {}))
        (row,) = journal.problems()
        assert row.statement == statement
        assert list(journal.verify()) == []


@pytest.mark.parametrize(("problems", "rows"), [(1, 550), (225, 4)])
def test_a_row_of_a_tree_takes_at_most_1_500_bytes(tmp_path: Path, problems: int, rows: int) -> None:
    """Trees of a large run, and a small run with few rows a problem, in the texts of bench/shards.py."""
    chance = random.Random(0)
    with Journal.write(tmp_path) as journal:
        for number in range(problems):
            problem = Problem.from_function(f"Problem {number}.", f"assert f{number}(3) == 3")
            journal.record_problem(number, ProblemRow(problem.id, problem.statement, "", "", {}))
            for node, completion in islice(shards.nodes(problem, chance), rows):
                key = journal.record_completion("m", node.prompt, Sampling(), node.index, completion)
                shown, hidden = (
                    journal.record_verdict(
                        node.program.code, f"{suite} {number}", "{}", "sandbox", node.verdict
                    )
                    for suite in ("the visible tests", "the hidden tests")
                )
                journal.record_node(node, key, shown, hidden)
        assert list(journal.verify()) == []
    assert (tmp_path / "journal.db").stat().st_size / (problems * rows) < 1_500


def test_a_journal_from_before_checksums_gets_them_when_it_is_written_again(tmp_path: Path) -> None:
    with Journal.write(tmp_path) as journal:
        written = record_tree(journal)
    rewritten(tmp_path, 2)
    with Journal.read(tmp_path) as journal:
        assert (list(journal.verify()), journal.unsealed(), journal.last_seal) == ([], 6, "")
        assert journal.nodes("p") == written
    for _ in range(2):
        with Journal.write(tmp_path) as journal:
            assert (list(journal.verify()), journal.unsealed()) == ([], 6)
            journal.record_outcome("p", "config")
    with sqlite3.connect(tmp_path / "journal.db") as database:
        database.execute("UPDATE verdict SET kind = 'passed'")
    database.close()
    with Journal.read(tmp_path) as journal:
        (sentence,) = journal.verify()
    assert "was changed after it was recorded" in sentence


def test_a_second_writer_is_refused_and_a_reader_is_not(tmp_path: Path) -> None:
    with Journal.write(tmp_path) as journal:
        record_tree(journal)
        with pytest.raises(RunLockedError, match="another process is writing"):
            Journal.write(tmp_path)
        with Journal.read(tmp_path) as reader:
            assert len(reader.nodes("p")) == 2
    Journal.write(tmp_path).close()


def test_a_killed_writer_loses_nothing_and_gives_up_its_lock(tmp_path: Path) -> None:
    script = f"""
import os, signal
from pathlib import Path
from sharpen.journal.journal import Journal
from sharpen.types import *
journal = Journal.write(Path({str(tmp_path)!r}))
for i in range(100):
    journal.record_completion("m", "p", Sampling(), i, Completion("t", 1, 0, 1, "stop", "m", 0.0))
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    with Journal.write(tmp_path) as journal:
        assert len(journal.completions("m", "p", Sampling(), range(200))) == 100


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_directory_is_one_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(JournalError, match="cannot write to the run directory"):
        Journal.write(tmp_path)


def test_a_directory_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="cannot write to the run directory"):
        Journal.write(tmp_path / "file" / "run")


def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_text("not a database, but long enough to look at" * 50)
    with pytest.raises(JournalError, match="cannot be used"):
        Journal.write(tmp_path)
    with pytest.raises(JournalError, match="cannot be used"):
        Journal.read(tmp_path)


def test_a_directory_without_a_journal_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="is not a run"):
        Journal.read(tmp_path)


def number_format(directory: Path, number: int) -> None:
    with sqlite3.connect(directory / "journal.db") as database:
        database.execute(f"PRAGMA user_version = {number}")
    database.close()


def test_a_journal_of_a_newer_format_is_refused(tmp_path: Path) -> None:
    Journal.write(tmp_path).close()
    number_format(tmp_path, 99)
    with pytest.raises(JournalError, match="upgrade sharpen"):
        Journal.write(tmp_path)


@pytest.mark.parametrize("script", ["CREATE TABLE prompt (x)", "CREATE TABLE other (x)"])
def test_a_database_without_a_format_is_refused(tmp_path: Path, script: str) -> None:
    with sqlite3.connect(tmp_path / "journal.db") as database:
        database.execute(script)
    database.close()
    content = (tmp_path / "journal.db").read_bytes()
    for opened in (Journal.write, Journal.read, Journal.write):
        with pytest.raises(JournalError, match="does not have the number of a journal's format"):
            opened(tmp_path)
    assert (tmp_path / "journal.db").read_bytes() == content


def test_a_journal_whose_format_was_removed_keeps_its_records(tmp_path: Path) -> None:
    with Journal.write(tmp_path) as journal:
        written = record_tree(journal)
    number_format(tmp_path, 0)
    with pytest.raises(JournalError, match="restore it from a copy, or choose another --run"):
        Journal.write(tmp_path)
    number_format(tmp_path, len(MIGRATIONS))
    with Journal.write(tmp_path) as journal:
        assert journal.nodes("p") == written


def test_an_empty_journal_is_made_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "journal.db").touch()
    with pytest.raises(JournalError, match="is empty: nothing was recorded in it"):
        Journal.read(tmp_path)
    with Journal.write(tmp_path) as journal:
        assert journal.nodes("p") == []


def test_a_journal_of_the_first_format_opens_and_is_brought_up_to_date(tmp_path: Path) -> None:
    with Journal.write(tmp_path) as journal:
        written = record_tree(journal)
    rewritten(tmp_path, 1)
    with Journal.read(tmp_path) as journal:
        assert journal.nodes("p") == written
        assert journal.solved() == set()
    judged = dataclasses.replace(written[1], id="n3", stage="observation", reward=0.0)
    with Journal.write(tmp_path) as journal:
        journal.record_node(judged, None, None, None)
        assert journal.nodes("p") == [*written, judged]


@pytest.mark.parametrize(
    ("kind", "reward", "solved"),
    [("passed", 0.0, True), ("timeout", 1.0, False), (None, 1.0, True), (None, 0.0, False)],
)
def test_hidden_tests_say_what_is_solved_and_rewards_only_where_there_are_none(
    tmp_path: Path, kind: str | None, reward: float, solved: bool
) -> None:
    with Journal.write(tmp_path) as journal:
        verdict = journal.record_verdict("code", "s", "l", "b", Verdict(kind)) if kind else None
        journal.record_node(Node("a", None, "p", "program", 0, "m", ""), None, None, verdict)
        judged = Node("b", "a", "p", "observation", 0, "tests", "", reward=reward)
        journal.record_node(judged, None, None, None)
        assert journal.solved() == ({"p"} if solved else set())


def test_a_full_disk_is_one_sentence_and_corrupts_nothing(tmp_path: Path) -> None:
    stored = 0
    large = dataclasses.replace(COMPLETION, text="x" * 500)
    with Journal.write(tmp_path) as journal:
        journal._db.execute("PRAGMA max_page_count = 20")
        with pytest.raises(JournalError, match="free the disk"):  # noqa: PT012
            while stored < 1000:
                journal.record_completion("m", "p", Sampling(), stored, large)
                stored += 1
    with Journal.write(tmp_path) as journal:
        selected = len(journal.completions("m", "p", Sampling(), range(1000)))
        assert 0 < selected == stored
        assert list(journal.verify()) == []
        journal.record_completion("m", "p", Sampling(), stored, COMPLETION)
