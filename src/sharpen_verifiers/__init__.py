r"""Repair as an environment of ``verifiers`` (https://docs.primeintellect.ai/verifiers).

::

    vf-eval sharpen-verifiers --env.taskset.benchmark mbpp --env.repairs 2 \
        --model NAME --client.base-url http://localhost:8000/v1 --no-push

The problem is the first question, what visible tests say of each program is the next, and hidden tests give
the reward of the last answer. ``verifiers`` finds an environment by the name of a top-level module, which is
why this is none of the package ``sharpen``.
"""

from collections.abc import Iterator
from functools import cache

import verifiers.v1 as vf

from sharpen.repair_episodes import RepairEpisodes
from sharpen.types import Problem

__all__ = ["RepairEnv", "RepairTasks"]


class RepairTaskConfig(vf.TaskConfig):
    """Where programs run."""

    service: str = ""
    """The address of a ``sharpen sandbox serve``; this process's sandbox if empty."""


class RepairTasksConfig(vf.TasksetConfig):
    """Which problems are asked."""

    benchmark: str = "humaneval"
    """A benchmark's word, as for ``sharpen repair``."""
    task: RepairTaskConfig = RepairTaskConfig()


class RepairData(vf.TaskData):
    """A problem: ``id`` is the benchmark's."""

    benchmark: str


class RepairTask(vf.Task[RepairData, vf.State, RepairTaskConfig]):
    """A problem with its visible and hidden tests."""

    async def observe(self, answer: str) -> str | None:
        """Return the question that asks for a repair; None where there is nothing to repair."""
        return await self._episodes.observe(self._problem, answer)

    @vf.reward
    async def passes(self, trace: vf.Trace) -> float:
        """Return 1 where the last answer's program passes the hidden tests; an error is not a reward."""
        return await self._episodes.reward(self._problem, trace.last_reply)

    @property
    def _episodes(self) -> RepairEpisodes:
        return episodes_of(self.data.benchmark, self.config.service)

    @property
    def _problem(self) -> Problem:
        return problems_of(self._episodes)[self.data.id or ""]


class RepairTasks(vf.Taskset[RepairTask, RepairTasksConfig]):
    """The problems of a benchmark."""

    def load(self) -> Iterator[RepairTask]:
        """Yield them in the benchmark's order."""
        episodes = episodes_of(self.config.benchmark, self.config.task.service)
        for problem in episodes.problems:
            prompt = episodes.prompt(problem)
            data = RepairData(id=problem.id, benchmark=self.config.benchmark, prompt=prompt)
            yield RepairTask(data, self.config.task)


class RepairEnvConfig(vf.EnvConfig):
    """How an episode goes."""

    agent: vf.AgentConfig = vf.AgentConfig(harness={"id": "null"}, runtime=vf.SubprocessConfig())
    """Who writes programs: a chat without tools, whose requests are sent from this machine."""
    repairs: int = 1
    """Repairs after the first program, at most."""


class RepairEnv(vf.Env[RepairEnvConfig]):
    """A program and its repairs, in one conversation."""

    async def run(self, task: RepairTask, agents: vf.Agents) -> None:
        """Ask for a program, then for repairs as long as a visible test fails."""
        async with agents.agent.interaction(task) as talk:
            answer = await talk.turn()
            for _ in range(self.config.repairs):
                if answer.terminated:
                    return
                question = await task.observe(answer.last_reply)
                if question is None:
                    return
                answer = await talk.turn(question)


@cache
def episodes_of(benchmark: str, service: str) -> RepairEpisodes:
    """Return the episodes of a benchmark: one sandbox for all of a process's tasks."""
    return RepairEpisodes(benchmark, service=service)


@cache
def problems_of(episodes: RepairEpisodes) -> dict[str, Problem]:
    """Return the problems by their ids."""
    return {problem.id: problem for problem in episodes.problems}
