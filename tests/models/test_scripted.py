import pytest

from sharpen.errors import ContextOverflowError, ModelError, NotRecordedError
from sharpen.models.scripted import Scripted
from sharpen.types import Message, Sampling

pytestmark = pytest.mark.anyio

SAMPLING = Sampling()


async def draw(model, prompt, indices=(0,), sampling=SAMPLING):
    return {index: completion async for index, completion in model.sample(prompt, sampling, indices)}


async def test_answers_by_the_last_message_and_the_sample_index():
    model = Scripted({"Go.": ["a b", "c"]})
    prompt = (Message("system", "Hello there."), Message("user", "Go."))
    drawn = await draw(model, prompt, [0, 1, 2])
    assert [drawn[index].text for index in range(3)] == ["a b", "c", "a b"]
    assert drawn[0].prompt_tokens == 3
    assert [drawn[index].completion_tokens for index in range(3)] == [2, 1, 2]
    assert model.requests == [(prompt, 0), (prompt, 1), (prompt, 2)]


async def test_a_function_answers_anything():
    model = Scripted(lambda prompt, index: f"{prompt}{index}")
    assert (await draw(model, "x", [5]))[5].text == "x5"


async def test_max_tokens_cuts_between_words():
    drawn = await draw(Scripted({"x": "one  two\nthree"}), "x", sampling=Sampling(max_tokens=2))
    assert (drawn[0].text, drawn[0].completion_tokens) == ("one  two", 2)
    assert drawn[0].finish_reason == "length"


async def test_it_fails_on_demand():
    model = Scripted({"x": ["fine", ContextOverflowError("too long")]})
    samples = model.sample("x", Sampling(), [0, 1])
    assert (await anext(samples))[1].text == "fine"
    with pytest.raises(ContextOverflowError):
        await anext(samples)


async def test_an_unknown_prompt_is_told():
    with pytest.raises(NotRecordedError, match="no answer to 'y'"):
        await draw(Scripted({"x": ModelError("no")}), "y")
