"""The page in a real browser."""

import os
import shutil

import pytest

from sharpen.reports.repair.page import write
from tests.written_runs import Feedback, Task, failing, passing, write_run

HOSTILE = (
    '</script></template><img src=x onerror="window.hacked = true"><script>window.hacked = true</script>'
)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
BROWSER = os.environ.get("SHARPEN_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")

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


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """One collected run with six problems, all of whose texts are hostile, and its baseline."""
    directory = tmp_path_factory.mktemp("report")
    long_line = "    x = " + " + ".join(["1"] * 200)
    hostile = {"code": f"def f(xs):\n{long_line}\n    # {HOSTILE}\n", "message": HOSTILE * 3}
    tasks = [
        Task(
            f"HumanEval/{i}",
            [
                failing(Feedback([passing() if i % 2 else failing(**hostile)], text=HOSTILE), **hostile),
                passing() if i == 4 else failing(shown="passed"),
                failing(Feedback([failing()])),
            ],
            "easy" if i < 3 else "hard",
            statement=HOSTILE,
        )
        for i in range(6)
    ]
    run = write_run(directory, tasks, n_p=3, n_f=1, n_r=1)
    iid = [Task(task.id, [passing(), failing(), failing(), failing(), failing()]) for task in tasks]
    baseline = write_run(directory, iid, name="iid", method="sample", n=5)
    write([run], directory / "one.html")
    return {"one": directory / "one.html", "two": write([run, baseline], directory / "two.html")}


@pytest.fixture
def visit(browser, report):
    """Open a page; on leaving, nothing may have been fetched, logged or thrown."""
    contexts, requests, complaints = [], [], []

    def visit(name="one", width=1280, scheme="light", fragment=""):
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(report[name].as_uri() + fragment)
        return page

    yield visit
    for context in contexts:
        assert context.pages[0].evaluate("window.hacked") is None
        context.close()
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert complaints == []


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def open_all(page):
    page.evaluate("document.querySelectorAll('.open').forEach((button) => button.click())")


@pytest.mark.parametrize("name", ["one", "two"])
def test_the_page_never_scrolls_sideways(visit, name):
    page = visit(name, 375)
    open_all(page)
    page.evaluate("document.querySelectorAll('details').forEach((node) => { node.open = true; })")
    for width in (375, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert overflow(page) <= 0


def test_hostile_text_is_text(visit):
    page = visit()
    open_all(page)
    assert page.query_selector_all("img") == []
    assert "<img src=x onerror=" in page.inner_text("blockquote")
    assert "<img src=x onerror=" in page.inner_text("pre.message")


def test_trees_are_drawn_when_they_are_opened(visit):
    page = visit()
    assert page.query_selector_all(".card") == []
    page.click("text=HumanEval/0")
    assert len(page.query_selector_all(".card.program")) == 3


def test_the_page_shows_as_many_rows_as_the_journal_holds(visit):
    page = visit()
    open_all(page)
    assert len(page.query_selector_all(".card.program")) == 18
    assert len(page.query_selector_all(".card.feedback")) == 12
    assert len(page.query_selector_all(".card.repair")) == 12
    assert len(page.query_selector_all(".card.repair.pass")) == 3


def test_keys_walk_through_the_problems(visit):
    page = visit()
    focused = "document.activeElement.textContent"
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate(focused) == "HumanEval/1"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("k")
    assert page.evaluate(focused) == "HumanEval/1"
    page.keyboard.press("Enter")
    assert page.get_attribute(".open:focus", "aria-expanded") == "true"
    assert page.is_visible(".card.program")
    page.keyboard.press("Escape")
    assert not page.is_visible(".card.program")


def test_search_narrows_the_list_and_escape_widens_it(visit):
    page = visit()
    page.keyboard.press("/")
    page.keyboard.type("eval/4")
    assert page.locator("tbody:not([hidden]) .open").all_inner_texts() == ["HumanEval/4"]
    assert page.inner_text("#matches") == "1 of 6 shown"
    page.keyboard.press("Escape")
    assert page.locator("#list tbody:not([hidden])").count() == 6


def test_filters_show_one_outcome(visit):
    page = visit()
    page.click("[data-filter=solved]")
    assert page.locator("tbody:not([hidden]) .open").all_inner_texts() == ["HumanEval/4"]
    assert page.get_attribute("[data-filter=solved]", "aria-pressed") == "true"
    page.click("[data-filter=repaired]")
    assert page.locator("#list tbody:not([hidden])").count() == 3


def test_columns_sort_both_ways(visit):
    page = visit()
    page.click("#list thead button:has-text('Problem')")
    page.click("#list thead button:has-text('Problem')")
    assert page.locator(".open").all_inner_texts()[0] == "HumanEval/5"
    page.click("#list thead button:has-text('Programs')")
    page.click("#list thead button:has-text('Programs')")
    assert page.locator(".open").all_inner_texts()[0] == "HumanEval/4"
    assert page.locator("th[aria-sort=descending]").count() == 1


def test_help_opens_and_closes(visit):
    page = visit()
    page.keyboard.press("?")
    assert page.is_visible("#keys")
    page.keyboard.press("Escape")
    assert not page.is_visible("#keys")


def background(page):
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_dark_follows_the_system_and_the_button_switches(visit):
    light, dark = visit(scheme="light"), visit(scheme="dark")
    colours = background(light), background(dark)
    assert colours[0] != colours[1]
    light.click("#theme")
    dark.keyboard.press("t")
    assert (background(light), background(dark)) == colours[::-1]


def test_the_papers_mode_is_one_press_away(visit):
    page = visit("two")
    assert page.is_visible(".heat[data-mode=tokens]")
    page.click("[data-show=tokens-paper]")
    assert page.is_visible(".heat[data-mode=tokens-paper]")
    assert not page.is_visible(".heat[data-mode=tokens]")


def test_the_axis_of_the_published_figures_is_one_press_away(visit):
    page = visit()
    chart = "figure:has(button[data-show=tokens_in_sequence])"
    page.click(f"{chart} [data-show=samples]")
    assert page.is_visible(f"{chart} [data-mode=samples] svg.wide")
    assert not page.is_visible(f"{chart} [data-mode=tokens] svg.wide")


def test_a_link_opens_its_problem(visit):
    page = visit(fragment="#humaneval%2F3")
    assert page.locator(".open[aria-expanded=true]").all_inner_texts() == ["HumanEval/3"]


def test_a_narrow_screen_gets_the_narrow_chart(visit):
    assert visit(width=1280).is_visible("svg.wide")
    narrow = visit(width=375)
    assert narrow.is_visible("svg.narrow")
    assert not narrow.is_visible("svg.wide")


def test_everything_that_can_be_pressed_has_a_name(visit):
    page = visit("two")
    for button in page.query_selector_all("button"):
        assert (button.get_attribute("aria-label") or button.text_content()).strip()
    assert page.locator("main").count() == page.locator("h2#problems-title").count() == 1
