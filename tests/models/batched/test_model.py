"""``torch:NAME`` on a tiny model beside llama.cpp, and on a real one."""

import asyncio
from collections import Counter

import anyio
import numpy as np
import pytest

from sharpen.errors import ContextOverflowError, ModelUnavailableError, UsageError
from sharpen.models.batched.model import Batched
from sharpen.models.llama.model import Llama
from sharpen.models.precision import quicker_dtype
from sharpen.models.spec import open_model
from sharpen.types import Message, Sampling
from tests.selfcodealign import tiny

pytest.importorskip("torch", reason="pip install 'sharpen[train]' brings torch")
pytest.importorskip("transformers", reason="pip install 'sharpen[train]' brings transformers")

pytestmark = pytest.mark.anyio

PROMPT = "def f(x):\n    re"
GREEDY = Sampling(temperature=0.0, top_p=1.0, max_tokens=12)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tiny.write(tmp_path_factory.mktemp("weights") / "base.gguf", tiny.weights())


async def drawn(model, prompt=PROMPT, sampling=GREEDY, indices=(0,)):
    return {index: completion async for index, completion in model.sample(prompt, sampling, indices)}


@pytest.fixture
async def model(file):
    opened = open_model(f"torch:{file}")
    yield opened
    await opened.close()


async def test_greedy_is_what_llama_cpp_says(model, file):
    other = Llama.open(str(file))
    theirs = (await drawn(other))[0]
    await other.close()
    ours = (await drawn(model))[0]
    assert (ours.text, ours.prompt_tokens, ours.completion_tokens, ours.finish_reason) == (
        theirs.text,
        theirs.prompt_tokens,
        theirs.completion_tokens,
        theirs.finish_reason,
    )


async def test_an_answer_does_not_depend_on_its_company(model):
    alone = (await drawn(model))[0].text
    prompts = [PROMPT[:length] for length in range(4, len(PROMPT) + 1)]
    together = await asyncio.gather(*(drawn(model, prompt) for prompt in prompts * 4))
    assert {
        answer[0].text for answer, prompt in zip(together, prompts * 4, strict=True) if prompt == PROMPT
    } == {alone}


async def test_samples_have_seeds_of_their_own(model):
    warm = Sampling(temperature=1.0, top_p=1.0, max_tokens=8)
    first = {index: one.text for index, one in (await drawn(model, sampling=warm, indices=range(6))).items()}
    again = {index: one.text for index, one in (await drawn(model, sampling=warm, indices=range(6))).items()}
    assert first == again
    assert len(set(first.values())) > 1


async def test_tokens_come_as_often_as_the_model_says(model, file):
    """The first token of 600 samples, against the shares that numpy computes."""
    warm = Sampling(temperature=0.7, top_p=0.8, max_tokens=1)
    tokens = model._tokenizer.encode(PROMPT) if model._tokenizer else None
    counts = Counter(one.text for one in (await drawn(model, sampling=warm, indices=range(600))).values())
    tokens = tokens or model._tokenizer.encode(PROMPT)
    logits = tiny.log_probabilities(tiny.weights(), tokens)[-1] / 0.7
    shares = np.exp(logits - logits.max())
    shares /= shares.sum()
    order = np.argsort(-shares)
    kept = order[: int((np.cumsum(shares[order]) - shares[order] < 0.8).sum())]
    expected = {model._tokenizer.decode([token]): shares[token] / shares[kept].sum() for token in kept}
    assert set(counts) <= set(expected)
    for text, share in expected.items():
        assert abs(counts[text] / 600 - share) < 4.5 * np.sqrt(share * (1 - share) / 600) + 1e-9


async def test_a_prompt_is_evaluated_once_for_all_its_samples(model):
    answers = await drawn(model, indices=range(5))
    fresh = sorted(one.prompt_tokens - one.cached_tokens for one in answers.values())
    assert fresh[:-1] == [1] * 4  # the last token alone


async def test_a_conversation_goes_on_from_what_is_held(model):
    answer = (await drawn(model))[0]
    longer = (await drawn(model, PROMPT + answer.text + "\nxyz"))[0]
    assert longer.cached_tokens >= answer.prompt_tokens


async def test_a_stop_string_ends_an_answer_and_is_not_part_of_it(model):
    whole = (await drawn(model))[0].text
    stop = whole[3:5]
    cut = (await drawn(model, sampling=Sampling(0.0, 1.0, 12, stop=(stop,))))[0]
    assert (cut.text, cut.finish_reason) == (whole.partition(stop)[0], "stop")


async def test_a_prompt_that_does_not_fit(model):
    with pytest.raises(ContextOverflowError, match="the model's context 512"):
        await drawn(model, "a b " * 300)


@pytest.mark.parametrize(
    "sampling", [Sampling(temperature=None), Sampling(grammar='root ::= "a"')], ids=["none", "grammar"]
)
async def test_settings_that_it_does_not_have(model, sampling):
    with pytest.raises(UsageError):
        await drawn(model, sampling=sampling)


async def test_a_cancelled_sample_makes_room(model):
    with anyio.move_on_after(0.05):
        await drawn(model, sampling=Sampling(1.0, 1.0, 400), indices=range(200))
    assert (await drawn(model))[0].completion_tokens == 12


async def test_the_identity_names_the_engine(model, file):
    assert model.identity == f"{Llama.open(str(file)).identity}+{quicker_dtype()}"
    assert model.name == f"torch:{file}"


@pytest.mark.model
async def test_a_real_model_begins_as_with_llama_cpp():
    """Where two tokens are about as likely, the engines' roundings may decide differently later on."""
    pair = Batched.open("smollm2-135m"), Llama.open("smollm2-135m")
    prompt = (Message("user", "Write a Python function that adds two numbers."),)
    answers = [(await drawn(model, prompt, Sampling(temperature=0, max_tokens=4)))[0] for model in pair]
    for model in pair:
        await model.close()
    assert answers[0].text == answers[1].text
    assert answers[0].prompt_tokens == answers[1].prompt_tokens


async def test_a_step_that_fails_ends_what_is_under_way_and_what_comes_later(model, monkeypatch):
    await drawn(model)

    def fail(*_):
        raise RuntimeError("not enough memory")

    monkeypatch.setattr(model._batch._network, "step", fail)
    for _ in range(2):
        with pytest.raises(ModelUnavailableError, match=r"torch:.* cannot go on: not enough memory"):
            await drawn(model, indices=range(3))
