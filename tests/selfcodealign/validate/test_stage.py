"""Responses become rows: judged in order, put to each other's tests, resumed where they stopped."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sharpen.errors import DataError, UsageError
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.selfcodealign.rows import Instruction, Response, Row
from sharpen.selfcodealign.stage_files import read, read_funnel, write
from sharpen.selfcodealign.validate.gates import GATES, Rules, ValidationRules
from sharpen.selfcodealign.validate.stage import in_order, validate
from tests.align_files import TASKS, responses, write_files


@pytest.fixture(scope="module")
def bench() -> Iterator[ValidationRules]:
    places = ProcessSandbox(1), ProcessSandbox(1, hash_seed=1)
    # What each gate finds is held by test_gates.
    rules = Rules(without=frozenset({"flakiness", "stubs", "mutation"}))
    yield ValidationRules(*places, places[0], Limits(cpu_seconds=2.0), rules)
    for place in places:
        asyncio.run(place.close())


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return write_files(tmp_path)


def run(directory: Path, bench: ValidationRules, **options):
    return asyncio.run(validate(directory, directory / "seeds.jsonl", bench, **options))


def test_rows_are_judged_in_order_and_know_where_they_are_from(written: Path, bench: ValidationRules) -> None:
    text = []
    funnel = run(written, bench, on_progress=text.append)
    rows = list(read(written / "rows.jsonl", Row))
    assert [row.id for row in rows] == [f"i{n}-{index}" for n in range(2) for index in (0, 1, 2)]
    assert (funnel.rows_in, funnel.rows_out, funnel.reasons["wrong answer"]) == (8, 6, 2)
    assert read_funnel(written / "rows.jsonl") == funnel
    assert sum(text) == 8
    first = rows[0]
    assert (first.origin, first.licence, first.instruction) == ("requests", "Apache-2.0", "Square, 0.")
    assert first.response == "So:\n```python\ndef square(x):\n    return x * x\n```"
    rejected = [json.loads(line) for line in (written / "rows.rejected.jsonl").read_text().splitlines()]
    assert {row["verdict"] for row in rejected} == {"wrong_answer"}


def test_responses_are_put_to_each_others_tests(written: Path, bench: ValidationRules) -> None:
    run(written, bench)
    gates = {row.id: row.gates for row in read(written / "rows.jsonl", Row)}
    # 0 and 1 pass what is right: their own, each other's, that of 2 (2 * 2 is 2 + 2) and of 3.
    assert gates["i0-0"]["agreement"] == gates["i0-1"]["agreement"] == 1.0
    assert gates["i0-2"]["agreement"] == 0.0
    assert gates["i0-0"]["codet"] == gates["i0-1"]["codet"] == 8
    assert gates["i0-2"]["codet"] == 1
    # f(3), f(2), f(0) are asked of all codes, under each name; the error of 2 shows at 3 alone.
    assert gates["i0-0"]["consensus"] == gates["i0-1"]["consensus"] > gates["i0-2"]["consensus"]
    assert gates["i0-0"]["discrimination"] == pytest.approx(2 / 3, abs=1e-4)
    alone = replace(bench, rules=replace(bench.rules, without=frozenset(GATES)))
    run(written, alone)
    assert "codet" not in next(iter(read(written / "rows.jsonl", Row))).gates


def test_a_stage_that_was_stopped_goes_on(written: Path, bench: ValidationRules) -> None:
    run(written, bench)
    whole = [
        (written / name).read_bytes() for name in ("rows.jsonl", "rows.rejected.jsonl", "rows.funnel.json")
    ]
    for name in ("rows.jsonl", "rows.rejected.jsonl"):
        lines = (written / name).read_bytes().splitlines(keepends=True)
        (written / f"{name}.partial").write_bytes(
            b"".join(lines[:2]) + lines[2][:20] if len(lines) > 2 else lines[0]
        )
        (written / name).unlink()
    judged = []
    run(written, bench, on_progress=judged.append)
    assert sum(judged) == 8  # both tasks: of each, a response was missing
    names = ("rows.jsonl", "rows.rejected.jsonl", "rows.funnel.json")
    assert [(written / name).read_bytes() for name in names] == whole


def test_what_was_judged_is_not_judged_again(written: Path, bench: ValidationRules) -> None:
    funnel = run(written, bench)
    judged = []
    assert run(written, bench, on_progress=judged.append) == funnel
    assert judged == []
    write(written / "responses.jsonl", list(responses())[:4], Response)
    assert run(written, bench, on_progress=judged.append).rows_in == 4
    assert judged == [4]


def test_other_gates_do_not_go_on_with_what_was_begun(written: Path, bench: ValidationRules) -> None:
    run(written, bench)
    (written / "rows.jsonl").rename(written / "rows.jsonl.partial")
    other = replace(bench, rules=replace(bench.rules, coverage=0.9))
    with pytest.raises(UsageError, match="begun with other gates"):
        run(written, other)


def test_rows_of_another_run_are_named(written: Path, bench: ValidationRules) -> None:
    write(written / "instructions.jsonl", TASKS[:1], Instruction)
    with pytest.raises(DataError, match="names the instruction i1, which is missing"):
        run(written, bench)
    (written / "instructions.jsonl").unlink()
    with pytest.raises(DataError, match="there is no"):
        run(written, bench)


@pytest.mark.anyio
async def test_results_come_in_order() -> None:
    async def job(number: int) -> int:
        await asyncio.sleep(0.001 * (5 - number % 5))
        return number

    assert [number async for number in in_order((job(n) for n in range(10)), 3)] == list(range(10))


@pytest.mark.anyio
async def test_what_nobody_waits_for_is_cancelled() -> None:
    ended = []

    async def job(number: int) -> int:
        try:
            if number:
                await asyncio.Event().wait()
        finally:
            ended.append(number)
        return number

    results = in_order((job(n) for n in range(3)), 3)
    assert await anext(results) == 0
    await results.aclose()
    assert ended == [0, 1, 2]


def test_the_verbs_make_a_data_set(written: Path, sharpen) -> None:
    code, out, err = sharpen("align", "validate", written, "--mutants", "2", "--without", "flakiness")
    assert code == 0, err
    assert "6 rows" in out
    code, out, err = sharpen("align", "select", written, "--choice", "agreement", "--json")
    assert code == 0, err
    assert json.loads(out)["rows_out"] == 2
    selected = list(read(written / "dataset.jsonl", Row))
    assert all(row.gates["codet"] == 8 for row in selected)  # not the pair that shares an error
    card = (written / "README.md").read_text()
    assert "--mutants 2" in card
    assert "--without flakiness" in card


def test_seeds_that_are_not_there_are_asked_for(written: Path, sharpen) -> None:
    (written / "seeds.jsonl").unlink()
    code, _, err = sharpen("align", "validate", written)
    assert code == 2
    assert "give --seeds" in err
