"""llama.cpp in this process, through xllamacpp: loaded once, called from threads, released at the end.

The binding holds a server with a fixed number of slots. A slot is a place in the batch with a context of
its own; what it evaluated last stays there, and a request whose prompt begins the same way goes on from
it. A slot's state can be saved to a file and restored into any other slot, in about 2 ms per 2 MB.
``docs/engine.md`` has the figures behind the settings.
"""

import json
import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from sharpen.errors import ContextOverflowError, ModelError, ModelUnavailableError, first_fault
from sharpen.types import FinishReason

SPIN_COUNT = "1000"
"""Turns that a waiting thread of OpenMP makes before it sleeps."""
_MAGIC = b"GGUF"


def usable_cores() -> int:
    """Return how many cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How the engine is set up. None of it changes what is drawn, only how fast.

    Attributes:
        slots: sequences decoded together.
        context: tokens of prompt and answer that a slot holds.
        threads: one for each core.
    """

    slots: int = 4
    context: int = 4096
    threads: int = field(default_factory=usable_cores)


@dataclass(frozen=True, slots=True)
class Overlay:
    """What a fine-tuning lays over the weights that it began from.

    Attributes:
        adapter: a LoRA in GGUF; None for none.
        template: the Jinja chat template that messages are rendered by; empty for the weights' own.
        identity: what determines the answers beside the weights, appended to their hash.
    """

    adapter: Path | None = None
    template: str = ""
    identity: str = ""


PLAIN = Overlay()


class _Delta(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    delta: _Delta | None = None
    text: str | None = None
    finish_reason: FinishReason | None = None


class _PromptDetails(BaseModel):
    cached_tokens: int


class _Usage(BaseModel):
    prompt_tokens: int
    completion_tokens: int
    prompt_tokens_details: _PromptDetails


class _Failure(BaseModel):
    message: str
    type: str = ""


class _Chunk(BaseModel):
    choices: list[_Choice] = []
    usage: _Usage | None = None
    error: _Failure | None = None


@dataclass(frozen=True, slots=True)
class EngineReply:
    """What the engine gave for one request, in its own counts."""

    text: str
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    finish_reason: FinishReason


class Engine:
    """A loaded model. Its methods block; several threads may ask at once."""

    def __init__(
        self, weights: Path, settings: EngineSettings, states: Path, overlay: Overlay = PLAIN
    ) -> None:
        """Load ``weights`` with ``overlay``; slots are saved in the directory ``states``.

        Raises:
            ModelUnavailableError: xllamacpp is not there, or the file is not one that it can load.
        """
        xllamacpp = _import()
        files = [weights, *([overlay.adapter] if overlay.adapter else [])]
        for file in files:
            _check(file)
        # The binding always serves HTTP on a port of this machine; this key keeps other programs out.
        self._key = secrets.token_hex()
        params = _parameters(xllamacpp, weights, settings, overlay)
        params.api_keys = [self._key]
        params.slot_save_path = f"{states}{os.sep}"
        try:
            self._server = xllamacpp.Server(params)
        except RuntimeError as error:
            raise ModelUnavailableError(
                f"llama.cpp cannot load {' with '.join(map(str, files))}: damaged, of an unknown kind, or "
                "larger than the memory; get it again or choose a smaller model"
            ) from error

    def complete(
        self,
        request: Mapping[str, object],
        cancelled: Event,
        on_piece: Callable[[str], object] = lambda _: None,
    ) -> EngineReply:
        """Answer one request; when ``cancelled`` is set, stop after the token under way.

        ``on_piece`` is called with each piece of the answer, about one a token.

        Raises:
            ContextOverflowError: the prompt does not fit into a slot.
            ModelError: the engine refused the request or was cancelled.
        """
        chunks: list[dict[str, Any]] = []

        def take(chunk: dict[str, Any]) -> bool:
            chunks.append(chunk)
            for piece in filter(None, map(_piece, chunk.get("choices") or ())):
                on_piece(piece)
            return cancelled.is_set()

        ask = (
            self._server.handle_chat_completions if "messages" in request else self._server.handle_completions
        )
        ask({**request, "stream": True, "stream_options": {"include_usage": True}}, take)
        return _answer(chunks)

    def save(self, slot: int, name: str) -> None:
        """Save what a slot holds as the file ``name``. Raises ModelError when it cannot be written."""
        self._act(slot, "save", name)

    def restore(self, slot: int, name: str) -> None:
        """Put what was saved as ``name`` into a slot. Raises ModelError when it cannot be read."""
        self._act(slot, "restore", name)

    def _act(self, slot: int, action: str, name: str) -> None:
        """Ask for what the binding offers over HTTP only."""
        address = urlsplit(self._server.listening_address).netloc
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._key}"}
        try:
            with closing(HTTPConnection(address)) as connection:
                request = json.dumps({"filename": name})
                connection.request("POST", f"/slots/{slot}?action={action}", request, headers)
                response = connection.getresponse()
                body = response.read()
        except (OSError, HTTPException) as error:
            raise ModelError(f"the engine could not {action} a slot: {error}") from error
        if response.status != HTTPStatus.OK:
            raise ModelError(f"the engine could not {action} a slot: {body.decode(errors='replace')}")

    def close(self) -> None:
        """Stop the engine and release its memory. Nothing may be under way."""
        del self._server


def _piece(choice: Mapping[str, Any]) -> str:
    """Return the text in a choice of a chunk; a chunk of another form is read, and refused, with the rest."""
    delta = choice.get("delta")
    text = delta.get("content") if isinstance(delta, Mapping) else choice.get("text")
    return text if isinstance(text, str) else ""


def _import() -> Any:  # noqa: ANN401 - the binding has no types
    # libgomp reads this when it is loaded. Its default, 300,000 turns at every barrier, collapses as soon
    # as something else runs: the waiting thread burns the core that the other thread needs.
    os.environ.setdefault("GOMP_SPINCOUNT", SPIN_COUNT)
    try:
        import xllamacpp
    except ImportError as error:
        raise ModelUnavailableError(
            f"the embedded engine cannot be loaded ({error}): install xllamacpp, and on Linux libgomp1, "
            "or name a server as http://host:port/v1#NAME"
        ) from error
    return xllamacpp


def _check(weights: Path) -> None:
    try:
        with weights.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        raise ModelUnavailableError(f"{weights} cannot be read: {error.strerror}") from error
    if magic != _MAGIC:
        raise ModelUnavailableError(f"{weights} is not a GGUF file: it does not begin with GGUF")


def _parameters(xllamacpp: Any, weights: Path, settings: EngineSettings, overlay: Overlay) -> Any:  # noqa: ANN401
    p = xllamacpp.CommonParams()
    p.model.path = str(weights)
    p.n_parallel = settings.slots
    p.n_ctx = settings.slots * settings.context
    p.cpuparams.n_threads = p.cpuparams_batch.n_threads = settings.threads
    p.fit_params = False
    p.verbosity = 0
    # The text is what the model wrote: no reasoning or tool calls are taken out of it.
    p.reasoning_format = xllamacpp.common_reasoning_format.COMMON_REASONING_FORMAT_NONE
    p.force_pure_content_parser = True
    p.chat_template = overlay.template
    if overlay.adapter:
        p.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(overlay.adapter), 1.0)]
    return p


def _answer(chunks: list[dict[str, Any]]) -> EngineReply:
    text: list[str] = []
    finish: FinishReason | None = None
    usage: _Usage | None = None
    for chunk in map(_read, chunks):
        if chunk.error:
            raise _refusal(chunk.error)
        for choice in chunk.choices:
            text.append((choice.delta.content if choice.delta else choice.text) or "")
            finish = choice.finish_reason or finish
        usage = chunk.usage or usage
    if finish is None or usage is None:
        raise ModelError("the engine's answer was cut off before its end: it was cancelled")
    return EngineReply(
        text="".join(text),
        prompt_tokens=usage.prompt_tokens,
        cached_tokens=usage.prompt_tokens_details.cached_tokens,
        completion_tokens=usage.completion_tokens,
        finish_reason=finish,
    )


def _read(chunk: dict[str, Any]) -> _Chunk:
    try:
        return _Chunk.model_validate(chunk)
    except ValidationError as error:
        raise ModelError(f"the engine's answer cannot be read: {first_fault(error)}") from error


def _refusal(failure: _Failure) -> ModelError:
    if failure.type == "exceed_context_size_error":
        return ContextOverflowError(f"the prompt does not fit into the engine's context: {failure.message}")
    return ModelError(f"the engine refused a request: {failure.message}")
