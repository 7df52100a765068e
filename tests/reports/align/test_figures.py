"""The report of a run of align: figures, terminal, and the page in a real browser."""

import asyncio
import json
import re
from io import StringIO

import pytest
from rich.console import Console

from sharpen import api
from sharpen.errors import UsageError
from sharpen.models.scripted import Scripted
from sharpen.reports import publish
from sharpen.selfcodealign import stage_files
from sharpen.selfcodealign.generate import method
from sharpen.selfcodealign.generate.pipeline import Align
from sharpen.selfcodealign.rows import Response, Row
from tests.align_world import answer, seeds_file
from tests.reports.page_kinds import HOSTILE
from tests.reports.test_browser import BROWSER, FLAGS
from tests.selfcodealign.generate.test_pipeline import Summing


def hostile(prompt, index):
    text = answer(prompt, index).replace("Add them up.", HOSTILE).replace("sums up", f"sums up {HOSTILE}")
    return text.replace("### Concepts\nsums", f"### Concepts\n{HOSTILE[:70]}")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of six seeds, of which one response is accepted and one rejected by a gate."""
    directory = tmp_path_factory.mktemp("align")
    config = Align(benchmark=str(seeds_file(directory, 6)), model="scripted", n=4, shots=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(method, "open_sandbox", lambda _: Summing())
        asyncio.run(api.execute(config, directory / "run", opener=lambda spec: Scripted(hostile, spec)))
    first, second, *_ = stage_files.read(directory / "run" / "responses.jsonl", Response)
    with stage_files.Writer(directory / "run" / "rows.jsonl", reasons=("mutants survive",)) as out:
        fields = {
            "seed": "s",
            "origin": "pkg",
            "version": "1",
            "path": "m.py",
            "licence": "MIT",
            "verdict": "passed",
        }
        for response, reason in ((first, ""), (second, "mutants survive")):
            row = Row(
                response.id,
                "task",
                "words",
                response.code,
                response.tests,
                gates={"coverage": 0.75},
                **fields,
            )
            out.reject(row, reason) if reason else out.keep(row)
    return directory / "run"


def test_figures_are_those_of_the_journal(run):
    (result,) = publish.plain([run])["runs"]
    assert result["seeds"] == 6
    assert result["unfinished"] == 0
    assert result["passing"]["value"] == 0.25  # one of the four answers to each task sums up
    assert result["passing"]["n"] == result["solved"] == 4
    assert result["verdicts"] == {"passed": 4, "wrong_answer": 4, "not run": 8}
    assert [funnel["stage"] for funnel in result["funnels"]] == [
        "concepts",
        "instructions",
        "responses",
        "rows",
    ]
    assert sum(kind["responses"] for kind in result["kinds"]) == 2 * 16
    assert [cost["answers"] for cost in result["costs"]] == [6, 5, 16]
    json.dumps(result)


def test_the_terminal_shows_the_funnel_and_the_share(run):
    console = Console(width=100, record=True, file=StringIO())
    publish.render([run], console)
    text = console.export_text()
    assert "not response and tests" in text
    assert "0.250 of a task's responses pass their own tests" in text
    assert "4 of 4 tasks have one that does" in " ".join(text.split())


def test_runs_of_other_methods_are_not_reported_with_it(run, recorded):
    with pytest.raises(UsageError, match="align and repair have no figure in common"):
        publish.plain([run, recorded])


def test_the_page_holds_one_run(run, tmp_path):
    with pytest.raises(UsageError, match="one at a time"):
        publish.write([run, run], tmp_path / "page.html")


def test_the_page_leaves_nothing_of_a_model_unescaped(run, tmp_path):
    page = publish.write([run], tmp_path / "page.html").read_text()
    own = '<script type="text/css" id="drawing-style">', "<script>"
    assert len(re.findall(r"<(?:script|img)\b", page)) == sum(map(page.count, own)) == 2
    assert "default-src 'none'" in page


@pytest.mark.browser
@pytest.mark.skipif(BROWSER is None, reason="no Chromium here; install one or set SHARPEN_CHROMIUM")
@pytest.mark.parametrize("width", [1280, 380])
def test_a_reader_finds_every_row_from_its_seed_on(run, tmp_path, width):
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    page_file = publish.write([run], tmp_path / "page.html")
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=BROWSER, args=FLAGS)
        page = browser.new_page(viewport={"width": width, "height": 900})
        said = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(page_file.as_uri())
        assert page.locator("#rows details.structure").count() == 6
        first = page.locator("#rows details.structure").first
        first.locator("> summary").click()
        assert "def f" in first.locator("figure pre").inner_text()
        assert first.locator(".answers > details").count() == 4
        first.locator(".answers > details").first.locator("summary").click()
        opened = first.locator(".answers > details").first
        assert "return sum(xs)" in opened.inner_text()
        assert "assert total" in opened.inner_text()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        widths = page.locator(".funnel .accepted").evaluate_all("bars => bars.map(bar => bar.clientWidth)")
        assert widths[0] > widths[2] > 0
        assert page.evaluate("window.hacked") is None
        browser.close()
    assert said == []
