"""The self-repair paper's fourth experiment (section 4.3) end to end, with a scripted model and scripted people.

16 people, 20 tasks (14 introductory, 3 interview, 3 competition), two failing programs of each, 25 repairs for each
explanation. Only the share of right repairs is scripted; everything between the participants' links and the report's
table is real.
"""

import asyncio
import html
import json
import re
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path

import httpx2
import pytest
from rich.console import Console

from sharpen import api
from sharpen.journal.journal import Journal
from sharpen.methods.repair import Repair
from sharpen.models.scripted import Scripted
from sharpen.reports import publish
from sharpen.types import Prompt
from tests.viewer.conftest import viewing

REPAIRS = 25
TASKS = {"introductory": 14, "interview": 3, "competition": 3}
RIGHT = {
    "model": {"introductory": 11, "interview": 5, "competition": 1},
    "person": {"introductory": 16, "interview": 11, "competition": 4},
}
"""Right repairs of 25, by who explained; the paper's shares are near these."""

pytestmark = pytest.mark.slow


def write_tasks(path: Path) -> Path:
    rows = []
    for number, difficulty in enumerate(d for d, n in TASKS.items() for _ in range(n)):
        tests = {"inputs": ["1 2\n", "5 6\n"], "outputs": [f"{3 + number}\n", f"{11 + number}\n"]}
        rows.append(
            {
                "problem_id": number,
                "question": f"{difficulty}: add two numbers and {number}.",
                "difficulty": difficulty,
                "input_output": json.dumps(tests),
            }
        )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def answer(prompt: Prompt, index: int) -> str:
    """Programs add without the number; a share of the repairs, which depends on the explanation, adds it."""
    task, last = prompt[0].content, prompt[-1].content
    difficulty, number = re.search(r"(\w+): add two numbers and (\d+)", task).groups()
    if len(prompt) == 1:
        return f"```python\nprint(sum(map(int, input().split())) - {index + 1})\n```"
    if "by a person" not in last and "by the model" not in last:
        return "The number is not added (by the model)."
    right = RIGHT["person" if "by a person" in last else "model"][difficulty]
    added = number if index < right else "1000"
    return f"```python\nprint(sum(map(int, input().split())) + {added})\n```"


def text_of(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page))


def take_part(link: str, number: int) -> int:
    """Explain all programs of one link as a browser would; return how many."""
    with httpx2.Client(trust_env=False, timeout=60, follow_redirects=True) as person:
        person.post(f"{link}/agree", data={"name": f"Secret Name {number}"})
        places = re.findall(r'href="(/take-part/[^"/]+/\d+)"', person.get(link).text)
        base = link.partition("/take-part/")[0]
        for place in places:
            page = text_of(person.get(base + place).text)
            assert "add two numbers and" in page and "input()" in page
            draft = {"text": "Half a", "kind": "", "seconds": 3, "finish": False}
            whole = {
                "text": f"Number {number} is missing (by a person).",
                "kind": "small mistake",
                "seconds": 9,
            }
            for body in (draft, whole | {"finish": True}):
                assert person.post(f"{base}{place}/save", json=body).json() == {"saved": True}
    return len(places)


def people_explain(folder: Path, run: Path) -> str:
    """Let 16 people explain at once; return what the coordinator's page then says."""
    with viewing(folder, "--feedback", str(run), "--participants", "16", "--per-person", "5") as shown:
        links = re.findall(r"http://[^<]+/take-part/[^<]+", shown.get("/study").text)
        with ThreadPoolExecutor(16) as everybody:
            assert sum(everybody.map(take_part, links, range(16))) == 80
        return text_of(shown.get("/study").text)


def test_the_papers_study_from_links_to_its_table(tmp_path: Path) -> None:
    tasks, run = write_tasks(tmp_path / "tasks.jsonl"), tmp_path / "runs" / "study"
    options = {
        "benchmark": f"apps@{tasks}", "model": "scripted", "n_p": 2, "n_f": 1, "n_r": REPAIRS,
        "feedback_tests": "hidden", "baseline": "none",
    }  # fmt: skip

    def repair(**more: object) -> None:
        config = Repair(**options, **more)
        asyncio.run(api.execute(config, run, opener=lambda spec: Scripted(answer, spec)))

    repair()
    assert "80 of 80 explanations are written" in people_explain(run.parent, run)
    assert "Secret Name" not in (run / "feedback.jsonl").read_text()
    repair(feedback_from=run / "feedback.jsonl")
    with Journal.read(run) as journal:
        nodes = [node for row in journal.problems() for node in journal.nodes(row.id)]
    people = [node for node in nodes if node.stage == "feedback" and node.completion is None]
    assert len(people) == 80
    assert sum(node.stage == "repair" for node in nodes) == (80 + 40) * REPAIRS

    (label,) = publish.plain([run])["runs"][0]["by_label"]
    assert (label["label"], label["explanations"], label["sampled"]) == ("small mistake", 80, 80 * REPAIRS)
    found = publish.plain([run])["human_feedback"]
    assert list(found) == [*TASKS, "overall"]
    for difficulty, count in TASKS.items():
        assert found[difficulty]["programs"] == 2 * count
        assert found[difficulty]["rate_a"]["value"] == pytest.approx(RIGHT["person"][difficulty] / REPAIRS)
        assert found[difficulty]["rate_b"]["value"] == pytest.approx(RIGHT["model"][difficulty] / REPAIRS)
    overall = found["overall"]
    assert overall["programs"] == 40
    assert overall["rate_a"]["value"] == pytest.approx((14 * 16 + 3 * 11 + 3 * 4) / 20 / REPAIRS)
    assert overall["difference"]["low"] > 0
    assert_the_reports_hold_the_table(run)


def assert_the_reports_hold_the_table(run: Path) -> None:
    out = StringIO()
    publish.render([run], Console(file=out, width=110))
    table = out.getvalue()
    assert re.search(r"feedback by +introductory +interview +competition +overall", table)
    assert re.search(r"models +44\.00 % +20\.00 % +4\.00 % +34\.40 %", table)
    assert re.search(r"people +64\.00 % +44\.00 % +16\.00 % +53\.80 %", table)
    page = publish.write([run], run / "report.html").read_text()
    assert "People explained better: 53.8 % of repairs pass after people&#39;s feedback" in page
