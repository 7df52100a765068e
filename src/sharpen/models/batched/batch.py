"""One thread that steps all answers under way at once; an answer that ends makes room for the next.

The slots from 0 to the number of answers under way are in use, so that a step reads one block of the cache.
The other slots still hold what was evaluated last, and a new prompt goes on from whichever slot begins with
most of it.
"""

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import Any

from sharpen.errors import ContextOverflowError, ModelUnavailableError
from sharpen.extras import extra
from sharpen.models.batched.network import Network, Tensor
from sharpen.types import Completion, FinishReason, Sampling

LIKELY = 64
"""How many tokens are looked at for a nucleus; where they do not hold it, the whole vocabulary is sorted."""


@dataclass(eq=False, slots=True)
class PendingAnswer:
    """An answer that was asked for.

    Attributes:
        tokens: the prompt's.
        sampling: the settings; temperature and top_p are numbers.
        seed: of this answer alone.
        on_piece: called with each piece of text.
        done: gets the answer.
        cached: how many of the prompt's tokens a slot held already.
        written: the answer's tokens so far.
    """

    tokens: list[int]
    sampling: Sampling
    seed: int
    on_piece: Callable[[str], object]
    done: "Future[Completion]" = field(default_factory=Future)
    cached: int = 0
    written: list[int] = field(default_factory=list)
    text: str = ""
    started: float = field(default_factory=time.perf_counter)
    pieces: Any = None
    random: Any = None


class BatchDecoder:
    """All answers under way on one network."""

    def __init__(self, name: str, network: Network, tokenizer: Any, ends: frozenset[int]) -> None:  # noqa: ANN401
        self._name, self._network, self._tokenizer, self._ends = name, network, tokenizer, ends
        self._torch = extra("torch", "train")
        self._streams = extra("tokenizers", "train").decoders
        self._waiting: deque[PendingAnswer] = deque()
        self._running: list[PendingAnswer] = []
        self._held: list[list[int]] = [[] for _ in range(network.slots)]
        self._used = [0] * network.slots
        self._finished = 0
        self._change = Condition()
        self._closing = False
        self._failure: ModelUnavailableError | None = None
        self._thread = Thread(target=self._run, name="sharpen-batch", daemon=True)
        self._thread.start()

    def draw(self, answer: PendingAnswer) -> "Future[Completion]":
        """Queue an answer.

        Raises:
            ContextOverflowError: its prompt does not fit.
            ModelUnavailableError: an earlier step failed, so nothing is drawn any more.
        """
        if len(answer.tokens) >= self._network.context:
            raise ContextOverflowError(
                f"the prompt has {len(answer.tokens):,} tokens and the model's context "
                f"{self._network.context:,}: shorten the prompt"
            )
        answer.pieces = self._streams.DecodeStream(skip_special_tokens=True)
        answer.random = self._torch.Generator().manual_seed(answer.seed)
        with self._change:
            if self._failure:
                raise self._failure
            self._waiting.append(answer)
            self._change.notify()
        return answer.done

    def close(self) -> None:
        """Stop after the step under way; what was not finished is cancelled."""
        with self._change:
            self._closing = True
            self._change.notify()
        self._thread.join()

    def _run(self) -> None:
        try:
            while self._wait():
                self._drop_cancelled()
                while self._waiting and len(self._running) < len(self._held):
                    self._admit(self._waiting.popleft())
                if self._running:
                    self._step()
        except Exception as error:  # noqa: BLE001 - torch has no one class for its failures, such as no memory
            self._failure = ModelUnavailableError(f"{self._name} cannot go on: {error}")
        with self._change:
            self._closing = True
            left = [*self._running, *self._waiting]
        for answer in left:
            if self._failure is None:
                answer.done.cancel()
            elif answer.done.set_running_or_notify_cancel():
                answer.done.set_exception(self._failure)

    def _wait(self) -> bool:
        with self._change:
            self._change.wait_for(lambda: self._closing or self._running or self._waiting)
            return not self._closing

    def _drop_cancelled(self) -> None:
        for slot in reversed(range(len(self._running))):
            if self._running[slot].done.cancelled():
                self._free(slot)

    def _admit(self, answer: PendingAnswer) -> None:
        """Evaluate all of a prompt but its last token in the first slot that is not in use."""
        if answer.done.cancelled():
            return
        slot, prompt = len(self._running), answer.tokens[:-1]
        self._swap(slot, min(range(slot, len(self._held)), key=self._used.__getitem__))
        shared = [_shared(held, prompt) for held in self._held]
        answer.cached = max(shared)
        source = shared.index(answer.cached)
        if source != slot and answer.cached:
            self._network.copy(source, slot, answer.cached)
        if rest := prompt[answer.cached :]:
            self._network.evaluate(slot, rest, answer.cached)
        self._held[slot] = prompt
        self._running.append(answer)

    def _step(self) -> None:
        running = self._running
        tokens = [(answer.written or answer.tokens)[-1] for answer in running]
        logits = self._network.step(tokens, list(map(len, self._held[: len(running)])))
        for slot, token in enumerate(tokens):
            self._held[slot].append(token)
        chosen = self._choose(logits)
        for slot in reversed(range(len(running))):
            if reason := self._take(running[slot], chosen[slot]):
                self._finish(running[slot], reason)
                self._free(slot)

    def _take(self, answer: PendingAnswer, token: int) -> FinishReason | None:
        """Add a token to an answer, and return how that ended it, if it did."""
        answer.written.append(token)
        if token in self._ends:
            return "stop"
        if piece := answer.pieces.step(self._tokenizer, token):
            answer.text += piece
            answer.on_piece(piece)
            if any(stop in answer.text for stop in answer.sampling.stop):
                return "stop"
        full = len(answer.tokens) + len(answer.written) >= self._network.context
        return "length" if full or len(answer.written) >= answer.sampling.max_tokens else None

    def _finish(self, answer: PendingAnswer, reason: FinishReason) -> None:
        text = answer.text
        for stop in answer.sampling.stop:
            text = text.partition(stop)[0]
        completion = Completion(
            text=text,
            prompt_tokens=len(answer.tokens),
            cached_tokens=answer.cached,
            completion_tokens=len(answer.written),
            finish_reason=reason,
            model=self._name,
            seconds=time.perf_counter() - answer.started,
        )
        if answer.done.set_running_or_notify_cancel():
            answer.done.set_result(completion)

    def _free(self, slot: int) -> None:
        """End the use of a slot: the last one in use takes its place."""
        self._finished += 1
        self._used[slot] = self._finished
        last = len(self._running) - 1
        self._running[slot] = self._running[last]
        self._running.pop()
        self._swap(slot, last)

    def _swap(self, one: int, other: int) -> None:
        if one != other:
            self._network.swap(one, other)
            self._held[one], self._held[other] = self._held[other], self._held[one]
            self._used[one], self._used[other] = self._used[other], self._used[one]

    def _choose(self, logits: Tensor) -> list[int]:
        """Return the next token of each answer, from its row of logits: temperature, then the nucleus."""
        torch, running = self._torch, self._running
        heat = torch.tensor([answer.sampling.temperature for answer in running])[:, None]
        mass = torch.tensor([answer.sampling.top_p for answer in running])[:, None]
        with torch.inference_mode():
            logits /= heat.clamp(min=1e-3)  # 0 is greedy: the likeliest token alone is left
            total = logits.logsumexp(1, keepdim=True)
            values, tokens = logits.topk(LIKELY)
            shares = (values - total).exp()
            chosen = _nucleus(torch, shares, mass, [answer.random for answer in running])
            wide = (shares.sum(1) < mass[:, 0]).nonzero()[:, 0].tolist()
            result: list[int] = tokens.gather(1, chosen[:, None])[:, 0].tolist()
            for row in wide:
                values, tokens = logits[row : row + 1].sort(descending=True)
                shares = (values - total[row]).exp()
                place = _nucleus(torch, shares, mass[row : row + 1], [running[row].random])
                result[row] = int(tokens[0, place[0]])
        return result


def _nucleus(torch: Any, shares: Tensor, mass: Tensor, random: list[Any]) -> Tensor:  # noqa: ANN401
    """Draw a place in each row of falling shares, among the fewest that have ``mass`` together."""
    before = shares.cumsum(1) - shares
    kept = torch.where((before < mass) | (before == 0), shares, 0.0).cumsum(1)
    uniform = torch.stack([torch.rand(1, generator=generator) for generator in random])
    return torch.searchsorted(kept, uniform * kept[:, -1:], right=True)[:, 0].clamp(max=shares.shape[1] - 1)


def _shared(held: list[int], prompt: list[int]) -> int:
    """Return the length of the common beginning."""
    length = min(len(held), len(prompt))
    if held[:length] == prompt[:length]:
        return length
    return next(place for place in range(length) if held[place] != prompt[place])
