"""Rows in the formats of trainers, as their documents name the columns.

- ``prompt``: ``prompt`` and ``completion``, lists of messages. TRL's ``SFTTrainer`` takes the loss on the
  completion alone, which is the paper's mask.
- ``messages``: one list, each message with ``train``: Axolotl's ``message_field_training``. Other readers of
  such lists leave it unread.
- preferences: ``prompt``, ``chosen``, ``rejected`` (TRL's ``DPOTrainer``).
- rl: ``prompt`` and the tests, which a reward function of TRL's ``GRPOTrainer`` gets as a column.

Rows of a data set come with their problem, which is the instruction.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from sharpen.answers import NO_ANSWER, answer_in
from sharpen.errors import UsageError
from sharpen.selfcodealign.rows import Row
from sharpen.selfcodealign.validate.agreement import FAILS
from sharpen.suite_json import write_test
from sharpen.types import AssertTest, Message, Prompt

Form = Literal["prompt", "messages"]
Record = dict[str, Any]
CONTENT = ("prompt", "completion", "messages", "chosen", "rejected", "tests")
"""The columns that make a row what it is; the others say where it is from."""


def trained(prompt: Prompt, answer: str, form: Form) -> Record:
    """Return a question and an answer whose tokens alone are trained."""
    if isinstance(prompt, str):
        return {"prompt": prompt, "completion": answer}
    if form == "prompt":
        return {"prompt": turns(prompt), "completion": turns([Message("assistant", answer)])}
    before = [turn | {"train": False} for turn in turns(prompt)]
    return {"messages": [*before, {"role": "assistant", "content": answer, "train": True}]}


def preferred(prompt: Prompt, chosen: str, rejected: str) -> Record:
    """Return a question with a better and a worse answer."""
    if isinstance(prompt, str):
        return {"prompt": prompt, "chosen": chosen, "rejected": rejected}
    answers = {"chosen": chosen, "rejected": rejected}
    return {"prompt": turns(prompt)} | {
        name: turns([Message("assistant", answer)]) for name, answer in answers.items()
    }


def turns(messages: Sequence[Message]) -> list[dict[str, str | bool]]:
    """Return messages as plain data, those of the assistant without thoughts."""
    return [{"role": message.role, "content": _content(message)} for message in messages]


def _content(message: Message) -> str:
    return message.content if message.role != "assistant" else answer_in(message.content) or NO_ANSWER


def sft(rows: Iterable[Row], form: Form) -> Iterator[tuple[str, Record]]:
    """Yield what is to be imitated: the response without its tests, as in the paper."""
    for row in rows:
        if (answer := answer_in(row.response)).strip():
            record = {"id": row.id, **trained(_question(row), answer, form), "licence": row.licence}
            yield row.instruction, record


def preferences(rows: Iterable[Row], rejected: Iterable[Row]) -> Iterator[tuple[str, Record]]:
    """Yield each kept row with the responses to its instruction that fail its tests and their own.

    A response that fails only its own tests may be right, and its tests wrong.

    Raises:
        UsageError: the rows were validated without running them on each other's tests.
    """
    others: dict[str, list[Row]] = {}
    for row in rejected:
        if row.verdict not in ("", "passed"):
            others.setdefault(row.instruction, []).append(row)
    if others and not any(FAILS in row.gates for group in others.values() for row in group):
        raise UsageError(
            "which response fails whose tests was not recorded: run sharpen align validate again, with the"
            " gate agreement"
        )
    for row in rows:
        better = answer_in(row.response)
        for other in others.get(row.instruction, ()):
            worse = answer_in(other.response)
            fails = row.id in str(other.gates.get(FAILS, "")).split()
            if fails and better.strip() and worse.strip() and better != worse:
                pair = preferred(_question(row), better, worse)
                yield row.instruction, {"id": f"{row.id}-{other.id}", **pair, "verdict": other.verdict}


def rl(rows: Iterable[Row]) -> Iterator[tuple[str, Record]]:
    """Yield each task with its tests; ``code`` is a program that passes them and names what they call."""
    for row in rows:
        tests = [write_test(AssertTest("own", row.tests))]
        yield (
            row.instruction,
            {"id": row.id, "prompt": turns(_question(row)), "tests": tests, "code": row.code},
        )


def _question(row: Row) -> tuple[Message, ...]:
    return (Message("user", row.instruction),)
