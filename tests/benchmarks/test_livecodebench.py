"""LiveCodeBench: windows of dates, packed tests, its rules of comparison, recorded verdicts."""

import base64
import gzip
import json
import pickle
import zlib
from datetime import date
from pathlib import Path

import pytest

from sharpen.benchmarks import livecodebench_tests
from sharpen.benchmarks.base import Benchmark
from sharpen.benchmarks.livecodebench import IMPORTS, Window
from sharpen.benchmarks.livecodebench_tests import cases
from sharpen.benchmarks.registry import load
from sharpen.errors import DataError, UsageError
from sharpen.evaluate.samples import SampledProgram, program_of, read_samples
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import CallTest, Program, StdioTest

pytestmark = pytest.mark.anyio


def packed(data: object) -> str:
    return base64.b64encode(zlib.compress(pickle.dumps(data))).decode()


def case(given: str, wanted: str, kind: str = "stdin") -> dict[str, str]:
    return {"input": given, "output": wanted, "testtype": kind}


def row(**changes: object) -> dict[str, object]:
    return {
        "question_title": "A. Double",
        "question_content": "Print twice the number.",
        "platform": "codeforces",
        "question_id": "1_A",
        "contest_id": "1",
        "contest_date": "2023-09-30T00:00:00",
        "starter_code": "",
        "difficulty": "easy",
        "public_test_cases": json.dumps([case("1\n", "2\n")]),
        "private_test_cases": packed(json.dumps([case("4\n", "8\n")])),
        "metadata": "{}",
        **changes,
    }


def call_row(**changes: object) -> dict[str, object]:
    return row(
        question_id="2",
        contest_date="2023-10-01T00:00:00",
        starter_code="class Solution:\n    def pair(self, xs: List[int], n: int) -> List[int]:\n        ",
        public_test_cases=json.dumps([case("[1, 2]\n3", "[2, 3]", "functional")]),
        private_test_cases=json.dumps([case("[]\n0", "[0, 0]", "functional")]),
        metadata=json.dumps({"func_name": "pair"}),
        **changes,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "test.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in (row(), call_row())))
    return path


class TestWindows:
    @pytest.mark.parametrize(
        ("window", "ids"),
        [
            ("", ["1_A", "2"]),
            ("/2023-10..", ["2"]),
            ("/..2023-09", ["1_A"]),
            ("/2023-09-30..2023-09-30", ["1_A"]),
            ("/2023-09..2023-10-01", ["1_A", "2"]),
        ],
    )
    def test_problems_of_a_window(self, file: Path, window: str, ids: list[str]):
        benchmark = load(f"livecodebench{window}@{file}")
        assert [problem.id for problem in benchmark.problems] == ids
        assert benchmark.name == f"livecodebench{window}"

    def test_a_month_is_all_of_it(self):
        assert Window.of("2024-02..2024-02") == Window(date(2024, 2, 1), date(2024, 2, 29))

    @pytest.mark.parametrize("window", ["2023", "2023-13..", "..2023-02-30", "soon.."])
    def test_what_is_no_window_is_named(self, file: Path, window: str):
        with pytest.raises(UsageError, match=r"window of dates|is not a day"):
            load(f"livecodebench/{window}@{file}")

    def test_an_empty_window_is_named(self, file: Path):
        with pytest.raises(DataError, match=r"holds no problem of 2025-01\.\."):
            load(f"livecodebench/2025-01..@{file}")

    def test_a_folder_of_files(self, file: Path):
        (file.parent / "test2.jsonl").write_text(json.dumps(row(question_id="3")) + "\n")
        assert [problem.id for problem in load(f"livecodebench@{file.parent}").problems] == ["1_A", "2", "3"]

    def test_it_needs_a_path(self):
        with pytest.raises(UsageError, match="livecodebench needs a file"):
            load("livecodebench/2024-01..")


class TestPackedTests:
    def test_public_tests_are_visible_and_private_ones_hidden(self, file: Path):
        script, call = load(f"livecodebench@{file}").problems
        assert script.visible.tests == (StdioTest("public 1", "1\n", "2\n", "livecodebench"),)
        assert [test.id for test in script.hidden.tests] == ["public 1", "private 1"]
        assert call.hidden.entry_point == "Solution.pair"
        assert call.hidden.tests[1] == CallTest("private 1", ([], 0), [0, 0], comparison="livecodebench")

    def test_a_pickle_that_names_code_is_not_loaded(self, tmp_path: Path):
        class Evil:
            def __reduce__(self) -> tuple[object, tuple[str]]:
                return open, (str(tmp_path / "evil"),)

        with pytest.raises(DataError, match="it names"):
            cases(packed(Evil()), "a problem")

    @pytest.mark.parametrize(
        "text", ["nonsense", packed(b"bytes"), packed("[1"), packed("[1]"), '{"inputs": []}']
    )
    def test_what_cannot_be_read_is_named(self, text: str):
        with pytest.raises(DataError, match=r"^a problem: its tests cannot be read"):
            cases(text, "a problem")

    @pytest.mark.parametrize(
        ("pickled", "message"),
        [
            (b"\x80\x04\x8c\x01xr\xff\xff\xff\x7f.", "numbers more values"),  # room for 2 billion values
            (b"\x80\x05\x96" + b"\xff" * 7 + b"\x0f.", "not plain|cannot be read"),  # that many bytes follow
            (b"\x80\x04" + b"N0" * 10_000 + b"N.", "POP|too many"),
            (b"\x80\x04" + b"(" * 20_000 + b".", "too many operations"),
            (b"\x80\x04\x8c\x01x", "cannot be read"),
        ],
    )
    def test_a_pickle_that_asks_for_too_much_is_refused(self, pickled: bytes, message: str):
        text = base64.b64encode(zlib.compress(pickled)).decode()
        with pytest.raises(DataError, match=message):
            cases(text, "a problem")

    def test_what_unpacks_to_too_much_is_refused(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(livecodebench_tests, "_MOST_BYTES", 1 << 20)
        small = json.dumps([case("1", "x" * 2**19)])
        assert cases(packed(small), "a problem")[0].input == "1"
        with pytest.raises(DataError, match="more than 1 MiB"):
            cases(base64.b64encode(zlib.compress(bytes(2**21))).decode(), "a problem")

    def test_tests_that_others_packed(self, shared_data: Path):
        lines = (shared_data / "livecodebench" / "lcb_private_sample3.jsonl").read_text().splitlines()
        result = [cases(json.loads(line)["test"], "a problem") for line in lines]
        assert result[0][0].output == "YES\nYES\nYES\nNO\nNO\nYES\n"
        assert {each.testtype for each in result[1]} == {"functional"}


class TestAsking:
    def test_prompts_are_the_originals(self, file: Path):
        benchmark = load(f"livecodebench@{file}")
        script, call = benchmark.problems
        _, user = benchmark.prompt(script)
        assert user.content == (
            "### Question:\nPrint twice the number.\n\n### Format: Read the inputs from stdin solve the problem and "
            "write the answer to stdout (do not directly test on the sample inputs). Enclose your code within "
            "delimiters as follows.\n```python\n# YOUR CODE HERE\n```\n\n"
            "### Answer: (use the provided format with backticks)\n\n"
        )
        assert f"```python\n{call_row()['starter_code']}\n```" in benchmark.prompt(call)[1].content

    def test_prompts_are_those_that_others_recorded(self, shared_data: Path, tmp_path: Path):
        lines = (shared_data / "livecodebench" / "lcb_private_sample3.jsonl").read_text().splitlines()
        content = json.loads(lines[0])["content"]
        question = content.partition("### Question:\n")[2].partition("\n\n### Format:")[0]
        path = tmp_path / "test.jsonl"
        path.write_text(json.dumps(row(question_content=question)) + "\n")
        benchmark = load(f"livecodebench@{path}")
        system, user = benchmark.prompt(benchmark.problems[0])
        assert f"{system.content}\n{user.content}" == content

    def test_the_last_block_is_the_program(self, file: Path):
        benchmark = load(f"livecodebench@{file}")
        answer = "```python\nx = 1\n```\nBetter:\n```python\nx = 2\n```"
        assert benchmark.extract(benchmark.problems[0], answer).code == f"{IMPORTS}\nx = 2"
        assert benchmark.extract(benchmark.problems[0], "x = 2").code == ""


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        ("print(int(input()) * 2)", ["passed", "passed"]),
        ("print(' ', int(input()) * 2.0)", ["passed", "passed"]),
        ("print(int(input()) + 1)", ["passed", "wrong_answer"]),
        ("print(2, end='\\n\\n2')", ["wrong_answer"]),
        ("n = int(input())\nwhile n > 1: pass\nprint(2)", ["passed", "timeout"]),
        (
            "total = 0\ndef add():\n    global total\n    total += 2 * int(input())\nadd()\nprint(total)",
            ["passed"] * 2,
        ),
    ],
)
async def test_scripts(file: Path, code: str, kinds: list[str]):
    problem = load(f"livecodebench@{file}").problems[0]
    sandbox = ProcessSandbox(1)
    verdict = await sandbox.execute(Program(code), problem.hidden, Limits(cpu_seconds=0.5))
    await sandbox.close()
    assert [outcome.kind for outcome in verdict.outcomes] == kinds
    assert verdict.trust == "isolated"


async def test_calls_have_the_originals_imports_and_may_return_a_tuple(file: Path):
    problem = load(f"livecodebench@{file}").problems[1]
    code = "class Solution:\n    def pair(self, xs: List[int], n: int):\n        return (len(xs), ceil(n))\n"
    program = program_of(SampledProgram(1, problem.id, code, "solution"), problem)
    sandbox = ProcessSandbox(1)
    verdict = await sandbox.execute(program, problem.hidden, Limits())
    await sandbox.close()
    assert verdict.passed, verdict.message


async def test_programs_that_were_graded_right_pass_the_public_tests(shared_data: Path):
    """The private tests are not in the data, so one that was graded wrong may pass here."""
    folder = shared_data / "livecodebench"
    benchmark: Benchmark = load(f"livecodebench@{folder / 'lcb_problems_public_tests.jsonl.gz'}")
    outputs = folder / "outputs_o1-mini.jsonl.gz"
    rows = {
        row["question_id"]: row for row in map(json.loads, gzip.decompress(outputs.read_bytes()).splitlines())
    }
    problems = {problem.id: problem for problem in benchmark.problems}
    sandbox = ProcessSandbox(2)
    passed = 0
    for sample in read_samples(outputs, benchmark.problems):
        assert isinstance(sample, SampledProgram)
        graded, problem = rows[sample.problem]["graded_list"][0], problems[sample.problem]
        answer = rows[sample.problem]["output_list"][0]
        assert benchmark.extract(problem, answer).code == f"{IMPORTS}\n{sample.text}"
        if graded and passed < 30:
            verdict = await sandbox.execute(
                program_of(sample, problem), problem.hidden, Limits(**benchmark.limits)
            )
            assert verdict.passed, (problem.id, verdict.message)
            passed += 1
    await sandbox.close()
    assert (len(rows), passed) == (110, 30)
