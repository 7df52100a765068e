"""What a server's errors mean, and the sentence that a person reads.

::

    nobody answers, timeouts        ModelUnavailableError   after patience
    401, 403                        ModelUnavailableError   names the variable that holds the key
    404                             ModelUnavailableError   names the model and what the server has
    429                             ModelUnavailableError   after patience; at once for a used-up quota
    the prompt does not fit         ContextOverflowError    whatever status it comes with
    everything else                 ModelError              with the server's own words
"""

import re
from collections.abc import Mapping, Sequence

import openai

from sharpen.errors import ContextOverflowError, ModelError, ModelUnavailableError
from sharpen.models.openai.endpoint import Endpoint

_LONGEST_WORDS = 300
_RETRIED = frozenset({408, 409, 425, 429})
_NOT_IMPLEMENTED = 501

# OpenAI says "maximum context length" and the code context_length_exceeded, vLLM the former (also
# under a complaint about max_tokens), llama.cpp "available context size" and the type
# exceed_context_size_error, SGLang "the model's context length", LiteLLM ContextWindowExceededError.
_OVERFLOW = re.compile(r"context[_ ]?(length|size|window)|prompt is too long", re.IGNORECASE)


def server_words(body: object) -> str:
    """Return the message inside an error's body, on one line and not longer than a person reads."""
    while isinstance(body, Mapping):
        body = next((body[key] for key in ("error", "message", "detail") if body.get(key)), str(body))
    if body is None:
        return "it gave no reason"
    text = re.sub(r"<(style|script)\b.*?</\1>|<[^>]+>", " ", str(body), flags=re.DOTALL)
    words = " ".join(text.split()) or "it gave no reason"
    return words if len(words) <= _LONGEST_WORDS else words[: _LONGEST_WORDS - 3] + "..."


def overflows(body: object) -> bool:
    """Return whether an error's body says that the prompt does not fit into the context."""
    return _OVERFLOW.search(str(body)) is not None


def is_overload(error: openai.APIError) -> bool:
    """Return whether fewer requests in flight could have avoided the error."""
    return isinstance(error, openai.APITimeoutError) or _status(error) in (429, 503, 529)


def is_passing(error: openai.APIError) -> bool:
    """Return whether the same request may succeed later."""
    if isinstance(error, openai.APIConnectionError):
        return True
    if error.code == "insufficient_quota" or overflows(error.body):
        return False
    status = _status(error)
    return status in _RETRIED or (status >= 500 and status != _NOT_IMPLEMENTED)


def names_parameter(error: openai.APIError, parameter: str) -> bool:
    """Return whether the server refuses to know the parameter, rather than its value."""
    if _status(error) not in (400, 422):
        return False
    if error.param is not None and error.param != parameter:
        return False
    unknown = r"unsupported|not supported|unknown|unrecognized|unexpected|not permitted|forbidden"
    return re.search(rf"\b{parameter}\b", str(error.body)) is not None and (
        re.search(unknown, str(error.body), re.IGNORECASE) is not None
    )


def refusal(error: openai.APIError, endpoint: Endpoint, tried: str) -> ModelError:
    """Return our error for a server's. ``tried`` says how often and how long, for a person."""
    if isinstance(error, openai.APITimeoutError):
        return ModelUnavailableError(
            f"{endpoint.url} did not answer in time ({tried}): is it overloaded or stuck?"
        )
    if isinstance(error, openai.APIConnectionError):
        cause = server_words(error.__cause__ or error)
        return ModelUnavailableError(
            f"{endpoint.url} cannot be reached ({cause}; {tried}): is the server running, and is the "
            "address right?"
        )
    words, status = server_words(error.body), _status(error)
    if overflows(error.body):
        return ContextOverflowError(
            f"the prompt and max_tokens do not fit into the context of {endpoint.spec}: {words}"
        )
    if status in (401, 403):
        return ModelUnavailableError(
            f"{endpoint.url} refused the key ({status}): set {endpoint.key_variable} to one that may use "
            f"{endpoint.model}; the server says: {words}"
        )
    if status == 429:
        return ModelUnavailableError(
            f"{endpoint.url} refuses more requests (429; {tried}): raise the account's limits or run the "
            f"same command again later; the server says: {words}"
        )
    return ModelError(f"{endpoint.url} failed on a request ({status}; {tried}): {words}")


def unknown_model(error: openai.APIError, endpoint: Endpoint, served: Sequence[str]) -> ModelError:
    """Return the error for a 404; ``served`` is empty when the server does not list its models."""
    words = server_words(error.body)
    if endpoint.model in served:
        return ModelUnavailableError(
            f"{endpoint.url} has {endpoint.model} but not the route that was asked for (404): "
            f"a chat model may not continue plain text; the server says: {words}"
        )
    hint = f"it has {', '.join(served)}" if served else "is the address right? It mostly ends in /v1"
    return ModelUnavailableError(
        f"{endpoint.url} has no model {endpoint.model} (404): {hint}; the server says: {words}"
    )


def _status(error: openai.APIError) -> int:
    return error.status_code if isinstance(error, openai.APIStatusError) else 0
