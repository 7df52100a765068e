"""verifiers itself plays the episodes, against a server that answers as a script says."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.models.conftest import HttpServer, Reply, Request, in_a_thread

vf = pytest.importorskip("verifiers.v1", reason="no verifiers: pip install verifiers to run this")
pytest.importorskip("uv", reason="no uv, with which verifiers starts its chat program: pip install uv")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]

RIGHT = "```python\ndef add(a, b):\n    return a + b\n```"
WRONG = RIGHT.replace("+", "-")


NAMED = {"id": "1", "created": 0, "model": "coder"}


def whole(text: str) -> Reply:
    reply = HttpServer.answer(text)
    reply.content.update(NAMED, object="chat.completion")
    reply.content["choices"][0]["index"] = 0
    return reply


def streamed(text: str) -> Reply:
    usage = HttpServer.answer().content["usage"] | {"total_tokens": 10}
    deltas: list[tuple[dict[str, str], str | None]] = [
        ({"role": "assistant", "content": text}, None),
        ({}, "stop"),
    ]
    choices = [[{"index": 0, "delta": delta, "finish_reason": reason}] for delta, reason in deltas]
    pieces = [NAMED | {"object": "chat.completion.chunk", "choices": each} for each in [*choices, []]]
    pieces[-1]["usage"] = usage
    events = "".join(f"data: {json.dumps(piece)}\n\n" for piece in pieces)
    return Reply(content=events + "data: [DONE]\n\n", headers={"Content-Type": "text/event-stream"})


@pytest.fixture
def model() -> Iterator[HttpServer]:
    """A server in a thread that writes a wrong program first, and repairs it when it is asked to."""

    def behave(request: Request) -> Reply:
        repairs = "it failed" in json.dumps(request.body["messages"])
        text = RIGHT if repairs else WRONG
        return streamed(text) if request.body.get("stream") else whole(text)

    with in_a_thread(behave) as server:
        yield server


@pytest.mark.parametrize(("repairs", "reward", "answers"), [(0, 0.0, 1), (2, 1.0, 2)])
def test_visible_tests_are_observations_and_hidden_tests_the_reward(
    model: HttpServer, benchmark_file: Path, repairs: int, reward: float, answers: int
) -> None:
    from verifiers.v1.utils.loaders import load_environment, resolve_env_config

    taskset = {"id": "sharpen-verifiers", "benchmark": str(benchmark_file)}
    env = load_environment(resolve_env_config({"taskset": taskset, "repairs": repairs}))
    task = next(iter(env.taskset))
    client = vf.EvalClientConfig(base_url=model.url, api_key_var="NONE")

    async def play() -> vf.Episode:
        async with env.serving():
            return await env.run_episode(task, vf.ModelContext(model="coder", client=client))

    episode = asyncio.run(play())
    assert episode.ok, episode.errors
    (trace,) = episode.traces
    assert trace.rewards["passes"].value == reward
    sampled = [node for node in trace.nodes if node.sampled]
    assert len(sampled) == answers
    assert task.data.id == "mine/add"
