"""The viewer in a real browser: a run that grows, and a study from link to report."""

import pytest

from sharpen.journal.journal import Journal
from tests.reports.test_browser import BROWSER, FLAGS, violations
from tests.viewer.conftest import HOSTILE, viewing
from tests.written_runs import Task, failing, passing, write_run

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium here; install one or set SHARPEN_CHROMIUM"),
]


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser):
    """Open a page in a context of its own; on leaving, nothing hostile may have run and nothing complained."""
    contexts, complaints = [], []

    def visit(url, width=1280, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        return page

    yield visit
    for context in contexts:
        for page in context.pages:
            assert page.evaluate("window.hacked") is None
        context.close()
    assert complaints == []


def test_a_run_grows_while_it_is_watched(folder, visit):
    with viewing(folder) as shown:
        page = visit(f"{shown.url}/?token={shown.token}")
        page.get_by_text("3 runs, 1 running").wait_for()
        page.get_by_role("link", name="begun").click()
        page.get_by_text("begun: running, 0 of 1 solved so far").wait_for()
        with Journal.write(folder / "begun") as journal:
            journal.record_outcome("HumanEval/0", "key")
        page.get_by_text("begun: finished, 0 of 1 solved").wait_for()


def test_problems_are_searched_and_two_runs_compared(folder, visit):
    with viewing(folder) as shown:
        page = visit(f"{shown.url}/?token={shown.token}")
        page.goto(f"{shown.url}/run/repair")
        page.get_by_role("link", name="HumanEval/3").wait_for()
        page.locator("#search").fill("humaneval/3")
        page.get_by_text("1 of 4 shown").wait_for()
        page.locator("#search").fill("")
        page.locator("#status").select_option("solved")
        page.get_by_text("2 of 4 shown").wait_for()
        page.goto(f"{shown.url}/compare?run=repair&run=deep/run")
        box = page.locator("#disagree").bounding_box()
        assert box["width"] < 40
        page.get_by_text("Of 4 problems in both, 2 are solved only by repair, 1 only by deep/run").wait_for()
        page.get_by_role("link", name="HumanEval/1").click()
        page.get_by_text("What it changed").first.wait_for()


def test_no_page_is_wider_than_a_phone(folder, visit):
    with viewing(folder) as shown:
        page = visit(f"{shown.url}/?token={shown.token}", width=390)
        for path in (
            "/",
            "/run/repair",
            "/problem/repair?id=HumanEval%2F1",
            "/compare?run=repair&run=deep/run",
        ):
            page.goto(shown.url + path)
            page.wait_for_timeout(300)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_two_people_at_once_and_a_server_that_is_restarted(tmp_path, visit):
    tasks = [
        Task(
            f"T/{i}",
            [failing(shown="wrong_answer", message=HOSTILE, code=f"# {HOSTILE}\n"), passing()],
            statement=HOSTILE,
        )
        for i in range(3)
    ]
    run = write_run(tmp_path, tasks)
    study = ("--feedback", str(run), "--participants", "2", "--per-person", "2")
    with viewing(tmp_path, *study) as shown:
        port = int(shown.url.rpartition(":")[2])
        page = visit(f"{shown.url}/study?token={shown.token}")
        links = page.locator("td.mono").all_inner_texts()
        people = [visit(link) for link in links]
        for person in people:
            person.get_by_label("Your name").fill("Ada Lovelace")
            person.get_by_role("button", name="I agree").click()
            person.locator(".programs a").first.click()
        for number, person in enumerate(people):
            person.locator("#text").fill(f"Person {number} says: {HOSTILE}")
            person.get_by_text("saved", exact=True).wait_for()
    with viewing(tmp_path, *study, port=port) as shown:
        for number, person in enumerate(people):
            person.reload()
            assert person.locator("#text").input_value() == f"Person {number} says: {HOSTILE}"
            person.locator("#kind").select_option("small mistake")
            person.get_by_role("button", name="Hand in").click()
            person.get_by_text("Program 2 of 2").wait_for()
        page = visit(f"{shown.url}/study?token={shown.token}")
        page.get_by_text("2 of 4 explanations are written").wait_for()
    lines = (run / "feedback.jsonl").read_text().splitlines()
    assert len(lines) == 2
    assert "Lovelace" not in "".join(lines)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(folder, visit, scheme):
    study = ("--feedback", str(folder / "repair"), "--participants", "1", "--per-person", "2")
    with viewing(folder, *study) as shown:
        page = visit(f"{shown.url}/?token={shown.token}", 390, scheme)
        found = {"/": violations(page)}
        page.goto(shown.url + "/study")
        link = page.locator("td.mono").inner_text()
        for path in (
            "/study",
            "/run/repair",
            "/problem/repair?id=HumanEval%2F1&with=deep/run",
            "/compare?run=repair&run=deep/run",
        ):
            page.goto(shown.url + path)
            page.wait_for_timeout(300)
            page.evaluate("document.querySelectorAll('details').forEach((node) => { node.open = true; })")
            found[path] = violations(page)
        page.goto(link)
        found["consent"] = violations(page)
        page.get_by_role("button", name="I agree").click()
        page.wait_for_load_state()
        found["programs"] = violations(page)
        page.locator(".programs a").first.click()
        page.wait_for_load_state()
        found["explain"] = violations(page)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_an_error_is_accessible_and_leads_on(folder, browser, scheme):
    """Not with ``visit``: a browser logs each status that is an error."""
    study = ("--feedback", str(folder / "repair"), "--participants", "1", "--per-person", "2")
    with viewing(folder, *study) as shown:
        context = browser.new_context(viewport={"width": 390, "height": 900}, color_scheme=scheme)
        page = context.new_page()
        for path, heading, links in (
            ("/", "The token is missing", 0),
            ("/take-part/none", "This is not here", 0),
            (f"/run/none?token={shown.token}", "This is not here", 1),
        ):
            page.goto(shown.url + path)
            assert page.locator("h1").inner_text() == heading
            assert page.get_by_role("link", name="All runs").count() == links
            assert violations(page) == []
        context.close()


def test_an_empty_folder_says_how_to_begin(tmp_path, visit):
    with viewing(tmp_path) as shown:
        page = visit(f"{shown.url}/?token={shown.token}")
        page.get_by_text("No run is in this folder yet").wait_for()
        assert page.get_by_text("sharpen repair humaneval").is_visible()
        assert not page.locator("#runs").is_visible()
        write_run(tmp_path, [Task("HumanEval/0", [passing()])], name="first", method="sample", n=1)
        page.get_by_role("link", name="first").wait_for()


def test_two_runs_that_agree_say_so(tmp_path, visit):
    for name in ("a", "b"):
        write_run(tmp_path, [Task("HumanEval/0", [passing()])], name=name, method="sample", n=1)
    with viewing(tmp_path) as shown:
        page = visit(f"{shown.url}/?token={shown.token}")
        page.goto(f"{shown.url}/compare?run=a&run=b")
        page.get_by_text("On every problem both solve it, or neither does.").wait_for()
        page.locator("#disagree").uncheck()
        page.get_by_role("link", name="HumanEval/0").wait_for()


def test_a_report_in_the_viewer_has_the_same_theme(folder, visit):
    write_run(folder, [Task("HumanEval/0", [passing()])], name="sampled", method="sample", n=1)
    with viewing(folder) as shown:
        page = visit(f"{shown.url}/?token={shown.token}")
        page.click("#theme")
        page.goto(f"{shown.url}/report/sampled")
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_a_program_can_be_copied(folder, visit):
    with viewing(folder) as shown:
        page = visit(f"{shown.url}/?token={shown.token}")
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.goto(f"{shown.url}/problem/repair?id=HumanEval%2F1")
        page.evaluate("document.querySelectorAll('details').forEach((node) => { node.open = true; })")
        page.locator("button.copy").first.click()
        page.get_by_text("Copied").wait_for()
        assert "```python" in page.evaluate("navigator.clipboard.readText()")
