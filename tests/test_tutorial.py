"""The code of the tutorial runs as it stands, with scripted answers where a model of the store is named."""

import re
from pathlib import Path

import pytest

import sharpen
from sharpen.models.scripted import Scripted

PAGES = Path(__file__).parents[1] / "docs" / "tutorial"


def blocks(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", (PAGES / page).read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.anyio
async def test_problems_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text(blocks("own-problems.md")[0])
    tasks = f"{tmp_path / 'tasks.py'}:load"
    assert len(sharpen.benchmarks_show(tasks).problems) == 2
    validation = await sharpen.validate(tasks)
    assert [each.verdict.passed for each in validation.of("reference")] == [True]
    assert validation.killed == 1


@pytest.mark.parametrize(("page", "block"), [("own-problems.md", 1), ("own-model.md", 0)])
def test_code_of_a_notebook(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    page: str,
    block: int,
) -> None:
    monkeypatch.chdir(tmp_path)
    model = Scripted(lambda *_: "def add(a, b):\n    return a + b")
    monkeypatch.setattr("sharpen.verbs.open_model", lambda *_, **__: model)
    names: dict[str, object] = {}
    exec(blocks(page)[block], names)
    results = names["results"]
    assert isinstance(results, sharpen.Results)
    assert all(row["passed"] for row in results.samples())
    assert "pass" in capsys.readouterr().out


def test_the_trainer_of_the_tutorial_is_the_one_that_is_tested() -> None:
    """tests/exports/test_trl.py trains with it."""
    assert blocks("training-loop.md")[0] in (PAGES.parent / "extending.md").read_text()
