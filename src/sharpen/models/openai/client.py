"""Any server that speaks OpenAI's protocol: vLLM, llama.cpp, SGLang, Ollama, OpenAI itself.

1. A spec becomes an endpoint (:mod:`sharpen.models.openai.endpoint`) with its connections.
2. Each sample is a request of its own, with its own seed, so that its usage is its own. With ``n`` > 1
   a server gives only the sum of the completion tokens of all choices (llama.cpp's own not even
   that), and no estimate ever stands in for a count.
3. A request waits for a slot (:mod:`sharpen.models.openai.concurrency`), is sent, and is sent again while its
   error may pass (:mod:`sharpen.models.openai.retry`).
4. What remains an error becomes one sentence (:mod:`sharpen.models.openai.errors`).
"""

import asyncio
import os
import warnings
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from itertools import count

from sharpen.errors import ModelError, ModelUnavailableError, UsageError
from sharpen.models.openai.answer import read_completion, read_models
from sharpen.models.openai.concurrency import RequestLimiter
from sharpen.models.openai.connection import Connection
from sharpen.models.openai.endpoint import Endpoint, parse_endpoint
from sharpen.models.openai.errors import (
    OVERLOAD,
    RETRIED,
    Kind,
    ServerError,
    kind_of,
    refusal,
    refused_parameters,
    unknown_model,
)
from sharpen.models.openai.options import DEFAULT_OPTIONS, ServerOptions
from sharpen.models.openai.pace import Pace
from sharpen.models.openai.request import request_body
from sharpen.models.openai.retry import Retry, requested_wait
from sharpen.models.streaming import samples_as_ready
from sharpen.types import Completion, Prompt, Sampling

_OLD_CAP, _NEW_CAP = "max_tokens", "max_completion_tokens"
_HOLDS_SLOT = 6
"""A request that was refused keeps its slot while it waits, so that few ask a server in trouble. After so
many tries it gives the slot up, so that one that is always refused does not keep the others waiting."""
_CHAT, _CONTINUE = "/chat/completions", "/completions"


class OpenAIModel:
    """A model behind an OpenAI-compatible server. It holds connections: close it.

    A prompt of messages goes to ``/chat/completions``, a string to ``/completions``.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        retry: Retry | None = None,
        options: ServerOptions = DEFAULT_OPTIONS,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        """Raises UsageError: the environment names a proxy, a file or a header that cannot be used."""
        self._connection = Connection(endpoint, options, environ)
        self._endpoint = self._connection.endpoint
        self._retry = retry or Retry()
        self._options = options
        self._limiter = RequestLimiter(ceiling=options.concurrency)
        caps = options.requests_per_minute, options.tokens_per_minute
        self._pace = Pace(*caps, self._retry.now, self._retry.sleep)
        self._reached = self._completed = self._warned = False
        self._last_answer = float("-inf")
        self._losses, self._loss = 0, ""
        self._cap = _NEW_CAP if endpoint.is_openai else _OLD_CAP
        self._refused_caps: set[str] = set()
        self._models: dict[str, int | None] | None = None

    @classmethod
    def open(
        cls, spec: str, options: ServerOptions = DEFAULT_OPTIONS, environ: Mapping[str, str] = os.environ
    ) -> "OpenAIModel":
        """Return the model that ``spec`` names. Blocks while it asks a server for its only model.

        Raises:
            UsageError: no key for OpenAI, an address that is none, or a server of several models and
                none of them named.
            ModelUnavailableError: the server had to be asked for its models and did not answer.
        """
        endpoint = parse_endpoint(spec, environ)
        named = endpoint if endpoint.model else _with_only_model(endpoint, options, environ)
        return cls(named, options=options, environ=environ)

    @property
    def name(self) -> str:
        """The spec string that a user typed."""
        return self._endpoint.spec

    @property
    def identity(self) -> str:
        """The server's name for the model, and the revision if the user named one; not its address."""
        revision = self._options.revision
        return f"served:{self._endpoint.model}" + (f"@{revision}" if revision else "")

    @property
    def request_limit(self) -> int:
        """Requests that the server is now believed to bear at once."""
        return self._limiter.limit

    async def sample(
        self, prompt: Prompt, sampling: Sampling, indices: Sequence[int]
    ) -> AsyncGenerator[tuple[int, Completion], None]:
        """Draw each sample in a request of its own.

        A failed sample is raised when the others are there: they are paid for. When the server is gone,
        requests in flight end, and none that waits is sent.

        Raises:
            ContextOverflowError: the prompt does not fit.
            ModelUnavailableError: no server is there, or it refuses the key, the model, an option or more
                requests.
            ModelError: the server failed on this prompt, or its answer lacks text or token counts.
        """
        draws = [self._draw(prompt, sampling, index) for index in indices]
        async with aclosing(samples_as_ready(draws)) as samples:
            async for drawn in samples:
                yield drawn

    async def close(self) -> None:
        """Close the connections."""
        await self._connection.close()

    async def _draw(self, prompt: Prompt, sampling: Sampling, index: int) -> tuple[int, Completion]:
        """Ask for one sample until it is there, or asking again would not help."""
        first, losses = None, self._losses
        for tries in count(1):
            async with self._limiter:
                if self._losses != losses:  # the server went while this one waited
                    raise ModelUnavailableError(self._loss)
                await self._pace.turn()
                first = self._retry.now() if first is None else first
                try:
                    return index, await self._ask(prompt, sampling, index)
                except ServerError as error:
                    self._reached |= error.cause == "reply"
                    kind = await self._kind_of(error)
                    if kind == "filter":
                        return index, _filtered(self.name)
                    wait = await self._wait_after(error, kind, tries, first)
                if tries < _HOLDS_SLOT:
                    await self._retry.sleep(wait)
            if tries >= _HOLDS_SLOT:
                await self._retry.sleep(wait)
        raise AssertionError("unreachable")

    async def _ask(self, prompt: Prompt, sampling: Sampling, index: int) -> Completion:
        """Send one request and tell the limiter how it went."""
        route = _CONTINUE if isinstance(prompt, str) else _CHAT
        cap = self._cap if route == _CHAT else _OLD_CAP
        streamed, model = self._options.stream, self._endpoint.model
        body = request_body(model, prompt, sampling, index, cap, stream=streamed)
        mark, sent = self._limiter.mark(), self._retry.now()
        try:
            text = await self._connection.post(route, body)
            completion = read_completion(text, self._endpoint, sampling, self._retry.now() - sent)
        except ServerError as error:
            if kind_of(error) in OVERLOAD:
                self._limiter.overloaded(mark)
            if route == _CHAT and self._respell(error, cap):
                return await self._ask(prompt, sampling, index)
            raise
        self._pace.used(completion.prompt_tokens + completion.completion_tokens)
        self._reached = self._completed = True
        self._last_answer = self._retry.now()
        self._limiter.succeeded(mark)
        if completion.finish_reason == "thought":
            self._warn_of_thoughts()
        return completion

    def _respell(self, error: ServerError, cap: str) -> bool:
        """Return whether a refused word for the token limit leaves another to try; remember it.

        OpenAI's reasoning models refuse ``max_tokens``, and many servers know only that.
        """
        other = _NEW_CAP if cap == _OLD_CAP else _OLD_CAP
        if error.status not in (400, 422) or cap not in refused_parameters(error):
            return False
        if other in self._refused_caps:
            return False
        self._refused_caps.add(cap)
        self._cap = other
        return True

    async def _kind_of(self, error: ServerError) -> Kind:
        """Return what an error means; where words do not tell, with the context that the server states."""
        kind = kind_of(error)
        if kind == "other" or (kind == "failing" and error.status == 500):
            context = (await self._served()).get(self._endpoint.model)
            return kind_of(error, context)
        return kind

    async def _wait_after(self, error: ServerError, kind: Kind, tries: int, first: float) -> float:
        """Return the seconds to wait before the next try, or raise when there must be none."""
        retry = self._retry
        requested = requested_wait(error.headers, error.words)
        wait, now = retry.wait(tries, requested), retry.now()
        waited = now - max(first, self._last_answer)
        if kind in RETRIED and tries < self._most_tries(kind) and waited + wait <= retry.seconds:
            return wait
        tried = f"{tries} {'try' if tries == 1 else 'tries'} in {now - first:.0f} s"
        if requested is not None:
            tried += f", and it asks to wait {requested:.0f} s more"
        if kind == "model":
            raise unknown_model(error, self._endpoint, list(await self._served())) from None
        general = not self._completed
        if kind == "timeout":
            general = not await asyncio.to_thread(self._is_alive)
        failure = refusal(error, kind, self._endpoint, tried, general=general)
        if isinstance(failure, ModelUnavailableError):
            self._losses, self._loss = self._losses + 1, str(failure)
        raise failure from None

    def _most_tries(self, kind: Kind) -> float:
        if kind == "connection":
            return float("inf") if self._reached else self._retry.first_contact
        if kind == "busy":
            return float("inf")
        return self._retry.timeouts if kind == "timeout" else self._retry.tries

    async def _served(self) -> dict[str, int | None]:
        """Return the models that the server lists, with their contexts; asks it once."""
        if self._models is None:
            try:
                text = await asyncio.to_thread(self._connection.served)
                self._models = read_models(text, self._endpoint)
            except (ServerError, ModelError):
                self._models = {}
        return self._models

    def _is_alive(self) -> bool:
        """Return whether anything answers at the address."""
        try:
            self._connection.served()
        except ServerError as error:
            return error.cause == "reply"
        return True

    def _warn_of_thoughts(self) -> None:
        """Warn, once a server, that its answers are cut off from their text."""
        if self._warned:
            return
        self._warned = True
        warnings.warn(
            f"{self.name} gave an answer that is all reasoning and no text: does the server's reasoning "
            "parser fit the model? Such answers count as failed, and reports count them",
            RuntimeWarning,
            stacklevel=2,
        )


def _filtered(name: str) -> Completion:
    """Return the answer to a prompt that a provider's filter refused: none, for no tokens."""
    return Completion("", 0, 0, 0, "filter", name, 0.0)


def _with_only_model(endpoint: Endpoint, options: ServerOptions, environ: Mapping[str, str]) -> Endpoint:
    connection = Connection(endpoint, options, environ)
    try:
        text = connection.served()
    except ServerError as error:
        raise refusal(error, kind_of(error), connection.endpoint, "1 try", general=True) from None
    served = list(read_models(text, endpoint))
    if len(served) == 1:
        return replace(endpoint, model=served[0])
    raise UsageError(
        f"{endpoint.spec} has to name a model, as in {endpoint.address}#NAME; "
        f"the server has {', '.join(served) or 'none'}"
    )
