"""Rows in the formats of trainers, as their documents name the columns.

- ``prompt``: ``prompt`` and ``completion``, lists of messages. TRL's ``SFTTrainer`` takes the loss on the
  completion alone, which is the paper's mask.
- ``messages``: one list, each message with ``train``: Axolotl's ``message_field_training``. Other readers of
  such lists leave it unread.
- preferences: ``prompt``, ``chosen``, ``rejected`` (TRL's ``DPOTrainer``).
- rl: ``prompt`` and the tests, which a reward function of TRL's ``GRPOTrainer`` gets as a column.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from sharpen.selfcodealign.rows import Row
from sharpen.types import Message, Prompt

Form = Literal["prompt", "messages"]
Record = dict[str, Any]


def trained(prompt: Prompt, answer: str, form: Form) -> Record:
    """Return a question and an answer whose tokens alone are trained."""
    if isinstance(prompt, str):
        return {"prompt": prompt, "completion": answer}
    if form == "prompt":
        return {"prompt": turns(prompt), "completion": turns([Message("assistant", answer)])}
    asked = [turn | {"train": False} for turn in turns(prompt)]
    return {"messages": [*asked, {"role": "assistant", "content": answer, "train": True}]}


def preferred(prompt: Prompt, chosen: str, rejected: str) -> Record:
    """Return a question with a better and a worse answer."""
    if isinstance(prompt, str):
        return {"prompt": prompt, "chosen": chosen, "rejected": rejected}
    answers = {"chosen": chosen, "rejected": rejected}
    return {"prompt": turns(prompt)} | {
        name: turns([Message("assistant", answer)]) for name, answer in answers.items()
    }


def turns(messages: Sequence[Message]) -> list[dict[str, str | bool]]:
    """Return messages as plain data."""
    return [{"role": message.role, "content": message.content} for message in messages]


def sft(rows: Iterable[Row], form: Form) -> Iterator[Record]:
    """Yield what is to be imitated: the response without its tests, as in the paper."""
    for row in rows:
        yield {"id": row.id, **trained(_asked(row), row.response, form), "licence": row.licence}


def preferences(rows: Iterable[Row], failed: Iterable[Row]) -> Iterator[Record]:
    """Yield each kept row with each response to its instruction that failed its own tests."""
    worse: dict[str, list[Row]] = {}
    for row in failed:
        if row.verdict not in ("", "passed"):
            worse.setdefault(row.instruction, []).append(row)
    for row in rows:
        for other in worse.get(row.instruction, ()):
            pair = preferred(_asked(row), row.response, other.response)
            yield {"id": f"{row.id}-{other.id}", **pair, "verdict": other.verdict}


def rl(rows: Iterable[Row]) -> Iterator[Record]:
    """Yield each task with its tests; ``code`` names what they call."""
    for row in rows:
        yield {"id": row.id, "prompt": turns(_asked(row)), "tests": row.tests, "code": row.code}


def _asked(row: Row) -> tuple[Message, ...]:
    return (Message("user", row.instruction),)
