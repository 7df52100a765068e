import io
import json
import re

import pytest
from rich.console import Console

from sharpen.errors import JournalError, UsageError
from sharpen.reports import publish
from sharpen.reports.structure import page as structure_page
from sharpen.reports.structure import terminal as structure_terminal
from sharpen.reports.structure.figures import choose, summarise
from tests.structure_world import CYCLE, RIGHT, Scribe, ran

pytestmark = pytest.mark.anyio

HOSTILE = RIGHT + "<script>alert(1)</script>"
TWO = ("edges/0", "edges/1")


@pytest.fixture
async def runs(tmp_path):
    """Two runs over two items: one graph whole and one unread, and both whole after a repair."""
    await ran(tmp_path / "plain", Scribe([RIGHT, "No."]), ids=TWO, concurrency=1)
    await ran(tmp_path / "repaired", Scribe([CYCLE, RIGHT, RIGHT]), ids=TWO, repairs=1, concurrency=1)
    return [tmp_path / "plain", tmp_path / "repaired"]


async def test_every_item_counts_and_the_readable_stand_beside(runs):
    (run, _) = summarise(runs).runs
    assert run.score.figures == {"P": 50, "R": 50, "F1": 50}
    assert run.score.parsed == {"P": 100, "R": 100, "F1": 100}
    assert run.statuses == {"whole": 1, "unparsed": 1}
    assert run.headline.value == 50


async def test_a_run_stands_by_its_first_draft_without_fault(runs):
    (_, run) = summarise(runs).runs
    assert run.score.figures["F1"] == 100
    assert [answer.drafts for answer in run.answers] == [2, 1]
    assert run.valid == 2


async def test_what_needs_no_model_stands_beside_every_run(runs):
    (run, _) = summarise(runs).runs
    assert set(run.baselines) == {
        "chain as listed",
        "random chain",
        "random chain, first and last known",
    }
    assert run.baselines["chain as listed"].figures["F1"] == 0


async def test_a_run_is_compared_with_what_needs_no_model(runs):
    result = {(c.a, c.b): c for c in summarise(runs).comparisons}
    listed = result["plain", "chain as listed"]
    assert (listed.rate_a.value, listed.rate_b.value, listed.difference.value) == (50, 0, 50)
    drawn = result["plain", "random chain"]
    assert drawn.rate_b.value == pytest.approx(
        summarise(runs).runs[0].baselines["random chain"].figures["F1"]
    )
    assert drawn.tokens_b == 0


async def test_two_runs_are_compared_item_by_item(runs):
    comparison = summarise(runs).comparisons[-1]
    assert (comparison.rate_a.value, comparison.rate_b.value) == (50, 100)
    assert comparison.difference.value == -50
    assert comparison.difference.n == 2


async def test_seeds_of_one_configuration_are_pooled_as_mean_and_deviation(tmp_path):
    await ran(tmp_path / "a", Scribe([RIGHT, "No."]), ids=TWO, concurrency=1, seed=0)
    await ran(tmp_path / "b", Scribe([RIGHT, RIGHT]), ids=TWO, concurrency=1, seed=1)
    await ran(tmp_path / "other", Scribe([RIGHT, RIGHT]), ids=TWO, concurrency=1, seed=1, repairs=1)
    report = summarise([tmp_path / name for name in ("a", "b", "other")])
    (pooled,) = report.pooled
    assert pooled.runs == ("a", "b")
    assert pooled.figures["F1"] == pytest.approx((75, 50 / 2**0.5))
    console = Console(width=160, record=True, file=io.StringIO())
    structure_terminal.render([tmp_path / name for name in ("a", "b")], console)
    text = console.export_text()
    assert re.search(r"mean of 2 seeds +75\.00", text) and re.search(r"deviation of 2 seeds +35\.36", text)


async def test_the_number_of_examples_that_was_shown_is_the_number_that_is_reported(tmp_path):
    """Two examples take six turns with the question; the second run's model takes four."""
    await ran(tmp_path / "two", Scribe([RIGHT, RIGHT]), ids=TWO, concurrency=1)
    await ran(tmp_path / "one", Scribe([RIGHT, RIGHT], most_turns=4), ids=TWO, concurrency=1)
    report = summarise([tmp_path / "two", tmp_path / "one"])
    assert [run.shown for run in report.runs] == [{2: 2}, {1: 2}]
    assert structure_terminal.examples(report.runs[1]) == "fixed examples: 1 for 2 items (2 were wanted)"
    (text,) = report.uneven
    assert text.startswith("two and one show different numbers of examples for 2 of 2 common items")


async def test_examples_of_one_text_are_counted_too(tmp_path):
    await ran(tmp_path / "run", Scribe([RIGHT]), completion=True)
    assert summarise([tmp_path / "run"]).runs[0].shown == {2: 1}


async def test_figures_are_plain_data(runs):
    data = json.loads(json.dumps(summarise(runs).to_json()))
    assert data["runs"][0]["score"]["figures"]["F1"] == 50
    assert data["runs"][0]["config"]["model"] == "scribe"


async def test_the_terminal_shows_figures_reading_and_difference(runs):
    console = Console(width=120, record=True, file=io.StringIO())
    structure_terminal.render(runs, console)
    text = console.export_text()
    assert re.search(r"plain +50\.00 +50\.00 +50\.00", text)
    assert re.search(r"readable answers only +100\.00", text)
    assert "chain as listed" in text
    assert "-50.00" in text


async def test_the_page_draws_both_graphs_and_escapes_what_a_model_wrote(tmp_path):
    await ran(tmp_path / "run", Scribe([HOSTILE]))
    page = structure_page.write([tmp_path / "run"], tmp_path / "report.html").read_text()
    assert page.count('<svg class="graph"') == 2
    assert "<script>alert" not in page
    assert "alert" in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in page


async def test_a_page_that_cannot_be_written_is_one_sentence(runs, tmp_path):
    with pytest.raises(JournalError, match="choose another with --output"):
        structure_page.write(runs, tmp_path / "nowhere" / "report.html")


async def test_a_draft_that_was_read_is_better_than_none(tmp_path):
    nodes = await ran(tmp_path, Scribe(["No.", CYCLE]), best_of=2, temperature=0.5)
    assert choose(nodes) == nodes[1]


async def test_graphs_and_programs_are_not_reported_together(runs, recorded):
    with pytest.raises(UsageError, match="report them one at a time"):
        publish.plain([runs[0], recorded])


async def test_every_report_of_graphs_is_found_by_the_runs_own_method(runs, tmp_path):
    console = Console(width=120, record=True, file=io.StringIO())
    publish.render(runs, console)
    assert "chain as listed" in console.export_text()
    assert publish.plain(runs)["runs"]
    assert "<svg" in publish.write(runs, tmp_path / "page.html").read_text()
