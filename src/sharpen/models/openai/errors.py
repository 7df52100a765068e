"""What a server's errors mean, and the sentence that a person reads.

::

    connection    no reply came                   ModelUnavailableError   after retries
    timeout       no reply came in time           ModelError              after one retry, if it still lives
    busy          429, 503, 529                   ModelUnavailableError   after retries
    failing       408, 409, 425, 499, 5xx, cut    ModelError              after retries
    quota         402, a used-up quota            ModelUnavailableError
    key           401, 403                        ModelUnavailableError   names the variable
    model         404, or a 400 that says it      ModelUnavailableError   names what the server has
    redirect      3xx                             ModelUnavailableError   names the new address
    parameter     an option is refused            ModelUnavailableError   names the option to use
    overflow      the prompt does not fit         ContextOverflowError
    filter        a filter refused the prompt     an empty answer that ended with ``filter``
    other         everything else                 ModelError              with the server's own words

Codes are read first and words second: there are as many wordings as servers, so that the rules for words are
broad, and what looks like another kind is taken out of their way first.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sharpen.errors import ContextOverflowError, ModelError, ModelUnavailableError
from sharpen.models.openai.endpoint import Endpoint

_LONGEST_WORDS = 300
_LONGEST_READ = 20_000

Kind = Literal[
    "connection",
    "timeout",
    "busy",
    "failing",
    "quota",
    "key",
    "model",
    "redirect",
    "parameter",
    "overflow",
    "filter",
    "other",
]
_ENDS_A_RUN: frozenset[Kind] = frozenset({"connection", "busy", "quota", "key", "redirect"})
RETRIED: frozenset[Kind] = frozenset({"connection", "timeout", "busy", "failing"})
OVERLOAD: frozenset[Kind] = frozenset({"timeout", "busy"})
"""Kinds that fewer requests at once could have avoided."""


@dataclass
class ServerError(Exception):
    """A request that brought no answer.

    Attributes:
        cause: no reply came, none came in time, one holds no whole answer, or one is an error.
        status: the HTTP status, or the one that the body of a 200 names; 0 where there is none.
        body: the reply, parsed where it is JSON; else its text, or why there is none.
        headers: of the reply.
    """

    cause: Literal["connection", "timeout", "broken", "reply"] = "reply"
    status: int = 0
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """All of the body as text, for rules; never for a person."""
        return _strings(self.body)[:_LONGEST_READ]

    @property
    def code(self) -> str:
        """The codes and types that the body names, in lower case, apart by blanks."""
        return " ".join(_codes(self.body)).lower()

    @property
    def param(self) -> str:
        """The parameter that the body blames, or empty."""
        body = self.body.get("error", self.body) if isinstance(self.body, Mapping) else None
        param = body.get("param") if isinstance(body, Mapping) else None
        return param if isinstance(param, str) else ""


def _codes(body: object, depth: int = 3) -> list[str]:
    """Return the codes and types in a body, the outer ones first."""
    if isinstance(body, list) and body:
        return _codes(body[0], depth - 1)
    if not isinstance(body, Mapping) or not depth:
        return []
    values = (body.get(name) for name in ("code", "type", "status"))
    own = [str(value) for value in values if isinstance(value, str | int)]
    inner = (body.get(name) for name in ("error", "errors", "detail"))
    return own + [code for part in inner for code in _codes(part, depth - 1)]


def _strings(body: object, depth: int = 6) -> str:
    """Return the texts in a body, without the names of its fields."""
    if isinstance(body, str):
        return body
    parts = list(body.values()) if isinstance(body, Mapping) else body if isinstance(body, list) else []
    return " ".join(_strings(part, depth - 1) for part in parts[:100]) if depth else ""


def parsed(text: str) -> object:
    """Return a body as JSON where it is some, else as the text that it is."""
    try:
        return json.loads(text, strict=False)  # some servers leave the ends of lines in texts as they are
    except (ValueError, RecursionError):
        return text


_QUOTA = re.compile(
    r"insufficient[_ ](quota|credits?|balance|funds)|credit balance|exceeded your current quota|"
    r"out of credits|no credits|(key|monthly|spend(ing)?|usage) limit (exceeded|reached)|"
    r"billing[_ ](hard[_ ])?limit|payment required|arrear|quota (is )?exhausted|余额不足|欠费",
    re.IGNORECASE,
)
_RATE = re.compile(
    r"rate[_ -]?limit|too many requests|(requests|tokens|queries) per (second|minute|hour|day)|\b[TR]P[MD]\b|"
    r"throttl|concurren",
    re.IGNORECASE,
)
_TRANSIENT = re.compile(
    r"overload|internal|unavailable|upstream|bad gateway|time[d -]*out|try again|server[_ ]error|api_error|"
    r"temporar|capacity|loading|network|connection",
    re.IGNORECASE,
)
_FILTER = re.compile(
    r"content[_ ](management[_ ])?(policy|filter)|responsible[_ ]?ai|moderation|data_inspection_failed|"
    r"was flagged|prohibited[_ ]content|unsafe content|inappropriate content|safety (system|filter|reasons)|"
    r"content (safety|exists risk)|guardrail|敏感|不安全",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"unsupported|not supported|does not support|doesn't support|unknown|unrecognized|unexpected|"
    r"not permitted|not allowed|forbidden|only the default|cannot both|can't both|only one of|use only one|"
    r"extra inputs|deprecated|only support|mutually exclusive",
    re.IGNORECASE,
)
_OVERFLOW_CODE = re.compile(
    r"context_?(length|window|size)|exceed_context|(prompt|input|string|request)_(is_)?(too_(long|large)|above_max)|"
    r"max_(model|context|input)_(len|length|tokens)_?exceeded"
)
_TOO_MUCH = (
    r"(too (long|large|many|big)|exceed|longer than|greater than|larger than|more than|over the|beyond|"
    r"surpass|above|must be (<=|<|less|at most|no more|smaller|fewer|under)|must have (less|fewer|at most)|"
    r"only supports? up to|out of range|does(n't| not) fit|reduce the length|\d\s*>\s*\d)"
)
_INPUT = (
    r"(prompt|inputs?|messages?|conversation|request(ed)?|quer(y|ies)|sequence|text|history|tokens?|length)"
)
_OTHER_LIMIT = re.compile(r"time[ -]?(limit|out)|timed out|deadline|memory|disk", re.IGNORECASE)
_OVERFLOW = re.compile(
    # a context and what is wrong with it
    r"(context|prompt|sequence|position|session)[_ -]?(length|size|window|limit|len|embedding)|"
    r"model_len|max_seq|range of input length|"
    # the prompt is too much: the limit, or what it is measured in, is named
    rf"\b{_INPUT}\b.{{0,120}}?{_TOO_MUCH}|"
    r"too many (input |prompt )?tokens|reduce the length of|context shift is disabled|"
    r"超长|超[过出].{0,20}(长度|上下文)|"
    # no room is left for an answer: sharpen never asks for fewer than one token
    r"max_(new_|completion_|output_)?tokens['\"`]? must be (at least 1|greater than 0|positive|>= ?1|> ?0)",
    re.IGNORECASE | re.DOTALL,
)
_ANSWER_LIMIT = re.compile(
    r"max_(new_|completion_|output_)?tokens|(completion|output|generated) tokens", re.IGNORECASE
)
_PROMPT = re.compile(r"prompt|inputs?\b|messages|context|conversation|at least 1|got -?\d", re.IGNORECASE)
_NO_KEY = re.compile(r"api[ _]key (is )?(not valid|invalid)|(invalid|incorrect) api[ _]key", re.IGNORECASE)
_NO_MODEL = re.compile(
    r"\bmodel\b.{0,80}\b(not (exist|found)|not a valid)|not a valid model|(unknown|invalid) model\b|"
    r"model_not_found",
    re.IGNORECASE,
)
_WRONG_VALUE = re.compile(r"must be|invalid value|out of range|between|at most", re.IGNORECASE)
_TEXT_OF_LIMITS = frozenset({400, 413, 414, 422, 500, 0})


def kind_of(error: ServerError, context: int | None = None) -> Kind:
    """Return what an error means; ``context`` is the model's context in tokens where the server says it."""
    if error.cause == "broken":
        return "failing"
    if error.cause != "reply":
        return error.cause
    status, words = error.status, f"{error.code} {error.words}"
    if 300 <= status < 400:
        return "redirect"
    if status == 402 or _is_quota(error, words):
        return "quota"
    if status != 401 and _FILTER.search(words):
        return "filter"
    if _overflows(error, words, context):
        return "overflow"
    refused = refused_parameters(error) or _wrong_values(error)
    if status in (400, 422, 0) and (refused or _limits_the_answer(words)):
        return "parameter"
    return _by_status(status, words)


def _by_status(status: int, words: str) -> Kind:
    if status in (401, 403) or (status == 400 and _NO_KEY.search(words)):
        return "key"
    if status == 404 or (status in (400, 422) and _NO_MODEL.search(words)):
        return "model"
    if re.search(r"request too large", words, re.IGNORECASE) and _RATE.search(words):
        return "other"  # one request exceeds what a whole minute may have: waiting does not help
    if status in (429, 503, 529) or (status in (0, 400) and _RATE.search(words)):
        return "busy"
    passing = status in (408, 409, 425, 499) or (status >= 500 and status != 501)
    return "failing" if passing or (not status and _TRANSIENT.search(words)) else "other"


def _is_quota(error: ServerError, words: str) -> bool:
    if error.status in (401, 404):
        return False
    if re.search(r"insufficient_quota|billing_hard_limit", error.code):
        return True
    # Free tiers say "exceeded your current quota" of a minute, and when to come back.
    waits = "retry-after" in error.headers or re.search(r"retry in|retryDelay|try again in", words)
    return bool(_QUOTA.search(words)) and not waits


def _overflows(error: ServerError, words: str, context: int | None) -> bool:
    if error.status not in _TEXT_OF_LIMITS or _RATE.search(words):
        return False
    if _OVERFLOW_CODE.search(error.code):
        return True
    if _limits_the_answer(words):
        return False
    if re.search(r"unsupported|unknown|unrecognized|not permitted", words, re.IGNORECASE):
        return False
    if _OTHER_LIMIT.search(words):
        return False
    if _OVERFLOW.search(words) or (error.status == 413 and re.search(_TOO_MUCH, words, re.IGNORECASE)):
        return True
    numbers = {int(number.replace(",", "")) for number in re.findall(r"\d[\d,]{1,8}", words)}
    return context in numbers


def _limits_the_answer(words: str) -> bool:
    """Return whether an error is about the tokens of the answer, not those of the prompt."""
    return bool(_ANSWER_LIMIT.search(words)) and not _PROMPT.search(words)


def server_words(body: object) -> str:
    """Return the message inside an error's body: one line, printable, not longer than a person reads."""
    for _ in range(5):
        if isinstance(body, list) and body:
            body = body[0]
        if not isinstance(body, Mapping):
            break
        names = ("error", "message", "detail", "msg", "errors", "reason", "title")
        body = next((body[name] for name in names if body.get(name)), str(dict(body)))
    if body is None or isinstance(body, Mapping):
        return "it gave no reason"
    text = str(body)[:_LONGEST_READ].encode("utf-8", "backslashreplace").decode()
    text = re.sub(r"<(style|script)\b.*?</\1>|<[^>]+>", " ", text, flags=re.DOTALL)
    text = "".join(character if character.isprintable() else " " for character in text)
    words = " ".join(text.split()) or "it gave no reason"
    return words if len(words) <= _LONGEST_WORDS else words[: _LONGEST_WORDS - 3] + "..."


_OPTIONS: Mapping[str, str] = {
    "temperature": "leave it out with --temperature none",
    "top_p": "leave it out with --top-p none",
    "seed": "leave it out with --seed none",
    "stream": "ask for a stream with --server.stream",
    "reasoning_effort": "change --server.reasoning-effort",
    "max_tokens": "change --max-tokens",
    "max_completion_tokens": "change --max-tokens",
    "grammar": "leave --constrained out",
    "structured_outputs": "leave --constrained out",
}


def refused_parameters(error: ServerError) -> list[str]:
    """Return the parameters that a server refuses to know or to take, of those that an option sets."""
    words = error.words
    if error.param in _OPTIONS and (_REFUSAL.search(words) or "unsupported" in error.code):
        return [error.param]
    if not _REFUSAL.search(words):
        return []
    if error.param:
        return []
    return [name for name in _OPTIONS if re.search(rf"\b{name}\b", words)]


def _wrong_values(error: ServerError) -> list[str]:
    """Return the parameters whose value a server refuses, of those that can be left out."""
    if not _WRONG_VALUE.search(error.words):
        return []
    return [
        name
        for name in ("temperature", "top_p", "seed")
        if error.param == name or re.search(rf"\b{name}\W{{0,3}} must be", error.words)
    ]


def refusal(error: ServerError, kind: Kind, endpoint: Endpoint, tried: str, *, general: bool) -> ModelError:
    """Return our error for a server's.

    Args:
        error: what came.
        kind: what it means.
        endpoint: where it came from.
        tried: how often and how long, for a person.
        general: whether no other request can fare better, as nothing was ever answered.
    """
    words = endpoint.without_secrets(server_words(error.body))
    sentence = endpoint.without_secrets(_sentence(error, kind, endpoint, tried, words))
    if kind == "overflow":
        return ContextOverflowError(sentence)
    if kind in _ENDS_A_RUN or (kind in ("parameter", "timeout") and general):
        return ModelUnavailableError(sentence)
    return ModelError(sentence)


def _sentence(error: ServerError, kind: Kind, endpoint: Endpoint, tried: str, words: str) -> str:
    at, status = endpoint.address, error.status or "in the body of a 200"
    match kind:
        case "connection":
            hint = "is the server running, and is the address right?"
            if "CERTIFICATE" in words:
                hint = "name the file of certificates to trust in SSL_CERT_FILE"
            return f"{at} cannot be reached ({words}; {tried}): {hint}"
        case "timeout":
            return (
                f"{at} did not answer in time ({tried}): raise --server.timeout, lower --max-tokens or "
                "--server.concurrency, or ask for a stream with --server.stream"
            )
        case "overflow":
            return f"the prompt and max_tokens do not fit into the context of {endpoint.spec}: {words}"
        case "key":
            return (
                f"{at} refused the key ({status}): set {endpoint.key_variable} to one that may use "
                f"{endpoint.model}; the server says: {words}"
            )
        case "quota":
            return f"the account's quota at {at} is used up ({status}): add credit; it says: {words}"
        case "busy":
            return (
                f"{at} refuses more requests ({status}; {tried}): raise the account's limits or run the same "
                f"command again later; the server says: {words}"
            )
        case "redirect":
            target = error.headers.get("location", "nowhere")
            return f"{at} redirects to {target} ({status}), and prompts do not follow: use that address"
        case "parameter":
            names = refused_parameters(error) or _wrong_values(error) or ["max_tokens"]
            ways = " or ".join(dict.fromkeys(_OPTIONS[name] for name in names))
            return f"{at} refuses {' and '.join(names)} ({status}): {ways}; the server says: {words}"
        case _:
            return f"{at} failed on a request ({error.status or 'no status'}; {tried}): {words}"


def unknown_model(error: ServerError, endpoint: Endpoint, served: Sequence[str]) -> ModelError:
    """Return the error for a model that is not known; ``served`` is empty when the server lists none."""
    words = endpoint.without_secrets(server_words(error.body))
    if endpoint.model in served and error.status == 404:
        return ModelUnavailableError(
            f"{endpoint.address} has {endpoint.model} but not the route of this request (404): "
            f"a chat model may not continue plain text; the server says: {words}"
        )
    if endpoint.model in served:
        return ModelUnavailableError(
            f"{endpoint.address} lists {endpoint.model} and refuses it ({error.status}); it says: {words}"
        )
    hint = f"it has {', '.join(served)}" if served else "is the address right? It mostly ends in /v1"
    return ModelUnavailableError(
        f"{endpoint.address} has no model {endpoint.model} ({error.status}): {hint}; the server says: {words}"
    )
