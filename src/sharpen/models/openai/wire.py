"""What goes to an OpenAI-compatible server and what comes back, checked at the edge."""

import json
from collections.abc import Mapping

from pydantic import BaseModel, Field, ValidationError

from sharpen.errors import ContextOverflowError, ModelError
from sharpen.models.openai.endpoint import Endpoint
from sharpen.models.openai.errors import overflows, server_words
from sharpen.types import Completion, FinishReason, Prompt, Sampling

_FINISH: Mapping[str | None, FinishReason] = {
    "stop": "stop",
    "eos": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "max_tokens": "length",
}


class _Cached(BaseModel):
    cached_tokens: int | None = None


class _Usage(BaseModel):
    prompt_tokens: int
    completion_tokens: int
    prompt_tokens_details: _Cached | None = None


class _Message(BaseModel):
    content: str | None


class _Choice(BaseModel):
    message: _Message | None = None
    text: str | None = None
    finish_reason: str | None = None


class _Answer(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage


class _Served(BaseModel):
    id: str


class _Models(BaseModel):
    data: list[_Served]


def request_body(model: str, prompt: Prompt, sampling: Sampling, index: int, cap: str) -> dict[str, object]:
    """Return the request for sample ``index``; ``cap`` is the server's word for the token limit."""
    body: dict[str, object] = {"model": model, cap: sampling.max_tokens}
    if sampling.temperature is not None:
        body["temperature"] = sampling.temperature
    if sampling.top_p is not None:
        body["top_p"] = sampling.top_p
    if sampling.seed is not None:
        body["seed"] = sampling.request_seed(index)
    if sampling.fields:
        body |= json.loads(sampling.fields)
    if sampling.stop:
        body["stop"] = list(sampling.stop)
    if sampling.grammar:  # llama.cpp's word and vLLM's
        body |= {"grammar": sampling.grammar, "structured_outputs": {"grammar": sampling.grammar}}
    if isinstance(prompt, str):
        return body | {"prompt": prompt}
    return body | {"messages": [{"role": turn.role, "content": turn.content} for turn in prompt]}


def read_completion(text: str, endpoint: Endpoint, seconds: float) -> Completion:
    """Return the completion in an answer's body.

    Raises:
        ContextOverflowError: an error came dressed as an answer: the prompt does not fit.
        ModelError: it holds no completion, no token counts, or an end that is neither ``stop`` nor
            ``length`` (a filter's).
    """
    try:
        answer = _Answer.model_validate_json(text)
    except ValidationError as error:
        raise _unreadable(text, error, endpoint) from error
    choice, usage = answer.choices[0], answer.usage
    finish = _FINISH.get(choice.finish_reason)
    if finish is None:
        raise ModelError(
            f"{endpoint.url} ended an answer of {endpoint.model} with finish_reason "
            f"{choice.finish_reason!r}: it is neither whole nor cut by max_tokens"
        )
    cached = usage.prompt_tokens_details and usage.prompt_tokens_details.cached_tokens
    return Completion(
        # A chat message without text has null for its content.
        text=(choice.message.content if choice.message else choice.text) or "",
        prompt_tokens=usage.prompt_tokens,
        cached_tokens=cached or 0,
        completion_tokens=usage.completion_tokens,
        finish_reason=finish,
        model=endpoint.spec,
        seconds=seconds,
    )


def read_models(text: str, endpoint: Endpoint) -> list[str]:
    """Return the names in a server's list of models. Raises ModelError when it is no list."""
    try:
        return [model.id for model in _Models.model_validate_json(text).data]
    except ValidationError as error:
        said = server_words(text)
        raise ModelError(f"{endpoint.url} does not list its models but says: {said}") from error


def _unreadable(text: str, error: ValidationError, endpoint: Endpoint) -> ModelError:
    said = server_words(text)
    if "choices" not in text and overflows(text):
        return ContextOverflowError(f"the prompt does not fit into {endpoint.spec}: {said}")
    if {problem["loc"][:1] for problem in error.errors()} == {("usage",)}:
        return ModelError(
            f"{endpoint.url} does not say how many tokens it used, and tokens are never estimated: "
            "switch usage on in the server, or use another"
        )
    return ModelError(f"{endpoint.url} answered with no completion but: {said}")
