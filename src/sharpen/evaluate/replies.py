"""The text of a reply in the forms in which providers give it and in which people keep it.

Read are completions of chats and of texts (OpenAI), its Responses, messages of Anthropic, the rows of both
batch interfaces, conversations as lists of messages (also with ShareGPT's ``from`` and ``value``), and
objects with one text. Thoughts are no part. A call of a tool without any text is the text of its arguments.
"""

from collections.abc import Mapping
from typing import Any

from sharpen.answers import called_arguments

_ROLES = (None, "assistant", "model", "gpt", "ai", "bot")
_TEXTS = (
    "text",
    "content",
    "value",
    "completion",
    "solution",
    "program",
    "code",
    "response",
    "answer",
    "output",
)
_INSIDE = ("body", "message", "result", "response")


def replies_in(reply: Mapping[str, Any]) -> list[object]:
    """Return the texts of all choices of a reply; one that has no text is None."""
    reply = _unwrapped(reply)
    choices = reply.get("choices", reply.get("completions"))
    return (
        [reply_in(choice) for choice in choices]
        if isinstance(choices, list) and choices
        else [reply_in(reply)]
    )


def _unwrapped(reply: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the object inside of what batch interfaces and conversations put around it."""
    for name in _INSIDE:
        if isinstance(inner := reply.get(name), dict):
            return _unwrapped(inner)
    return reply


def reply_in(reply: object) -> object:
    """Return the text of a reply, None where it has none; what has no known form comes back as it is."""
    match reply:
        case list():
            return _of_list(reply)
        case dict():
            return _of_object(reply)
    return reply


def _of_list(parts: list[Any]) -> object:
    """Return the text of a content's parts, or of the last message of the assistant."""
    if len(parts) == 1 and not isinstance(parts[0], dict):
        return parts[0]
    objects = [part for part in parts if isinstance(part, dict)]
    if any("role" in part or "from" in part or part.get("type") == "message" for part in objects):
        said = [part for part in objects if part.get("role", part.get("from")) in _ROLES and _speaks(part)]
        return _of_object(said[-1]) if said else None
    texts = [part.get("text") for part in objects if _speaks(part)]
    return "".join(text for text in texts if isinstance(text, str)) if objects else None


def _speaks(part: Mapping[str, Any]) -> bool:
    """Whether a part is not a thought."""
    kind = part.get("type")
    return not (isinstance(kind, str) and ("think" in kind or "reason" in kind))


def _of_object(reply: Mapping[str, Any]) -> object:
    reply = _unwrapped(reply)
    for name in ("choices", "output", "completions"):
        if isinstance(inner := reply.get(name), list) and inner:
            return reply_in(inner[0]) if name != "output" else _of_list(inner)
    content = next((reply[name] for name in _TEXTS if reply.get(name)), called_arguments(reply) or None)
    return _of_list(content) if isinstance(content, list) else content if isinstance(content, str) else None
