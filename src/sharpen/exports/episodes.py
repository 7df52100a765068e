"""Recorded episodes for trainers that learn from whole conversations: a try, what was said of it, a new try.

An episode is a path of a run's tree, from a first answer to the last one that was judged below it. Its row:

- ``reward``: 1 or 0, whether the last answer passes the hidden tests (or the evaluator's reward of a trial).
- ``conversations``: what the model read and wrote, as lists of messages. ``train`` marks the answers that are
  this episode's own: each is marked once. An episode is one conversation where every question continues the
  one before, as in repair's joint form, and several where a question begins anew. The prompts of models
  without chat are texts, and their messages have no role.
- ``turns``: of each marked answer, in order, its stage, its tokens, its own reward, and what the tests said
  whose errors a prompt may quote; null where nothing was judged.

Answers are whole, thoughts included, because these are the tokens that were drawn. Answers of another model,
which only explains, are not marked. Episodes that share their first answers are rows of their own, and equal
episodes are rows of their own too: how often something is drawn matters here.
"""

from collections.abc import Iterator, Sequence

from sharpen.exports.trainers import Record
from sharpen.journal.directory import RecordedConfig
from sharpen.types import Message, Node, Prompt, Verdict

Turn = dict[str, str | bool]
"""A message as plain data, with ``train``."""


def episodes(nodes: Sequence[Node], config: RecordedConfig) -> Iterator[Record]:
    """Yield the episodes of one problem's tree, in the order of their last answers."""
    by_id = {node.id: node for node in nodes}
    paths = {node.id: _path(node, by_id) for node in nodes if _reward(node) is not None}
    inner = {before.id for path in paths.values() for before in path[:-1]}
    for name, path in paths.items():
        policy = next((node.author for node in reversed(path) if _is_drawn(node)), None)
        if name not in inner and policy is not None:
            yield {
                "id": name,
                "benchmark": config.benchmark,
                "problem": path[-1].problem,
                "model": policy,
                "reward": _reward(path[-1]),
                "conversations": _conversations(path, policy),
                "turns": _turns(path, policy),
            }


def _path(node: Node, by_id: dict[str, Node]) -> list[Node]:
    path = [node]
    while parent := by_id.get(path[-1].parent or ""):
        path.append(parent)
    return path[::-1]


def _is_drawn(node: Node) -> bool:
    """Whether a model wrote it; a prompt that did not fit has no answer."""
    return node.completion is not None and node.completion.finish_reason != "overflow"


def _reward(node: Node) -> float | None:
    return node.reward if node.verdict is None else float(node.verdict.passed)


def _conversations(path: Sequence[Node], policy: str) -> list[list[Turn]]:
    found: list[list[Turn]] = []
    read: list[Turn] = []
    for node in path:
        if not _is_drawn(node):
            continue
        asked = _messages(node.prompt)
        if found and asked[: len(read)] == read:
            found[-1] += [message | {"train": False} for message in asked[len(read) :]]
        else:
            found.append([message | {"train": False} for message in asked])
        answer: Turn = {"content": node.text}
        if not isinstance(node.prompt, str):
            answer = {"role": "assistant", **answer}
        found[-1].append(answer | {"train": node.author == policy})
        read = [*asked, answer]
    return found


def _messages(prompt: Prompt) -> list[Turn]:
    if isinstance(prompt, str):
        return [{"content": prompt}]
    return [_plain(message) for message in prompt]


def _plain(message: Message) -> Turn:
    return {"role": message.role, "content": message.content}


def _turns(path: Sequence[Node], policy: str) -> list[Record]:
    turns: list[Record] = []
    for node in path:
        reward = _reward(node)
        if _is_drawn(node) and node.author == policy:
            turns.append(
                {
                    "node": node.id,
                    "stage": node.stage,
                    "tokens": node.tokens,
                    "visible": _passed(node.shown),
                    "reward": reward,
                }
            )
        elif turns and node.completion is None and reward is not None:  # what the world said of an action
            turns[-1]["reward"] = reward
    return turns


def _passed(verdict: Verdict | None) -> float | None:
    return None if verdict is None else float(verdict.passed)
