"""The page in a real browser."""

import os
import shutil
from pathlib import Path

import pytest

from tests.reports.page_kinds import KINDS, write_pages

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
def pages(tmp_path_factory):
    return write_pages(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def browser(pages):  # after the pages: a browser has a loop of its own, and making them has another
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, pages):
    """Open a page; on leaving, nothing may have been fetched, logged or thrown."""
    contexts, requests, complaints = [], [], []

    def visit(name="repair", width=1280, scheme="light", fragment=""):
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(pages[name].as_uri() + fragment)
        return page

    yield visit
    for context in contexts:
        assert context.pages[0].evaluate("window.hacked") is None
        context.close()
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []
    assert complaints == []


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def violations(page):
    """What axe-core finds wrong with a page."""
    axe = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    page.evaluate((Path(axe.__file__).parent / "axe.min.js").read_text("utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in found]


def open_all(page):
    page.evaluate("document.querySelectorAll('.open').forEach((button) => button.click())")


@pytest.mark.parametrize("name", KINDS)
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
    assert "<img src=x onerror=" in page.locator("blockquote").first.inner_text()
    assert "<img src=x onerror=" in page.locator("pre.message").first.inner_text()


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
    assert page.locator("main").count() == page.locator("h2#list-title").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_page_is_accessible(visit, kind, scheme):
    page = visit(kind, 390, scheme)
    for opener in page.query_selector_all(".open")[:1]:
        opener.click()
    page.evaluate(
        "[...document.querySelectorAll('details')].slice(0, 12).forEach((node) => { node.open = true; })"
    )
    assert violations(page) == []


def test_the_theme_is_remembered(visit):
    page = visit()
    before = background(page)
    page.click("#theme")
    page.reload()
    assert background(page) != before


def shown(page):
    return page.locator("#list tbody:not([hidden]) .open").all_inner_texts()


def test_search_finds_what_is_in_a_program_or_an_error(visit):
    page = visit()
    page.fill("#search", "return xs")
    assert len(shown(page)) == 6
    page.fill("#search", "<img src=x onerror=")
    assert len(shown(page)) == 6
    page.fill("#search", "no such text anywhere")
    assert shown(page) == []
    page.click("#all")
    assert len(shown(page)) == 6


def test_lists_are_filtered_by_failure_difficulty_and_agreement(visit):
    page = visit("two")
    page.select_option("[data-by=difficulty]", "easy")
    assert shown(page) == ["HumanEval/0", "HumanEval/1", "HumanEval/2"]
    page.select_option("[data-by=agree]", "no")
    assert shown(page) == ["HumanEval/0", "HumanEval/2"]
    page.select_option("[data-by=kinds]", "wrong_answer")
    assert page.inner_text("#matches") == "2 of 6 shown"
    page.keyboard.press("Escape")
    assert len(shown(page)) == 6


def test_a_cell_of_the_heat_map_lists_the_problems_that_differ(visit):
    page = visit("two")
    cell = page.locator(".heat[data-mode=tokens] .cell").last
    cell.click()
    ahead, behind = (cell.get_attribute(f"data-{side}").split() for side in ("ahead", "behind"))
    assert len(shown(page)) == len(ahead) + len(behind) > 0
    assert f"better on {len(ahead)}, worse on {len(behind)}" in page.inner_text("#matches")
    assert cell.get_attribute("aria-pressed") == "true"
    cell.click()
    assert len(shown(page)) == 6


@pytest.mark.parametrize("kind", KINDS)
def test_charts_and_their_data_can_be_saved(visit, kind):
    page = visit(kind)
    assert page.locator(".save").count() >= 1
    for ending, start in (("svg", b"<svg "), ("png", b"\x89PNG"), ("csv", b"")):
        with page.expect_download() as download:
            page.locator(f"[data-save={ending}]:visible").last.click()
        content = Path(download.value.path()).read_bytes()
        assert download.value.suggested_filename.endswith(f".{ending}")
        assert content.startswith(start) and len(content) > 20
        if ending == "svg":
            assert b'xmlns="http://www.w3.org/2000/svg"' in content and b".curve.line-4" in content


@pytest.mark.parametrize("target", ["#run-0", "#problems", "#humaneval%2F3"])
def test_no_anchor_is_hidden_by_the_header(visit, target):
    page = visit(fragment=target)
    page.wait_for_timeout(100)
    name = target.removeprefix("#")
    top = page.evaluate(
        "(name) => (document.getElementById(name) || [...document.querySelectorAll('tbody')].find("
        "(body) => body.dataset.name === decodeURIComponent(name))).getBoundingClientRect().top",
        name,
    )
    assert top >= page.evaluate("document.querySelector('.top').getBoundingClientRect().bottom") - 1


def test_on_a_phone_every_cell_of_a_comparison_says_its_column(visit):
    page = visit("two", 375)
    row = page.locator("table.stacks", has_text="pass rate of a").locator("tbody tr").first
    labels = row.locator("td").evaluate_all("(cells) => cells.map((cell) => cell.dataset.label)")
    assert labels[:3] == ["a", "b", "pass rate of a"]


def test_on_a_phone_the_rows_of_tables_stack(visit):
    page = visit("two", 375)
    cell = page.locator("table.stacks tbody tr").first.locator("td").first
    assert cell.evaluate("(node) => getComputedStyle(node).display") == "flex"
    assert cell.evaluate("(node) => getComputedStyle(node, '::before').content") == '"who"'


def test_print_keeps_bars_and_tints_and_is_light(visit):
    page = visit("two", scheme="dark")
    page.emulate_media(media="print")
    assert background(page) == "rgb(252, 252, 250)"
    bar = page.locator(".tally .bar").first
    assert bar.evaluate("(node) => getComputedStyle(node).printColorAdjust") == "exact"
    assert not page.is_visible(".controls")


def test_every_page_begins_with_its_conclusion_and_no_column_holds_nothing_but_dashes(visit):
    for kind in KINDS:
        page = visit(kind)
        first = page.locator(".conclusion, section, table").first
        assert first.get_attribute("class") == "conclusion" and first.inner_text().endswith("."), kind
        empty = page.evaluate(
            """() => [...document.querySelectorAll("table.figures, table.list")].flatMap((table) => {
                const rows = [...table.tBodies].flatMap((body) => [...body.rows]);
                return [...table.tHead.rows[0].cells]
                    .filter((_, i) => rows.length && rows.every((row) => ["", "–"].includes(row.cells[i].textContent.trim())))
                    .map((head) => head.textContent);
            })"""
        )
        assert empty == [], kind


@pytest.mark.parametrize("kind", ["repair", "reflexion"])
def test_each_answer_of_a_model_shows_its_prompt(visit, kind):
    page = visit(kind)
    page.locator(".open").first.click()
    prompts = page.locator(".prompt")
    assert prompts.count() > 0
    page.evaluate("document.querySelectorAll('details').forEach((node) => { node.open = true; })")
    assert all(text.strip() for text in prompts.all_inner_texts())


def test_a_program_and_a_diff_can_be_copied(visit):
    page = visit("reflexion")
    page.locator(".open").first.click()
    for button in page.locator(".copy").all()[:2]:
        button.click()
        page.wait_for_function("(node) => node.textContent === 'Copied'", arg=button.element_handle())
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.splitlines()[0][:1] in "+-@ "
