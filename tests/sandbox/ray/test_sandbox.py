"""The sandbox on a real Ray cluster of two nodes on this machine; what is killed loses nothing."""

import asyncio
import os
import signal
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sharpen.errors import SandboxError
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import AssertTest, CallTest, Program, StdioTest, Suite, Verdict
from tests.sandbox.conftest import processes_naming, wait_until
from tests.sandbox.hostile import catalogue

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'sharpen[ray]'")

from sharpen.sandbox.ray import sandbox as elsewhere  # noqa: E402 - only where Ray is

RaySandbox = elsewhere.RaySandbox

pytestmark = pytest.mark.filterwarnings("default")  # Ray's own are Ray's

SQUARE = Suite((CallTest("c", (3,), 9),), "f")
SLOW = "import time\ndef f(x):\n    time.sleep(0.2)\n    return x * x + {}\n"
LIMITS = Limits(cpu_seconds=5.0, wall_seconds=120.0)
TRIES = 3
SECONDS = 120


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where the pools make their folders, and Ray its own; Ray's sockets need a short name."""
    with tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture(scope="module")
def cluster(folder: Path) -> Iterator[Any]:
    """Two nodes of one processor each."""
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_AUTH_MODE", "disabled")
        result = _started(lambda: Cluster(initialize_head=True, head_node_args={"num_cpus": 1}))
        _started(lambda: result.add_node(num_cpus=1))
        ray.init(address=result.address, log_to_driver=False)
        yield result
        ray.shutdown()
        result.shutdown()


def _started(start: Callable[[], Any]) -> Any:
    """Start a node; Ray gives one 30 s, which is little on a busy machine."""
    for _ in range(TRIES - 1):
        try:
            return start()
        except Exception as error:  # noqa: BLE001 - Ray raises no narrower one
            warnings.warn(f"a node did not start: {error}", stacklevel=2)
    return start()


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as result:
        yield result


@pytest.fixture(scope="module")
def sandbox(cluster: Any, runner: asyncio.Runner) -> Iterator[RaySandbox]:
    """A sandbox on the cluster, warm; each test leaves it able to work, the last one closes it."""
    result = RaySandbox()

    async def warm() -> None:
        await asyncio.gather(*await many(result, 4))
        await asyncio.wait_for(_pools_are(2), SECONDS)

    runner.run(warm())
    yield result
    runner.run(result.close())


def facts(verdict: Verdict) -> tuple[object, ...]:
    """What must be the same wherever a program runs."""
    return verdict.kind, verdict.outcomes, verdict.message, verdict.trust


async def many(sandbox: RaySandbox, count: int = 24) -> list[asyncio.Task[Verdict]]:
    """Start programs, every third of them wrong, and wait until some have their verdicts."""
    tasks = [
        asyncio.create_task(sandbox.execute(Program(SLOW.format(int(i % 3 == 0))), SQUARE, LIMITS))
        for i in range(count)
    ]
    for first in asyncio.as_completed(tasks[:4]):
        await first
    return tasks


def pools() -> list[int]:
    """The processes of the pools."""
    return [pid for pid in processes_naming("ray::Pool") if Path(f"/proc/{pid}").exists()]


async def _pools_are(count: int) -> None:
    while len(pools()) != count:  # noqa: ASYNC110 - there is nobody to ask
        await asyncio.sleep(0.1)


def test_verdicts_and_keys_are_those_of_this_machine(sandbox: RaySandbox, runner: asyncio.Runner) -> None:
    programs = [(hostile, suite) for _, hostile in catalogue()[::12] for suite in hostile.suites()]
    programs = [(each, suite) for each, suite in programs if each.kind not in ("timeout", "memory")]

    async def judged(where: Any) -> list[Verdict]:
        return await asyncio.gather(
            *(where.execute(Program(each.program), suite, LIMITS) for each, suite in programs),
            where.execute(Program("print(input())"), Suite((StdioTest("s", "a", "b"),)), LIMITS),
            where.execute(Program(" "), SQUARE, LIMITS),
            where.execute(Program("x = 1"), Suite((AssertTest("a", "assert x == 2"),)), LIMITS),
        )

    async def both() -> tuple[list[Verdict], list[Verdict]]:
        here = ProcessSandbox(1)
        assert sandbox.version == here.version
        result = await judged(sandbox), await judged(here)
        await here.close()
        return result

    there, here = runner.run(both())
    assert len(there) > 10
    assert list(map(facts, there)) == list(map(facts, here))


def test_what_the_sandbox_refuses_is_refused_in_its_words(
    sandbox: RaySandbox, runner: asyncio.Runner
) -> None:
    with pytest.raises(SandboxError, match=r"^the suite has no tests, so every program would pass it$"):
        runner.run(sandbox.execute(Program("x = 1"), Suite(()), LIMITS))


def test_no_more_is_sent_than_the_pools_have_places_for(
    sandbox: RaySandbox, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = most = 0
    inner = elsewhere._value

    async def counted(reference: Any) -> Any:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return await inner(reference)
        finally:
            running -= 1

    async def work() -> None:
        await asyncio.gather(*await many(sandbox, 20))

    monkeypatch.setattr(elsewhere, "_value", counted)
    runner.run(work())
    assert most == sandbox.in_flight == 4


def test_a_program_that_is_cancelled_ends_and_gives_its_place_back(
    sandbox: RaySandbox, runner: asyncio.Runner
) -> None:
    async def work() -> None:
        endless = Program("def f(x):\n    while True: pass\n")
        tasks = [
            asyncio.create_task(sandbox.execute(endless, SQUARE, Limits(cpu_seconds=600, wall_seconds=600)))
            for _ in range(sandbox.in_flight)
        ]
        await asyncio.sleep(1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert all(task.cancelled() for task in tasks)
        await asyncio.gather(*await many(sandbox, 4))

    runner.run(work())


def test_pools_that_are_killed_lose_nothing(sandbox: RaySandbox, runner: asyncio.Runner) -> None:
    killed = pools()

    async def work() -> list[Verdict]:
        tasks = await many(sandbox)
        for pool in killed:
            os.kill(pool, signal.SIGKILL)
        assert not all(task.done() for task in tasks)
        return await asyncio.gather(*tasks)

    assert len(killed) == 2
    verdicts = runner.run(work())
    assert [verdict.kind for verdict in verdicts] == ["wrong_answer", "passed", "passed"] * 8
    assert not set(killed) & set(pools())


def test_a_node_that_joins_helps_and_when_it_is_lost_nothing_is(
    cluster: Any, sandbox: RaySandbox, runner: asyncio.Runner
) -> None:
    before = sandbox.in_flight
    node = _started(lambda: cluster.add_node(num_cpus=1))
    assert sandbox.in_flight == before + 2

    async def work() -> list[Verdict]:
        await asyncio.wait_for(_pools_are(3), SECONDS)
        tasks = await many(sandbox)
        cluster.remove_node(node, allow_graceful=False)
        assert not all(task.done() for task in tasks)
        return await asyncio.gather(*tasks)

    verdicts = runner.run(work())
    assert [verdict.kind for verdict in verdicts] == ["wrong_answer", "passed", "passed"] * 8


def test_closing_ends_what_runs_and_leaves_nothing(
    sandbox: RaySandbox, runner: asyncio.Runner, folder: Path
) -> None:
    # Ray kills the judges of a pool that it kills, and then nobody is left to remove their folders.
    of_the_killed = {place for place in folder.glob("sharpen-*") if not processes_naming(place)}

    async def work() -> None:
        tasks = await many(sandbox, 12)
        await sandbox.close()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(each) for each in ended} == {Verdict, SandboxError}
        with pytest.raises(SandboxError, match="the sandbox is closed"):
            await sandbox.execute(Program("x = 1"), SQUARE, LIMITS)

    runner.run(work())
    wait_until(lambda: not pools())
    wait_until(lambda: not processes_naming(folder / "sharpen-"))
    assert set(folder.glob("sharpen-*")) == of_the_killed


def test_a_node_with_other_code_is_left_out(cluster: Any) -> None:
    async def work() -> None:
        sandbox = RaySandbox()
        sandbox._version = "another"
        with (
            pytest.warns(RuntimeWarning, match="runs no programs"),
            pytest.raises(SandboxError, match=r"no node .* and not another"),
        ):
            await sandbox.execute(Program("x = 1"), SQUARE, LIMITS)
        await sandbox.close()

    asyncio.run(work())
