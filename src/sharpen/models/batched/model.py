"""``torch:NAME``: local weights drawn in PyTorch, many answers at once, for bulk work on a CPU.

Weights are 32-bit floats, or bfloat16 where the processor multiplies that quicker; llama.cpp computes with
8-bit activations. So the answers differ as roundings do, and the identity says which it was.

A sample repeats only in the same company, as with the other engine: the order of sums depends on the batch.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from sharpen.errors import UsageError
from sharpen.extras import extra
from sharpen.files.download import DownloadProgress
from sharpen.models.batched import PREFIX
from sharpen.models.batched.batch import BatchDecoder, PendingAnswer
from sharpen.models.batched.network import Network
from sharpen.models.finetuned import open_weights
from sharpen.models.llama.engine import PLAIN, SPIN_COUNT, Overlay, usable_cores
from sharpen.models.llama.model import require_numbers
from sharpen.models.precision import quicker_dtype
from sharpen.models.streaming import Drawn, current_draft, samples_as_ready
from sharpen.types import Prompt, Sampling

SLOTS = 128
"""Answers in a step, at most: beyond it a step is hardly quicker for each."""

ENDS = ("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "</s>")
"""Tokens that end an answer beside the one that the file names, where the vocabulary has them."""


class Batched:
    """A GGUF model behind the ``Model`` protocol. The weights are loaded by the first sample."""

    def __init__(self, name: str, weights: Path, sha256: str, overlay: Overlay = PLAIN) -> None:
        self._name, self._weights, self._sha256, self._overlay = name, weights, sha256, overlay
        self._loading = asyncio.Lock()
        self._batch: BatchDecoder | None = None
        self._tokenizer: Any = None

    @classmethod
    def open(cls, spec: str, progress: DownloadProgress | None = None) -> "Batched":
        """Return the model that ``torch:`` and ``spec`` name. May download it.

        Raises:
            ModelUnavailableError: there is no such file, or a training run lacks what it made.
            FetchError: the weights cannot be had.
        """
        weights, overlay = open_weights(spec, progress)
        return cls(f"{PREFIX}{spec}", weights.path, weights.sha256, overlay)

    @property
    def name(self) -> str:
        """The spec string that a user typed."""
        return self._name

    @property
    def identity(self) -> str:
        """The SHA-256 of the weights, what is laid over them, and the engine."""
        return f"sha256:{self._sha256}{self._overlay.identity}+{quicker_dtype()}"

    async def sample(
        self, prompt: Prompt, sampling: Sampling, indices: Sequence[int]
    ) -> AsyncGenerator[Drawn, None]:
        """Draw the samples; all that are asked for at once share the steps.

        Raises:
            ContextOverflowError: the prompt does not fit.
            ModelUnavailableError: the weights cannot be loaded.
            UsageError: a setting that this engine does not have.
        """
        require_numbers(sampling)
        if sampling.grammar:
            raise UsageError(f"{self._name} cannot follow a grammar: give the model without {PREFIX}")
        batch = await self._load()
        tokens = self._encode(prompt)
        draws = [self._draw(batch, tokens, sampling, index) for index in indices]
        async with aclosing(samples_as_ready(draws)) as samples:
            async for drawn in samples:
                yield drawn

    async def close(self) -> None:
        """Stop the thread and release the memory."""
        batch, self._batch = self._batch, None
        if batch:
            await asyncio.to_thread(batch.close)

    async def _draw(self, batch: BatchDecoder, tokens: list[int], sampling: Sampling, index: int) -> Drawn:
        draft = current_draft()
        pieces = draft.pieces if draft else []
        pieces.clear()  # of an earlier request for the same sample
        answer = PendingAnswer(tokens, sampling, sampling.request_seed(index), pieces.append)
        return index, await asyncio.wrap_future(batch.draw(answer))

    async def _load(self) -> BatchDecoder:
        async with self._loading:
            if self._batch is None:
                self._batch = await asyncio.to_thread(self._start)
            return self._batch

    def _start(self) -> BatchDecoder:
        os.environ.setdefault("GOMP_SPINCOUNT", SPIN_COUNT)
        extra("torch", "train").set_num_threads(usable_cores())
        self._tokenizer = _tokenizer(self._weights)
        vocabulary = self._tokenizer.get_vocab()
        ends = {vocabulary[token] for token in ENDS if token in vocabulary} | {self._tokenizer.eos_token_id}
        network = Network(self._weights, self._overlay.adapter, SLOTS, quicker_dtype())
        return BatchDecoder(self._name, network, self._tokenizer.backend_tokenizer, frozenset(ends))

    def _encode(self, prompt: Prompt) -> list[int]:
        if isinstance(prompt, str):
            return list(self._tokenizer.encode(prompt))
        messages = [{"role": message.role, "content": message.content} for message in prompt]
        more = {"chat_template": self._overlay.template} if self._overlay.template else {}
        text = self._tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, tokenize=False, **more
        )
        return list(self._tokenizer.encode(text, add_special_tokens=False))


def _tokenizer(weights: Path) -> Any:  # noqa: ANN401 - transformers is an optional library
    return extra("transformers", "train").AutoTokenizer.from_pretrained(
        str(weights.parent), gguf_file=weights.name
    )
