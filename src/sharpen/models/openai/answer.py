"""What an OpenAI-compatible server answered, read from whatever form it has.

1. A body is JSON, or a stream of events whose pieces are put together first.
2. An error in a reply of status 200 is the error that it is: at the top, in the choice, or as its end.
3. The answer is the content of the first choice: a text, the text parts of a list, or, where a server took it
   for a call of a tool, the call's arguments. Reasoning, in its own field or part, is not part of an answer.
4. Where nothing but reasoning came, the text is that reasoning as a thought (``<think>``), which holds no
   program, and the answer ended with ``thought``: so it is recorded, and counted in reports. So it ended too
   where it has no text for more tokens than a stop sequence: the server kept the reasoning to itself.
5. No end drops an answer. An end that is not known is ``length`` if all the tokens that were allowed are
   used, else ``stop``.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sharpen.answers import called_arguments
from sharpen.errors import ModelError
from sharpen.models.openai.endpoint import Endpoint
from sharpen.models.openai.errors import ServerError, parsed, server_words
from sharpen.models.openai.usage import UncountedError, read_usage
from sharpen.types import Completion, FinishReason, Sampling

_LENGTH = re.compile(
    r"length|max[_ -]?(output[_ -]?)?tokens|token[_ -]?limit|window|truncat|^incomplete$|^(error_)?limit$",
    re.IGNORECASE,
)
_FILTER = re.compile(
    r"filter|safety|recitation|blocklist|prohibited|spii|refusal|sensitive|guardrail|blocked|moderation|toxic",
    re.IGNORECASE,
)
_FAILURE = re.compile(
    r"^(error|abort(ed)?|cancel(l?ed)?|insufficient_system_resource|network_error|timeout)$", re.IGNORECASE
)
_THOUGHTS = (
    "reasoning_content",
    "reasoning",
    "thinking",
    "reasoning_text",
    "thinking_content",
    "reasoning_details",
    "thoughts",
)
_HIDDEN = 16
"""An answer without text for more tokens than this was thought and not shown; a stop sequence has fewer."""
_STATUS_OF_WORDS = (
    (re.compile(r"rate_limit|too_many_requests|resource_exhausted", re.IGNORECASE), 429),
    (re.compile(r"overloaded", re.IGNORECASE), 529),
    (re.compile(r"authentication|invalid_api_key|unauthori", re.IGNORECASE), 401),
    (re.compile(r"insufficient_(quota|balance|credits?)|billing", re.IGNORECASE), 402),
    (re.compile(r"permission|forbidden", re.IGNORECASE), 403),
    (re.compile(r"invalid_request|bad_?request|badrequest", re.IGNORECASE), 400),
    (re.compile(r"server_error|internal|api_error|unavailable", re.IGNORECASE), 500),
)


def read_completion(text: str, endpoint: Endpoint, sampling: Sampling, seconds: float) -> Completion:
    """Return the completion in a reply's body.

    Raises:
        ServerError: it is an error after all, or holds no choice.
        ModelError: it holds no answer, or token counts that are missing or cannot be true.
    """
    body = _parsed(text, endpoint)
    choice = _first_choice(body)
    message = choice.get("message") or choice.get("delta")
    message = message if isinstance(message, Mapping) else {}
    answer = _first_text(
        message.get("content"), choice.get("text"), message.get("refusal")
    ) or called_arguments(message)
    thought = _thought(message)
    end = _finish(choice.get("finish_reason"), used_up=False)
    # Where all tokens were thought, or a filter took the answer, some servers leave its field out.
    ended = end == "filter" or (message and isinstance(choice.get("finish_reason"), str))
    if not answer and not thought and not ("content" in message or "text" in choice or ended):
        raise ModelError(f"{endpoint.address} answered with no completion but: {_shown(body, endpoint)}")
    usage = body.get("usage") or _nested(body, "x_groq", "usage")
    if not usage and not answer and end == "filter":
        usage = {"prompt_tokens": 0, "completion_tokens": 0}
    try:
        tokens = read_usage(usage, answer or thought)
    except UncountedError as error:
        raise ModelError(
            f"{endpoint.address} does not say how many tokens it used ({error}), and tokens are never "
            "estimated: switch usage on in the server, or use another"
        ) from None
    finish = _finish(choice.get("finish_reason"), tokens.completion >= sampling.max_tokens)
    if thought and not answer.strip():
        answer = f"<think>\n{thought}" + ("" if finish == "length" else "\n</think>\n")
        finish = "thought" if finish == "stop" else finish
    elif not answer and finish == "stop" and tokens.completion > _HIDDEN:
        finish = "thought"
    return Completion(
        text=_joined_halves(answer),
        prompt_tokens=tokens.prompt,
        cached_tokens=tokens.cached,
        completion_tokens=tokens.completion,
        finish_reason=finish,
        model=endpoint.spec,
        seconds=seconds,
    )


def read_models(text: str, endpoint: Endpoint) -> dict[str, int | None]:
    """Return the models that a server lists, with the context in tokens where it says so.

    Raises:
        ModelError: it is not a list.
    """
    body = parsed(text)
    data = body.get("data", body.get("models")) if isinstance(body, Mapping) else body
    if not isinstance(data, list):
        raise ModelError(f"{endpoint.address} does not list its models but says: {_shown(body, endpoint)}")
    listed = [(entry.get("id") or entry.get("name"), entry) for entry in data if isinstance(entry, Mapping)]
    return {name: _context(entry) for name, entry in listed if isinstance(name, str)}


def _context(entry: Mapping[str, Any]) -> int | None:
    names = ("max_model_len", "context_length", "context_window", "max_context_length", "n_ctx")
    parts = [part for part in (entry, entry.get("meta")) if isinstance(part, Mapping)]
    values = [part.get(name) for part in parts for name in names]
    return next((value for value in values if type(value) is int and value > 0), None)


# The body


def _parsed(text: str, endpoint: Endpoint) -> Mapping[str, Any]:
    """Return the object of a reply, or of the pieces of a stream."""
    if not text.strip():
        raise ServerError("broken", body="it answered with no completion, and nothing else")
    if re.match(r"\s*(data|event|id|retry|):", text):
        return _whole(list(_pieces(text)))
    body = parsed(text)
    if isinstance(body, str) and text.lstrip().startswith("{"):
        words = f"it answered with no completion but: {server_words(body)}"
        raise ServerError("broken", body=words)  # JSON that was cut on its way
    if isinstance(body, str):
        raise ServerError(body=f"it answered with no completion but: {server_words(body)}")
    if not isinstance(body, Mapping):
        raise ModelError(f"{endpoint.address} answered with no completion but: {_shown(body, endpoint)}")
    return body


def _pieces(text: str) -> Iterator[Mapping[str, Any]]:
    """Yield what the events of a stream hold; the data of one may have several lines."""
    data: list[str] = []
    for line in [*re.split(r"\r\n|\n|\r", text), ""]:
        name, _, value = line.partition(":")
        if name == "data":
            data.append(value)
        if not data or (line and not _is_whole("".join(data))):
            continue
        value, data = "\n".join(data), []
        if value.strip() == "[DONE]":
            yield {"done": True}
        elif value.strip():
            piece = parsed(value)
            yield piece if isinstance(piece, Mapping) else {"error": value}


def _is_whole(data: str) -> bool:
    """Whether the data of an event is whole: servers leave the blank line behind it out."""
    return data.strip() == "[DONE]" or not isinstance(parsed(data), str)


_LONGEST_LINE = 1 << 16
"""Bytes of an event whose text is shown while it is written: a longer one would be read again and again."""


def streamed_texts(content: bytearray, new: int) -> list[str]:
    """Return the texts of the events that the last ``new`` bytes complete; none where nothing is streamed.

    What cannot be read yet, or at all, is left to :func:`read_completion`, which has the whole reply.
    """
    start = content.rfind(b"\n", 0, len(content) - new) + 1
    if len(content) - start > _LONGEST_LINE:
        return []
    texts = []
    for line in bytes(content[start:]).split(b"\n")[:-1]:
        try:
            piece = json.loads(line.removeprefix(b"data:"))
            choice = piece["choices"][0]
            delta = choice.get("delta") or {}
            texts.append(_first_text(delta.get("content"), choice.get("text")))
        except (ValueError, KeyError, IndexError, TypeError, AttributeError):
            continue
    return [text for text in texts if text]


def _whole(pieces: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return a stream's pieces as one body: texts are joined, and of the rest the last one counts."""
    content: list[str] = []
    thought, called, ends = [], [], []
    whole: dict[str, Any] = {}
    for piece in pieces:
        whole |= {name: piece[name] for name in ("usage", "error", "x_groq", "done") if piece.get(name)}
        choices = piece.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if not isinstance(choice, Mapping) or choice.get("index", 0) != 0:
                continue
            delta = choice.get("delta") or (choice.get("message") if not any(content) else None)  # once more
            delta = delta if isinstance(delta, Mapping) else {}
            content.append(_first_text(delta.get("content"), choice.get("text"), delta.get("refusal")))
            thought.append(_thought(delta))
            called.append(called_arguments(delta))
            ends += [choice["finish_reason"]] if choice.get("finish_reason") else []
            whole |= {"error": choice["error"]} if choice.get("error") else {}
    if not ends and "done" not in whole and not whole.get("error"):
        raise ServerError("broken", body="the stream ended before the answer did")
    text = "".join(content) or "".join(called)
    message = {"content": text, "reasoning_content": "".join(thought)}
    return whole | {"choices": [{"message": message, "finish_reason": ends[-1] if ends else None}]}


def _first_choice(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the choice that holds the answer, or raise the error that the body is instead."""
    if body.get("error"):
        raise ServerError(status=_status(body), body=body)
    choices = body.get("choices")
    if not isinstance(choices, list):
        raise ServerError(status=_status(body), body=_unanswered(body))
    objects = [choice for choice in choices if isinstance(choice, Mapping)]
    if not objects:
        raise ServerError("broken", body="it answered with no completion: its list of choices is empty")
    choice = next((each for each in objects if each.get("index") == 0), objects[0])
    reason = choice.get("finish_reason")
    if choice.get("error"):
        raise ServerError(status=_status(choice), body=choice)
    if isinstance(reason, str) and _FAILURE.fullmatch(reason):
        raise ServerError("broken", body=f"the answer ended with {reason}: it is not whole")
    return choice


def _unanswered(body: Mapping[str, Any]) -> object:
    named = any(body.get(name) for name in ("message", "detail", "errors", "msg"))
    return body if named else f"it answered with no completion but: {server_words(body)}"


def _status(body: Mapping[str, Any]) -> int:
    """Return the status that an error names in its body, as a number or in words; 0 where it names none."""
    inner = body.get("error")
    parts = [part for part in (inner, body) if isinstance(part, Mapping)]
    for part in parts:
        for name in ("code", "status", "status_code", "http_status"):
            value = str(part.get(name, ""))
            if re.fullmatch(r"[45]\d\d", value, re.ASCII):
                return int(value)
    words = " ".join(str(part.get(name, "")) for part in parts for name in ("code", "type", "status"))
    return next((status for pattern, status in _STATUS_OF_WORDS if pattern.search(words)), 0)


# The answer


def _first_text(*values: object) -> str:
    """Return the first of some contents that holds text."""
    return next((text for text in map(_text, values) if text), "")


def _text(content: object) -> str:
    """Return the text of a content: a text, or the text parts of a list."""
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        return _part(content)
    if isinstance(content, list):
        return "".join(part if isinstance(part, str) else _part(part) for part in content)
    return ""


def _part(part: object) -> str:
    if not isinstance(part, Mapping) or _is_thought(part):
        return ""
    text = part.get("text", part.get("refusal"))
    if isinstance(text, Mapping):
        text = text.get("value")
    return text if isinstance(text, str) else ""


def _is_thought(part: Mapping[str, Any]) -> bool:
    kind = part.get("type")
    thinks = isinstance(kind, str) and re.search(r"think|reason|thought", kind) is not None
    return thinks or part.get("thought") is True


def _thought(message: Mapping[str, Any]) -> str:
    """Return the reasoning of a message: a field of its own, or parts of its content."""
    for name in _THOUGHTS:
        field = message.get(name)
        if text := _first_text(field) or _thoughts_of(field):
            return text
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    return _thoughts_of([part for part in parts if isinstance(part, Mapping) and _is_thought(part)])


def _thoughts_of(parts: object) -> str:
    listed = parts if isinstance(parts, list) else [parts]
    names = ("text", "thinking", "reasoning", "summary", "content")
    objects = (part for part in listed if isinstance(part, Mapping))
    return "".join(_first_text(*(part.get(name) for name in names)) for part in objects)


def _finish(reason: object, used_up: bool) -> FinishReason:
    words = reason if isinstance(reason, str) else ""
    if _FILTER.search(words):
        return "filter"
    if _LENGTH.search(words):
        return "length"
    known = words.lower() in _WHOLE
    return "length" if used_up and not known else "stop"


_WHOLE = frozenset({"stop", "eos", "eos_token", "end_turn", "stop_sequence", "completed", "complete"})


def _joined_halves(text: str) -> str:
    """Return ``text`` with characters whole that came as two surrogates in two pieces of a stream."""
    halves = re.compile("[\ud800-\udbff][\udc00-\udfff]")
    return halves.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)


def _nested(body: Mapping[str, Any], *names: str) -> object:
    value: object = body
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _shown(body: object, endpoint: Endpoint) -> str:
    return endpoint.without_secrets(server_words(body))
