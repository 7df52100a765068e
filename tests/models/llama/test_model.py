"""The embedded engine with a real model: SmolLM2 135M, which writes little sense at great speed."""

import asyncio
import dataclasses
import hashlib
import re
import sys
import threading
from pathlib import Path

import anyio
import pytest

from sharpen.errors import ContextOverflowError, ModelUnavailableError
from sharpen.models.llama.engine import Engine, EngineSettings, usable_cores
from sharpen.models.llama.model import Llama
from sharpen.models.spec import open_model
from sharpen.models.weights import pull
from sharpen.types import Completion, Message, Sampling

pytestmark = [pytest.mark.model, pytest.mark.anyio]

GREEDY = Sampling(temperature=0, max_tokens=12)
WARM = Sampling(temperature=0.8, max_tokens=12)
SEA = (Message("user", "Tell me in a few words about the sea, the sky and the wind."),)
TWO = (Message("user", "Write a Python function that adds two numbers."),)


async def draw(model: Llama, prompt, sampling: Sampling, indices=(0,)) -> list[Completion]:
    result = {index: completion async for index, completion in model.sample(prompt, sampling, indices)}
    assert sorted(result) == sorted(indices)
    return [result[index] for index in indices]


def counted(completion: Completion) -> Completion:
    """The completion without what may differ from run to run."""
    return dataclasses.replace(completion, seconds=0.0, cached_tokens=0)


def copies(model: Llama) -> list[Path]:
    return list(model._scratch.path.glob("*"))


@pytest.fixture(scope="module")
def reference():
    """The same engine, asked without any of our scheduling: a dictionary in, a dictionary out."""
    engine = Engine(pull("smollm2-135m").path, EngineSettings(slots=1, context=512), Path("/nowhere"))
    yield engine._server
    engine.close()


async def test_greedy_is_what_the_engine_itself_says(embedded, reference):
    (ours,) = await draw(embedded, SEA, GREEDY)
    body = {"messages": [{"role": "user", "content": SEA[0].content}], "temperature": 0, "max_tokens": 12}
    theirs = reference.handle_chat_completions(body)
    assert ours.text == theirs["choices"][0]["message"]["content"]
    assert ours.finish_reason == theirs["choices"][0]["finish_reason"] == "length"
    assert ours.prompt_tokens == theirs["usage"]["prompt_tokens"]


async def test_tokens_are_counted_exactly(embedded, reference):
    prompt = "def add(a, b):\n    return"
    for index, ours in enumerate(await draw(embedded, prompt, WARM, range(3))):
        body = {
            "prompt": prompt,
            "max_tokens": 12,
            "temperature": 0.8,
            "top_p": 0.95,
            "samplers": ["temperature", "top_p"],
            "seed": WARM.request_seed(index),
            "logprobs": 1,
        }
        theirs = reference.handle_completions(body)
        logged = len(theirs["choices"][0]["logprobs"]["content"])
        assert theirs["usage"]["completion_tokens"] == logged
        if ours.text == theirs["choices"][0]["text"]:
            assert ours.completion_tokens == logged
        assert 0 < ours.completion_tokens <= 12


async def test_a_string_is_continued_and_messages_are_answered(embedded):
    (continued,) = await draw(embedded, SEA[0].content, GREEDY)
    (answered,) = await draw(embedded, SEA, GREEDY)
    assert continued.text != answered.text
    assert answered.prompt_tokens > continued.prompt_tokens, "the chat template adds its own tokens"


async def test_alone_a_seeded_sample_repeats_and_seeds_differ(embedded):
    texts = [[c.text for i in range(4) for c in await draw(embedded, TWO, WARM, [i])] for _ in range(2)]
    assert texts[0] == texts[1]
    assert len(set(texts[0])) > 1
    (other,) = await draw(embedded, TWO, dataclasses.replace(WARM, seed=1))
    assert other.text not in texts[0][:1]


async def test_temperature_comes_before_the_nucleus(embedded):
    """At a high temperature the nucleus holds nearly all: that order, not the engine's, is the papers'."""
    hot = dataclasses.replace(WARM, temperature=5.0, top_p=0.5)
    cold = dataclasses.replace(hot, temperature=0.05)
    assert len({c.text for c in await draw(embedded, SEA, hot, range(6))}) == 6
    assert len({c.text for c in await draw(embedded, SEA, cold, range(6))}) == 1


async def test_many_prompts_and_samples_run_together(embedded):
    prompts = [(Message("user", f"Count to {n} in words."),) for n in range(5, 12)]
    result = await asyncio.gather(*(draw(embedded, prompt, WARM, range(3)) for prompt in prompts))
    assert [len(samples) for samples in result] == [3] * 7
    assert all(0 < c.completion_tokens <= 12 for samples in result for c in samples)


async def test_the_prompt_is_evaluated_once_for_all_its_samples(embedded):
    first, *others = await draw(embedded, SEA, WARM, range(7))
    assert first.cached_tokens == 0
    # The engine always evaluates the last token anew, as its logits are not part of the state.
    assert {c.cached_tokens for c in others} == {first.prompt_tokens - 1}


async def test_a_repair_evaluates_only_its_new_turn(embedded):
    parents = await draw(embedded, TWO, dataclasses.replace(WARM, max_tokens=30), range(4))
    (alone,) = await draw(embedded, (Message("user", "That is wrong: mend it."),), GREEDY)
    for parent in parents:
        prompt = (*TWO, Message("assistant", parent.text), Message("user", "That is wrong: mend it."))
        (repair,) = await draw(embedded, prompt, GREEDY)
        assert repair.cached_tokens >= parent.prompt_tokens
        assert repair.prompt_tokens - repair.cached_tokens <= alone.prompt_tokens + 5


async def test_what_was_cached_changes_no_answer(embedded, reference):
    long = dataclasses.replace(GREEDY, max_tokens=40)
    await draw(embedded, TWO, WARM, range(4))
    (ours,) = await draw(embedded, TWO, long)
    body = {"messages": [{"role": "user", "content": TWO[0].content}], "temperature": 0, "max_tokens": 40}
    assert ours.text == reference.handle_chat_completions(body)["choices"][0]["message"]["content"]


async def test_stop_strings_end_an_answer_and_are_not_part_of_it(embedded):
    (whole,) = await draw(embedded, SEA, dataclasses.replace(GREEDY, max_tokens=30))
    word = whole.text.split()[3]
    (cut,) = await draw(embedded, SEA, dataclasses.replace(GREEDY, max_tokens=30, stop=(word,)))
    assert cut.finish_reason == "stop"
    assert cut.text == whole.text[: whole.text.index(word)]


@pytest.mark.parametrize("prompt", [SEA, "The sea is"], ids=["messages", "text"])
async def test_a_grammar_leaves_only_its_own_words(embedded, prompt):
    ruled = dataclasses.replace(WARM, grammar='root ::= ("wet" | "salt") " " [0-9]')
    for answer in await draw(embedded, prompt, ruled, range(4)):
        assert re.fullmatch(r"(wet|salt) [0-9]", answer.text)


async def test_an_answer_that_reaches_the_end_of_the_context_is_cut(embedded):
    (result,) = await draw(embedded, "word " * 480, dataclasses.replace(GREEDY, max_tokens=500))
    assert result.finish_reason == "length"
    assert result.prompt_tokens + result.completion_tokens <= 512


@pytest.mark.parametrize("indices", [[0], [0, 1, 2]])
async def test_a_prompt_that_does_not_fit_is_its_own_error_and_the_next_one_works(embedded, indices):
    with pytest.raises(ContextOverflowError, match="512"):
        await draw(embedded, "word " * 600, GREEDY, indices)
    (fine,) = await draw(embedded, SEA, GREEDY)
    assert fine.completion_tokens == 12


async def test_a_cancelled_call_leaves_the_engine_free(embedded):
    endless = dataclasses.replace(WARM, max_tokens=400, temperature=2.0)
    await draw(embedded, SEA, GREEDY)
    with anyio.move_on_after(0.5) as scope:
        await draw(embedded, SEA, endless, range(9))
    assert scope.cancelled_caught
    (fine,) = await draw(embedded, SEA, GREEDY)
    assert fine.completion_tokens == 12


async def test_who_stops_listening_stops_the_rest(embedded):
    samples = embedded.sample(SEA, dataclasses.replace(WARM, max_tokens=30), range(30))
    await anext(samples)
    await samples.aclose()
    assert all(not task.get_coro().__name__.startswith("_follow") for task in asyncio.all_tasks())


async def test_closing_leaves_no_thread_and_no_file(embedded):
    await draw(embedded, SEA, GREEDY)
    assert copies(embedded)
    await embedded.close()
    assert not copies(embedded)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("llama")]


async def test_nobody_without_its_key_may_use_the_engines_port(embedded):
    import httpx2

    await draw(embedded, SEA, GREEDY)
    url = embedded._slots.engine._server.listening_address
    async with httpx2.AsyncClient(trust_env=False) as client:
        reply = await client.post(f"{url}/v1/completions", json={"prompt": "a", "max_tokens": 1})
    assert reply.status_code == 401


def test_the_identity_is_the_hash_of_the_weights(tmp_path):
    weights = pull("smollm2-135m")
    copy = tmp_path / "copy.gguf"
    copy.symlink_to(weights.path)
    stored, mine = open_model("smollm2-135m"), open_model(str(copy))
    digest = hashlib.sha256(weights.path.read_bytes()).hexdigest()
    assert stored.identity == mine.identity == f"sha256:{digest}"
    assert (stored.name, mine.name) == ("smollm2-135m", str(copy))


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "not a GGUF"), (b"<html>", "not a GGUF"), (b"GGUF\x03" + b"\0" * 100, "cannot load")],
)
async def test_a_file_that_is_no_model_is_one_sentence(tmp_path, monkeypatch, content, words):
    monkeypatch.setenv("SHARPEN_HOME", str(tmp_path))
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)
    model = Llama.open(str(path))
    with pytest.raises(ModelUnavailableError, match=words) as failure:
        await draw(model, SEA, GREEDY)
    assert str(path) in str(failure.value)
    await model.close()


@pytest.fixture
def truncated(tmp_path):
    path = tmp_path / "cut.gguf"
    path.write_bytes(pull("smollm2-135m").path.read_bytes()[:50_000_000])
    return Llama("cut", path, "")


async def test_a_truncated_model_is_one_sentence(truncated):
    model = truncated
    with pytest.raises(ModelUnavailableError, match="damaged"):
        await draw(model, SEA, GREEDY)
    await model.close()


def test_a_missing_file_is_one_sentence():
    with pytest.raises(ModelUnavailableError, match=r"there is no file nothing\.gguf"):
        Llama.open("nothing.gguf")


async def test_a_missing_engine_is_one_sentence(embedded, monkeypatch):
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(ModelUnavailableError, match="install xllamacpp"):
        await draw(embedded, SEA, GREEDY)


def test_there_is_a_thread_for_each_usable_core():
    assert EngineSettings().threads == usable_cores() >= 1
