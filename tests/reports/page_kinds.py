"""One page of every kind of report, with text in it that a model could have written to do harm."""

import asyncio
from pathlib import Path

import pytest

from sharpen import api
from sharpen.models.scripted import Scripted
from sharpen.reports import publish
from sharpen.selfcodealign.generate import method
from sharpen.selfcodealign.generate.pipeline import Align
from tests.align_world import answer, seeds_file
from tests.improve_world import improve_run
from tests.methods.reflexion_world import script, solve
from tests.selfcodealign.generate.test_pipeline import Summing
from tests.structure_world import CYCLE, RIGHT, Scribe, ran
from tests.written_runs import Feedback, Task, failing, passing, write_run

HOSTILE = (
    '</script></template><img src=x onerror="window.hacked = true"><script>window.hacked = true</script>'
)
KINDS = ("repair", "two", "sample", "reflexion", "structure", "align", "improve")


def write_pages(directory: Path) -> dict[str, Path]:
    """Write a page of each kind and return where they are."""
    runs = repair_runs(directory)
    kinds = {
        "repair": runs[:1],
        "two": runs,
        "sample": runs[1:],
        "reflexion": reflexion_runs(directory),
        "structure": structure_runs(directory),
        "align": [align_run(directory)],
    }
    pages = {name: publish.write(of, directory / f"{name}.html") for name, of in kinds.items()}
    return pages | {"improve": improve_run(directory / "improve", wrong=HOSTILE) / "report.html"}


def repair_runs(directory: Path) -> list[Path]:
    """A run of full trees with six problems, all of whose texts are hostile, and its baseline."""
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
    return [run, write_run(directory, iid, name="iid", method="sample", n=5)]


def reflexion_runs(directory: Path) -> list[Path]:
    """Two strategies on three problems, of which the last is never solved."""

    def programs(prompt: object, index: int) -> str:
        return f"1 2 {HOSTILE}" if "p/2" in str(prompt) else ["1", "1 2", "1 2 3 right"][index % 3]

    for strategy, trials in {"reflexion": 4, "simple": 12}.items():
        place = directory / strategy
        asyncio.run(solve(place, script(programs), size=3, trials=trials, strategy=strategy))
    return [directory / "reflexion", directory / "simple"]


def structure_runs(directory: Path) -> list[Path]:
    """Two runs over two items, of which one answer cannot be read."""
    two = ("edges/0", "edges/1")
    asyncio.run(ran(directory / "plain", Scribe([RIGHT, HOSTILE]), ids=two, concurrency=1))
    scribe = Scribe([CYCLE, RIGHT, RIGHT])
    asyncio.run(ran(directory / "repaired", scribe, ids=two, repairs=1, concurrency=1))
    return [directory / "plain", directory / "repaired"]


def align_run(directory: Path) -> Path:
    """A run of four seeds."""

    def hostile(prompt: object, index: int) -> str:
        return answer(prompt, index).replace("Add them up.", HOSTILE)

    config = Align(benchmark=str(seeds_file(directory)), model="scripted", n=4, shots=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(method, "open_sandbox", lambda _: Summing())
        asyncio.run(api.execute(config, directory / "align", opener=lambda spec: Scripted(hostile, spec)))
    return directory / "align"
