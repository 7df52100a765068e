"""Whether any answer is lost, paid for twice or counted wrongly when a server misbehaves in all known ways.

A server on this machine answers at random as servers do on their worst day: it refuses, breaks off, sends
errors inside a 200, streams, wraps and renames. Completions are drawn through it. It keeps its own account of
each answer that it gave whole, and at the end the two accounts are compared: each sample is there once, has
the text and the tokens that the server sent for it, and none was answered whole more than once.

The waits between tries are real but short (`--scale`), so that the run ends soon.

    python bench/server.py --completions 2000 --seed 0
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from sharpen.models.openai.client import OpenAIModel
from sharpen.models.openai.endpoint import parse_endpoint
from sharpen.models.openai.options import ServerOptions
from sharpen.models.openai.retry import Retry
from sharpen.types import Completion, Message, Sampling

PER_PROMPT = 20
HANG_SECONDS = 1.5
"""Longer than anybody waits for an answer here."""
SAMPLING = Sampling(max_tokens=400)


@dataclass
class Server:
    """A server that misbehaves at random, and its account of what it gave.

    Attributes:
        given: how often each sample was answered whole, by its seed.
        sent: text and completion tokens of each sample, by its seed.
        seen: how often each behaviour came up.
    """

    random: random.Random
    trouble: float
    given: Counter[int] = field(default_factory=Counter)
    sent: dict[int, tuple[str, int]] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                size = next(
                    int(line[15:]) for line in head.lower().split("\r\n") if line.startswith("content-length")
                )
                body = json.loads(await reader.readexactly(size))
                if not await self._answer(body, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError, StopIteration):
            pass
        finally:
            writer.close()

    async def _answer(self, body: dict[str, object], writer: asyncio.StreamWriter) -> bool:
        """Send one reply, and return whether the connection stays open."""
        seed = int(str(body["seed"]))
        await asyncio.sleep(self.random.expovariate(200))
        if self.random.random() < self.trouble:
            behave = self.random.choice(TROUBLES)
            self.seen[getattr(behave, "__name__", "")] += 1
            return await behave(self, body, writer)
        form = self.random.choice(SHAPES)
        self.seen[getattr(form, "__name__", "")] += 1
        await send(writer, 200, form(*self.sample(seed)))
        self.given[seed] += 1
        return True

    def sample(self, seed: int) -> tuple[str, int]:
        """Return the text and tokens of a sample, the same each time it is asked for."""
        if seed not in self.sent:
            own = random.Random(seed)
            self.sent[seed] = f"answer {seed} \ud83d\ude00 é", own.randint(1, 300)
        return self.sent[seed]


async def send(
    writer: asyncio.StreamWriter, status: int, content: object, headers: str = "", cut: bool = False
) -> None:
    """Send a reply; ``cut`` breaks off half way."""
    payload = content.encode() if isinstance(content, str) else json.dumps(content).encode()
    head = f"HTTP/1.1 {status} x\r\nContent-Length: {len(payload)}\r\n{headers}\r\n"
    writer.write(head.encode() + payload[: len(payload) // 2 if cut else None])
    await writer.drain()


# What goes wrong. Each returns whether the connection stays open.

TROUBLES: list[Callable[[Server, dict[str, object], asyncio.StreamWriter], Awaitable[bool]]] = []
SHAPES: list[Callable[[str, int], object]] = []


def refusing(name: str, status: int, content: object, headers: str = "") -> None:
    """Add a refusal that may pass."""

    async def trouble(_: Server, __: dict[str, object], writer: asyncio.StreamWriter) -> bool:
        await send(writer, status, content, headers)
        return True

    trouble.__name__ = name
    TROUBLES.append(trouble)


def error(message: str, **more: object) -> dict[str, object]:
    """Return an error's body."""
    return {"error": {"message": message, **more}}


refusing("429, wait 0", 429, error("Too many requests"), "Retry-After: 0\r\n")
refusing("429, wait in words", 429, error("Rate limit reached. Please try again in 5ms."))
refusing("429, wait in ms", 429, error("slow down"), "retry-after-ms: 3\r\n")
refusing("503 loading", 503, error("Loading model", type="unavailable_error"))
refusing("500", 500, error("CUDA error: an illegal memory access"))
refusing("524 in HTML", 524, "<html><body>A timeout occurred</body></html>")
refusing("529 overloaded", 529, error("Overloaded", type="overloaded_error"))
refusing("408", 408, "")
refusing("200 with 429", 200, error("Provider returned error", code=429))
refusing("200 with 502", 200, error("Upstream error", code="502"))
refusing("200 with a type", 200, {"type": "error"} | error("busy", type="overloaded_error"))
refusing("200, no choices", 200, {"choices": []})
refusing("200, nothing", 200, "")
refusing("200, choice with an error", 200, {"choices": [{"error": {"code": 502, "message": "x"}}]})
refusing(
    "200, ended with error", 200, {"choices": [{"message": {"content": "ha"}, "finish_reason": "error"}]}
)
refusing("stream without its end", 200, 'data: {"choices":[{"delta":{"content":"ha"}}]}\n\n')
refusing("stream with an error", 200, f"data: {json.dumps(error('Upstream', code=503))}\n\ndata: [DONE]\n\n")


async def drops(_: Server, __: dict[str, object], writer: asyncio.StreamWriter) -> bool:
    """Close the connection without a word."""
    writer.close()
    return False


async def breaks_off(server: Server, body: dict[str, object], writer: asyncio.StreamWriter) -> bool:
    """Close the connection in the middle of an answer."""
    await send(writer, 200, whole(*server.sample(int(str(body["seed"])))), cut=True)
    return False


async def hangs(_: Server, __: dict[str, object], ___: asyncio.StreamWriter) -> bool:
    """Say nothing for longer than anybody waits."""
    await asyncio.sleep(HANG_SECONDS)
    return False


TROUBLES += [drops, breaks_off, hangs]


# The shapes of a whole answer.


def shape(read: Callable[[str, int], object]) -> Callable[[str, int], object]:
    """Add a shape."""
    SHAPES.append(read)
    return read


def usage(tokens: int) -> dict[str, object]:
    """Return the usual counts."""
    return {"prompt_tokens": 10, "completion_tokens": tokens, "total_tokens": 10 + tokens}


def answer(content: object, counts: object, finish: object = "stop", **message: object) -> dict[str, object]:
    """Return an answer's body."""
    return {
        "choices": [{"message": {"content": content, **message}, "finish_reason": finish}],
        "usage": counts,
    }


@shape
def whole(text: str, tokens: int) -> object:
    """Answer as OpenAI does."""
    return answer(text, usage(tokens))


@shape
def parts(text: str, tokens: int) -> object:
    """Answer in parts, one of them a thought."""
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    return answer([thought, {"type": "text", "text": text}], usage(tokens))


@shape
def odd_end(text: str, tokens: int) -> object:
    """End in a word of its own."""
    return answer(
        text, usage(tokens), random.Random(tokens).choice(["eos_token", "STOP", "end_turn", None, ""])
    )


@shape
def reasoning_apart(text: str, tokens: int) -> object:
    """Count reasoning apart from the answer."""
    counts = {"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 10 + tokens}
    return answer(text, counts, reasoning_content="hm")


@shape
def other_names(text: str, tokens: int) -> object:
    """Name the counts otherwise, and leave the total out."""
    return answer(text, {"input_tokens": 10, "output_tokens": tokens})


@shape
def one_count_missing(text: str, tokens: int) -> object:
    """Leave a count to be found from the total."""
    return answer(text, {"prompt_tokens": 10, "completion_tokens": None, "total_tokens": 10 + tokens})


@shape
def padded(text: str, tokens: int) -> object:
    """Begin with a mark of byte order and blank lines."""
    return "\ufeff\n\n  \n" + json.dumps(whole(text, tokens))


@shape
def streamed(text: str, tokens: int) -> object:
    """Stream without being asked to, a character in two halves."""
    chunks = [json.dumps({"choices": [{"index": 0, "delta": {"content": part}}]}) for part in text]
    end = json.dumps({"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": usage(tokens)})
    return ": busy\n\n" + "".join(f"data: {chunk}\n\n" for chunk in [*chunks, end]) + "data: [DONE]\n\n"


async def soak(completions: int, seed: int, trouble: float, scale: float) -> int:
    """Draw the completions, compare the accounts, print them; return how many faults there are."""
    server = Server(random.Random(seed), trouble)
    listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1#m"
    retry = Retry(sleep=lambda seconds: asyncio.sleep(seconds * scale), tries=30, timeouts=30)
    model = OpenAIModel(parse_endpoint(address, {}), retry, ServerOptions(timeout=1.0), {})
    drawn: dict[int, list[Completion]] = {}
    started = time.monotonic()
    async with listening:
        await asyncio.gather(*(draw(model, start, drawn) for start in range(0, completions, PER_PROMPT)))
        await model.close()
        await asyncio.sleep(HANG_SECONDS)  # for those who still hang
    counts = faults(server, drawn, completions)
    print(f"{completions:,} completions in {time.monotonic() - started:.0f} s, seed {seed}")
    for name, times in sorted(server.seen.items(), key=lambda item: -item[1]):
        print(f"{times:7,}  {name}")
    for name, number in counts.items():
        print(f"{name}: {number}")
    return sum(counts.values())


async def draw(model: OpenAIModel, start: int, drawn: dict[int, list[Completion]]) -> None:
    """Draw the samples of one prompt."""
    indices = range(start, start + PER_PROMPT)
    async with aclosing(model.sample((Message("user", f"Say {start}."),), SAMPLING, indices)) as samples:
        async for index, completion in samples:
            drawn.setdefault(index, []).append(completion)


def faults(server: Server, drawn: dict[int, list[Completion]], completions: int) -> dict[str, int]:
    """Return the differences between the two accounts."""
    wrong_text = wrong_tokens = 0
    for index, deliveries in drawn.items():
        text, tokens = server.sent[SAMPLING.request_seed(index)]
        whole_text = text.encode("utf-16", "surrogatepass").decode("utf-16")
        wrong_text += deliveries[0].text != whole_text
        wrong_tokens += (deliveries[0].prompt_tokens, deliveries[0].completion_tokens) != (10, tokens)
    return {
        "lost": completions - len(drawn),
        "delivered twice": sum(len(deliveries) > 1 for deliveries in drawn.values()),
        "paid for twice": sum(times > 1 for times in server.given.values()),
        "with another text": wrong_text,
        "with other tokens": wrong_tokens,
    }


def main() -> None:
    """Parse the options, run, and exit with 1 if there is a fault."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--completions", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--trouble", type=float, default=0.4, help="share of requests that go wrong")
    parser.add_argument("--scale", type=float, default=0.02, help="of the waits between tries")
    options = parser.parse_args()
    sys.exit(bool(asyncio.run(soak(options.completions, options.seed, options.trouble, options.scale))))


if __name__ == "__main__":
    main()
