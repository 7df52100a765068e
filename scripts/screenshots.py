"""Takes the screenshots of the documentation from the recorded run that comes with the package.

    python scripts/screenshots.py [--out docs/figures]

Needs the extras dev and serve, and a Chromium (or its path in SHARPEN_CHROMIUM).
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from sharpen import demonstration
from sharpen.reports import publish

ROOT = Path(__file__).parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
WIDTH, HEIGHT = 960, 720
EXPLANATION = "A y at the end of a word is a vowel too; the loop never counts it."
MAIN = "from sharpen.cli.app import main; main()"


def main() -> None:
    """Write one PNG for each page that the documentation shows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "figures")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        run = demonstration.unpack(Path(scratch) / "runs" / "first")
        report = publish.write([run], Path(scratch) / "report.html").as_uri()
        with viewer(run) as links, sync_playwright() as playwright:
            chromium = os.environ.get("SHARPEN_CHROMIUM") or shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            for name, page in pages(browser, report, links):
                page.screenshot(path=out / f"{name}.png")
            browser.close()


@contextmanager
def viewer(run: Path) -> Iterator[Mapping[str, str]]:
    """Show the runs beside ``run`` and a study of two people, and yield the links by their names."""
    words = ["view", str(run.parent), "--port", "0", "--feedback", str(run), "--participants", "2"]
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, *words, "--per-person", "2"],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"COLUMNS": "300"},
    )
    try:
        assert process.stderr
        lines = [process.stderr.readline() for _ in range(2)]
        yield {
            name: re.findall(r"http\S+", line)[0] for name, line in zip(("runs", "study"), lines, strict=True)
        }
    finally:
        process.terminate()
        process.wait(30)


def pages(browser: Browser, report: str, links: Mapping[str, str]) -> Iterator[tuple[str, Page]]:
    """Yield the pages with the names of their files, each as it is to be shown."""
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
    page.goto(report)
    yield "report", page
    page.goto(links["runs"])
    page.get_by_role("link", name="first").click()
    page.get_by_role("link", name=demonstration.PROBLEM).wait_for()
    yield "viewer", page
    page.get_by_role("link", name=demonstration.PROBLEM).click()
    repair = page.locator("article", has_text="repair 1").first
    repair.locator("summary").first.click()
    repair.locator(".turn:not(.known)").evaluate("(node) => node.scrollIntoView()")
    yield "problem", page
    page.goto(links["study"])
    page.goto(page.get_by_text("/take-part/").first.inner_text().strip())
    page.get_by_role("button", name="I agree").click()
    page.locator("a[href*='/take-part/']").first.click()
    page.locator("textarea").fill(EXPLANATION)
    page.get_by_role("button", name="Hand in").evaluate("(node) => node.scrollIntoView({block: 'end'})")
    yield "participant", page


if __name__ == "__main__":
    main()
