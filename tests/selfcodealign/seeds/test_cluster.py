"""The stages of seeds on a real Ray cluster on this machine."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sharpen.errors import AccessError, DataError, UsageError
from sharpen.selfcodealign import stage_files
from sharpen.selfcodealign.rows import Seed
from sharpen.selfcodealign.seeds import gather as seeds
from sharpen.selfcodealign.seeds.gather import gather
from sharpen.selfcodealign.seeds.mining import MiningReport
from sharpen.selfcodealign.seeds.parts import File
from sharpen.selfcodealign.seeds.sources import folder
from tests.align_files import write_files
from tests.selfcodealign.seeds.test_gather import benchmark, corpus  # noqa: F401 - fixtures

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'sharpen[ray]'")
pytest.importorskip("ray.data", reason="Ray Data is not installed: pip install 'sharpen[ray]'")

from sharpen.selfcodealign.seeds import cluster  # noqa: E402 - only where Ray is
from tests.data_set_hub import TOKEN, DataSets, parquet, row, serving  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")  # Ray's own are Ray's

GOOD = 'def {0}(x):\n    """Return {0} of x."""\n    return [x, "{0}"]\n'
SLOW = "x = [1, 2, 3]\n" * 28_000
"""Takes a second to parse, so that the first file is done after the others."""
GATED = "my/gated"


@pytest.fixture(scope="module")
def hub() -> Iterator[DataSets]:
    with serving() as result:
        for name in ("my/code", GATED):
            result.sets[name] = {
                f"data/{number}.parquet": parquet(
                    [
                        row(f"{number}{n}.py", GOOD.format(f"f{number}{n}") + SLOW * (number + n == 0))
                        for n in range(5)
                    ]
                )
                for number in range(3)
            }
        yield result


@pytest.fixture(scope="module", autouse=True)
def nodes(hub: DataSets) -> Iterator[None]:
    """A cluster of two processors; Ray's sockets need a short name. Its tasks have the token from the start."""
    with (
        tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as place,
        pytest.MonkeyPatch.context() as patch,
    ):
        Path(place).chmod(0o711)
        patch.setenv("TMPDIR", place)  # of the sandboxes on the nodes
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_AUTH_MODE", "disabled")
        patch.setenv("HF_ENDPOINT", hub.url)
        patch.setenv("HF_TOKEN", TOKEN)
        patch.setenv("SHARPEN_HOME", f"{place}/home")
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, _temp_dir=place)
        yield
        ray.shutdown()


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many tasks, which send few rows at a time."""
    monkeypatch.setattr(cluster, "_FILES", 2)


def files(directory: Path) -> dict[str, bytes]:
    """What is in a directory, but the journal, which holds times."""
    result = (path for path in directory.iterdir() if not path.name.startswith("journal.db"))
    return {path.name: path.read_bytes() for path in result}


def test_a_cluster_changes_no_byte(corpus: Path, benchmark: str, tmp_path: Path) -> None:  # noqa: F811
    here, there = tmp_path / "here", tmp_path / "there"
    message = [
        gather(str(corpus), here, [benchmark], workers=1),
        gather(str(corpus), there, [benchmark], where="ray"),
    ]
    assert files(here) == files(there)
    assert message[0] == message[1]
    assert message[0][0].reasons[seeds.EXACT] == 5


def test_nodes_read_the_hub_themselves_and_rows_keep_their_order(
    hub: DataSets,
    benchmark: str,  # noqa: F811
    tmp_path: Path,
) -> None:
    gather("hf://datasets/my/code", tmp_path / "here", [benchmark], workers=1)
    gather("hf://datasets/my/code", tmp_path / "there", [benchmark], where="ray")
    assert files(tmp_path / "here") == files(tmp_path / "there")
    selected = [seed.name for seed in stage_files.read(tmp_path / "there" / "seeds.jsonl", Seed)]
    assert selected == [f"f{number}{n}" for number in range(3) for n in range(5)]


def test_a_gathering_that_ended_goes_on(hub: DataSets, benchmark: str, tmp_path: Path) -> None:  # noqa: F811
    last = "data/2.parquet"
    whole, hub.sets["my/code"][last] = hub.sets["my/code"][last], parquet([{"size": 1}], None)
    with pytest.raises(DataError, match=rf"{last} has no texts in a column of the code"):
        gather("hf://datasets/my/code", tmp_path / "there", [benchmark], where="ray")
    assert len(list((tmp_path / "there" / "seeds.shards").glob("*.gz"))) == 2
    hub.sets["my/code"][last] = whole
    hub.requests.clear()
    gather("hf://datasets/my/code", tmp_path / "there", [benchmark], where="ray")
    assert sum("resolve" in path for path in hub.requests) == 1
    selected = [seed.name for seed in stage_files.read(tmp_path / "there" / "seeds.jsonl", Seed)]
    assert selected == [f"f{number}{n}" for number in range(3) for n in range(5)]


def test_a_limit_is_of_functions_here_too(corpus: Path, benchmark: str, tmp_path: Path) -> None:  # noqa: F811
    for name, options in (("here", {"workers": 1}), ("there", {"where": "ray"})):
        gather(str(corpus), tmp_path / name, [benchmark], limit=7, **options)
    assert files(tmp_path / "here") == files(tmp_path / "there")


def judged(parts: Any) -> list[Any]:
    return list(cluster.judged(cluster.tasks(iter(parts))))


def test_what_a_node_is_refused_is_said_as_on_this_machine(hub: DataSets) -> None:
    from sharpen.selfcodealign.seeds.shards import shards

    hub.gated.add(GATED)
    hub.granted = False
    with pytest.raises(AccessError, match="accept the terms"):
        judged(shards(f"hf://datasets/{GATED}"))


def test_a_folder_that_a_node_does_not_see_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ghost = File(str(tmp_path / "ghost.py"), "mine", "", "ghost.py", "")
    (report,) = judged([ghost])
    assert report == MiningReport(
        1, {"No such file or directory": 1}, f"{ghost.where} is No such file or directory"
    )
    monkeypatch.setattr(cluster.Path, "exists", lambda path: True)
    with pytest.raises(DataError, match=r"not every node .* from .*ghost\.py on"):
        judged([ghost])


def test_a_node_with_another_python_ends_it(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(cluster.typecheck, "environment", lambda: "Python 4")
    with pytest.raises(UsageError, match=r"node .* has Python 3.*this machine Python 4"):
        judged(folder(corpus))


def test_nothing_is_nothing() -> None:
    assert judged([]) == []


def test_responses_are_judged_on_a_cluster_as_on_this_machine(sharpen: Any, tmp_path: Path) -> None:
    for name in ("here", "there"):
        write_files(tmp_path / name)
        (tmp_path / name / "rows.jsonl").unlink()
        words = ("align", "validate", name, "--seeds", f"{name}/seeds.jsonl", "--mutants", "3")
        code, _, err = sharpen(*words, "--sandbox", "ray" if name == "there" else "local")
        assert code == 0, err
    assert files(tmp_path / "here") == files(tmp_path / "there")
