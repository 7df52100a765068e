"""The site: built without the network, with notebooks that were executed for it and every public name."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sharpen

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
LOADED = r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"(\w+:[^\"]*)|<link\b[^>]*\bhref=\"(\w+:[^\"]*)"
"""What a browser would fetch for a page by itself, from another place than the site."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site; warnings, also of a link that leads nowhere, are errors."""
    for name in ("material", "mkdocs_jupyter", "mkdocstrings"):
        pytest.importorskip(name, reason="no mkdocs: pip install 'sharpen[docs]' to build the site")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def text_of(page: Path) -> str:
    return re.sub(r"<[^>]+>", "", page.read_text())


@pytest.mark.slow
class TestSite:
    def test_pages_load_nothing_from_elsewhere(self, site: Path) -> None:
        pages = list(site.rglob("*.html"))
        assert len(pages) > 30
        for page in pages:
            assert re.findall(LOADED, page.read_text()) == [], page.name

    def test_the_reference_has_every_public_name(self, site: Path) -> None:
        reference = "".join(page.read_text() for page in (site / "reference").glob("*.html"))
        for name in sharpen.__all__:
            thing = getattr(sharpen, name)
            home = getattr(thing, "__module__", "sharpen.verbs")
            assert f'id="{home}.{name}"' in reference, name

    def test_names_that_only_sphinx_would_link_are_plain(self, site: Path) -> None:
        for page in (site / "reference").glob("*.html"):
            assert not re.findall(r":(?:class|func|meth|mod|data|attr):", page.read_text()), page.name

    @pytest.mark.parametrize(
        ("notebook", "shown"),
        [
            ("repair", "n_p = 2, n_fr = 1: 0.562"),
            ("reflexion", "double, trial 3: the hidden tests say passed"),
            ("structure", "There is a cycle, which no order can have"),
            ("align", "rows: 9 in, 3 out, 3 rejected: wrong answer, 3 rejected: passes with stubs: echo"),
        ],
    )
    def test_a_notebook_was_executed(self, site: Path, notebook: str, shown: str) -> None:
        assert shown in text_of(site / "notebooks" / f"{notebook}.html")


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_holds_no_outputs(notebook: Path) -> None:
    """They would be of another day than the code."""
    cells = json.loads(notebook.read_text())["cells"]
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]


def test_every_picture_has_its_command() -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        text = page.read_text()
        for picture in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text):
            assert (page.parent / picture).is_file(), picture
            assert re.search(r"python (?:bench|scripts)/\w+\.py", text), (
                f"{page.name} does not say how {picture} was made"
            )
