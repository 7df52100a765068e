"""Any server that speaks OpenAI's protocol: vLLM, llama.cpp, SGLang, Ollama, OpenAI itself.

1. A spec becomes an endpoint: ``openai:NAME``, or ``http(s)://host:port/v1#NAME``.
2. Each sample is a request of its own, with its own seed, so that its usage is its own. With ``n`` > 1
   a server gives only the sum of the completion tokens of all choices (llama.cpp's own not even
   that), and no estimate ever stands in for a count.
3. A request waits for a slot (:mod:`sharpen.models.openai.concurrency`), is sent, and is sent again while its
   error is a passing one and there is patience left (:mod:`sharpen.models.openai.retry`).
4. What remains an error becomes one sentence (:mod:`sharpen.models.openai.errors`).

``import openai`` takes most of a second, so nothing imports this module before a server is named.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from itertools import count
from urllib.parse import urlsplit

import openai

from sharpen.errors import ModelError, UsageError
from sharpen.models.openai.concurrency import CEILING, InFlight
from sharpen.models.openai.endpoint import OPENAI_URL, Endpoint, parse_endpoint
from sharpen.models.openai.errors import is_overload, is_passing, names_parameter, refusal, unknown_model
from sharpen.models.openai.options import DEFAULT_OPTIONS, ServerOptions
from sharpen.models.openai.retry import Patience, retry_after
from sharpen.models.openai.wire import read_completion, read_models, request_body
from sharpen.models.streaming import delivered
from sharpen.types import Completion, Prompt, Sampling

_OLD_CAP, _NEW_CAP = "max_tokens", "max_completion_tokens"
_CHAT, _CONTINUE = "/chat/completions", "/completions"


class OpenAIModel:
    """A model behind an OpenAI-compatible server. It holds connections: close it.

    A prompt of messages goes to ``/chat/completions``, a string to ``/completions``.
    """

    def __init__(self, endpoint: Endpoint, patience: Patience | None = None, ceiling: int = CEILING) -> None:
        self._endpoint = endpoint
        self._patience = patience or Patience()
        self._inflight = InFlight(ceiling=ceiling)
        self._answered = False
        official = urlsplit(endpoint.url).hostname == urlsplit(OPENAI_URL).hostname
        self._cap = _NEW_CAP if official else _OLD_CAP
        self._refused_caps: set[str] = set()
        self._client = openai.AsyncOpenAI(
            api_key=endpoint.key,
            base_url=endpoint.url,
            max_retries=0,
            timeout=openai.Timeout(self._patience.read_seconds, connect=self._patience.connect_seconds),
        )

    @classmethod
    def open(
        cls, spec: str, options: ServerOptions = DEFAULT_OPTIONS, environ: Mapping[str, str] = os.environ
    ) -> "OpenAIModel":
        """Return the model that ``spec`` names. Blocks while a server is asked for its only model.

        Raises:
            UsageError: no key for OpenAI, an address that is none, or a server of several models and
                none of them named.
            ModelUnavailableError: the server had to be asked for its models and did not answer.
        """
        endpoint = parse_endpoint(spec, environ)
        patience = Patience(read_seconds=options.timeout)
        named = endpoint if endpoint.model else _with_only_model(endpoint)
        return cls(named, patience, options.concurrency)

    @property
    def name(self) -> str:
        """The spec string that a user typed."""
        return self._endpoint.spec

    @property
    def identity(self) -> str:
        """The server's address and its name for the model."""
        return f"{self._endpoint.url}#{self._endpoint.model}"

    @property
    def in_flight_limit(self) -> int:
        """Requests that the server is now believed to bear at once."""
        return self._inflight.limit

    async def sample(
        self, prompt: Prompt, sampling: Sampling, indices: Sequence[int]
    ) -> AsyncGenerator[tuple[int, Completion], None]:
        """Draw each sample in a request of its own.

        A failed sample is raised when the others are there: they are paid for. Only when nobody is
        there to answer, the others are not waited for.

        Raises:
            ContextOverflowError: the prompt does not fit.
            ModelUnavailableError: nobody is there, or the key, the model or more requests are refused.
            ModelError: the server failed on this prompt, or its answer lacks text or token counts.
        """
        draws = [self._draw(prompt, sampling, index) for index in indices]
        async with aclosing(delivered(draws)) as samples:
            async for drawn in samples:
                yield drawn

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _draw(self, prompt: Prompt, sampling: Sampling, index: int) -> tuple[int, Completion]:
        """Ask for one sample until it is there or there is no patience left."""
        async with self._inflight:
            first = self._patience.now()
            for tries in count(1):
                try:
                    return index, await self._ask(prompt, sampling, index)
                except openai.APIError as error:
                    self._answered |= isinstance(error, openai.APIStatusError)
                    await self._wait(error, tries, self._patience.now() - first)
        raise AssertionError("unreachable")

    async def _ask(self, prompt: Prompt, sampling: Sampling, index: int) -> Completion:
        """Send one request and tell the slots how it went."""
        route = _CONTINUE if isinstance(prompt, str) else _CHAT
        cap = self._cap if route == _CHAT else _OLD_CAP
        body = request_body(self._endpoint.model, prompt, sampling, index, cap)
        mark, sent = self._inflight.mark(), self._patience.now()
        try:
            text = await self._client.post(route, cast_to=str, body=body)
        except openai.APIError as error:
            if is_overload(error):
                self._inflight.overloaded(mark)
            if route == _CHAT and self._respell(error, cap):
                return await self._ask(prompt, sampling, index)
            raise
        self._answered = True
        self._inflight.succeeded(mark)
        return read_completion(text, self._endpoint, self._patience.now() - sent)

    def _respell(self, error: openai.APIError, cap: str) -> bool:
        """Return whether a refused word for the token limit leaves another to try; remember it.

        OpenAI's reasoning models refuse ``max_tokens``, and many servers know only that.
        """
        other = _NEW_CAP if cap == _OLD_CAP else _OLD_CAP
        if not names_parameter(error, cap) or other in self._refused_caps:
            return False
        self._refused_caps.add(cap)
        self._cap = other
        return True

    async def _wait(self, error: openai.APIError, tries: int, spent: float) -> None:
        """Wait before the next try, or raise when there must be none."""
        patience = self._patience
        headers = error.response.headers if isinstance(error, openai.APIStatusError) else {}
        asked = retry_after(headers)
        wait = patience.wait(tries, asked)
        most = patience.tries if self._answered else patience.first_contact
        if is_passing(error) and tries < most and spent + wait <= patience.seconds:
            await patience.sleep(wait)
            return
        if isinstance(error, openai.NotFoundError):
            served = await asyncio.to_thread(_served_or_none, self._endpoint)
            raise unknown_model(error, self._endpoint, served) from error
        tried = f"{tries} {'try' if tries == 1 else 'tries'} in {spent:.0f} s"
        if asked is not None:
            tried += f", and it asks to wait {asked:.0f} s more"
        raise refusal(error, self._endpoint, tried) from error


def _served_models(endpoint: Endpoint) -> list[str]:
    """Return the names that the server lists. Blocks; it is asked once, when something is unclear."""
    with openai.OpenAI(api_key=endpoint.key, base_url=endpoint.url, max_retries=0, timeout=10.0) as client:
        return read_models(client.get("/models", cast_to=str), endpoint)


def _served_or_none(endpoint: Endpoint) -> list[str]:
    """Return what the server lists; nothing if it does not, as this only adorns another error."""
    try:
        return _served_models(endpoint)
    except (openai.APIError, ModelError):
        return []


def _with_only_model(endpoint: Endpoint) -> Endpoint:
    try:
        served = _served_models(endpoint)
    except openai.APIError as error:
        raise refusal(error, endpoint, "1 try") from error
    if len(served) == 1:
        return replace(endpoint, model=served[0])
    raise UsageError(
        f"{endpoint.spec} has to name a model, as in {endpoint.url}#NAME; "
        f"the server has {', '.join(served) or 'none'}"
    )
