"""The documentation's screenshots are taken by one command."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reports.test_browser import BROWSER

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium here; install one or set SHARPEN_CHROMIUM"),
]


def test_every_screenshot_that_the_documentation_shows_is_taken_and_small(tmp_path: Path) -> None:
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    command = [sys.executable, str(ROOT / "scripts" / "screenshots.py"), "--out", str(tmp_path)]
    subprocess.run(command, check=True, timeout=240, env=os.environ | {"SHARPEN_CHROMIUM": str(BROWSER)})
    pages = (ROOT / "docs").glob("*.md")
    shown = {name for page in pages for name in re.findall(r"\(figures/(\w+\.png)\)", page.read_text())}
    taken = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert shown == taken.keys()
    for image in taken.values():
        assert image.startswith(b"\x89PNG") and len(image) < 150_000
