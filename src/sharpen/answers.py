"""The answer in what a model wrote: without its thoughts, and without the control tokens of a chat template.

A reasoning model writes thoughts before its answer. Drafts in them are not an answer, so everything that
reads a completion reads it through :func:`answer_in`: programs, graphs, actions, own tests, explanations,
prompts that quote an answer, training rows. The journal keeps the completion verbatim.

1. What stands between an opening and a closing mark is a thought.
2. A closing mark alone ends a thought that the prompt opened: everything before it is a thought.
3. An opening mark alone opens a thought that was cut: everything after it is a thought.
4. A control token that ends a message (``<|im_end|>``) ends the answer; what follows is another message. At
   the end of a text any control token does.
5. Marks in quotes or backticks are text, and so are those in an answer that is Python as a whole, opening
   marks in a fenced block, and closing marks in one that do not begin their line.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sharpen.syntax import parse_module

_CODE_BEGINS = re.compile(r"```|###")

NO_ANSWER = "(no answer)"
"""Stands in a prompt for an answer that is empty: servers refuse an empty message."""

_NAMES = (
    r"(?:\w{1,20}:)?(?:think\w{0,20}|(?:inner_|internal_)?thoughts?(?:_process)?|ant_?thinking|longcat_think)"
)
_NOTES = (
    "(?:(?:internal_)?reason(?:ing)?|scratch_?pad|analysis|(?:self_)?reflection|critique|rationale|cot"
    "|chain_of_thought|(?:inner_|internal_)?monologue|brainstorm(?:ing)?|plan(?:ning)?|draft)"
)
_PIPED = "(?:of_)?(?:thought|reasoning)|thinking|think"
_BARRED = "think|thinking|thought|reasoning"
_PAIRS = (
    (rf"< ?{_NAMES}(?: \w+=[^>\n]{{0,99}})?>", rf"< ?/ ?{_NAMES} ?>"),
    (r"\[think\]", r"\[/think\]"),
    ("◁think▷", "◁/think▷"),
    (rf"<\|(?:begin|start)_(?:{_PIPED})\|>", rf"<\|end_(?:{_PIPED})\|>"),
    (r"<\|inner_prefix\|>", r"<\|inner_suffix\|>"),
    (r"<unused94>(?:thought\b)?", "<unused95>"),
    (r"<\|channel>(?:thought|analysis)\b", r"<channel\|>"),
    (r"<\|im_start\|>think\b", r"<\|im_start\|>answer\b"),  # s1
    (rf"<\|(?:{_BARRED})\|>", rf"<\|/(?:{_BARRED})\|>|<\|end\|><\|begin\|>assistant<\|content\|>"),  # Solar's
    (f"<{_NOTES}>", f"</{_NOTES}>|(?=<answer>)"),
)
"""Marks that mean a thought even where the other one is missing."""
_FOLDED = (
    r"<details[^>\n]{0,99}>\s{0,9}<summary>[^<\n]{0,40}(?:thinking|thought|reasoning)[^<\n]{0,40}</summary>"
)
_TEXT_PAIRS = (
    (rf"<details type=[\"']reasoning[\"'][^>\n]{{0,99}}>|{_FOLDED}", "</details>"),
    (r"^Thinking\.\.\.$", r"^\.\.\.done thinking\.$"),  # ollama in a terminal
    ("^Here(?:'s| is) my thought process:", "^Here(?:'s| is) my response:"),
    (r"\Aanalysis(?=[A-Z\s])", "assistantfinal"),  # gpt-oss behind a server that removes control tokens
)
"""Marks that can be ordinary text, and count only in pairs; but see ``_CUT``."""
_CUT = re.compile(r"\s*(?:Thinking\.\.\.$|analysis[A-Z])", re.MULTILINE)
"""Such a mark at the beginning of a text that is no ordinary text: it opens a thought that was cut."""
_MESSAGE = r"[^\n<]{0,99}(?:<\|constrain\|>\w{0,20})?<\|message\|>"
_CHANNEL = rf"(?:<\|start\|>assistant)?<\|channel\|>(?!final)\w{{1,20}}{_MESSAGE}"
"""Opens a thought (gpt-oss) that the next control token closes."""
_END = (
    r"<\|(?:endoftext|end_?of_?(?:text|turn|sentence|utterance|turn_token|block|prompt|message|role)|im_end|im_sep"
    r"|eot_id|eom_id|eot|eos|end|stop|python_end"
    r"|return|call|end_response|user|human|system|observation|file_sep|file_separator|repo_name"
    r"|fim_(?:prefix|middle|suffix|pad))\|>"
    r"|<｜(?:end▁of▁sentence|User)｜>|<(?:end_of_turn|end_of_utterance|eos|eot|eoa|file_sep)>"
    r"|(?:</(?:s|assistant)>|<(?:turn|tool_call)\|>|\[/?INST\]|<(?:\|?pad\|?|unk|sep|end)>"
    r"|<[|｜][\w▁]{1,40}[|｜]>){1,99}(?=\s{0,99}(?:`{3,}\s{0,9})?\Z)"
)
_HEADER = (
    r"<\|(?:im_start|start|begin_of_text|start_response|(?:begin|end)_of_solution)\|>(?:assistant\b)?"
    r"|<\|(?:assistant|python_tag|python_start)\|>|<\|start_header_id\|>assistant<\|end_header_id\|>|<start_of_turn>model\b|<bos>|\A<s>(?=\s|\[)"
    rf"|<\|channel\|>final{_MESSAGE}"
)
_FENCE = r"(?<![`~])(?:`{3,}+|~{3,}+)(?=[^`\n]{0,99}$)"


def _alternatives() -> Iterator[str]:
    for number, (opening, closing) in enumerate((*_PAIRS, *_TEXT_PAIRS)):
        yield rf"(?P<open{number}>{opening})|(?P<close{number}>{closing})"
    yield rf"(?P<open>{_CHANNEL})|(?P<end>{_END})|(?P<header>{_HEADER})|(?P<fence>{_FENCE})"


def _kind_and_pair(group: str) -> tuple[str, int]:
    kind = group.rstrip("0123456789")
    return kind, int(group.removeprefix(kind) or _CHANNEL_PAIR)


_MARK = re.compile(rf"(?=[<\[◁`~HhAaTt.])(?:{'|'.join(_alternatives())})", re.IGNORECASE | re.MULTILINE)
_CHANNEL_PAIR = -1
_GROUPS = {name: _kind_and_pair(name) for name in _MARK.groupindex}
_QUOTE = re.compile(r"(?<!\w)'|'(?!\w)")
_LOOK_BACK = 300
"""Characters before a mark in which its line's beginning and quotes are looked for."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """A mark: its kind (a name of a group of ``_MARK``), the number of its pair, and where it stands."""

    kind: str
    pair: int
    start: int
    end: int
    begins_line: bool


def answer_in(text: str) -> str:
    """Return the answer in ``text``, a completion; empty where it holds nothing but thoughts.

    A text without marks comes back as it is. Otherwise blank lines before the answer and blanks behind it are
    removed; the indentation of its first line stays.
    """
    marks = list(_marks(text))
    if all(mark.kind == "fence" for mark in marks) or _is_python(text):
        return text
    reader = _Reader(text, Counter(mark.pair for mark in marks if mark.kind == "close"))
    for mark in marks:
        reader.read(mark)
        if reader.ended:
            break
    answer = reader.answer()
    return answer if answer == text else re.sub(r"\A(?:[ \t]*\n)+", "", answer).rstrip()


@dataclass
class _Reader:
    """Collects the pieces of an answer between its marks.

    Attributes:
        closing: closing marks by pair that are still to come.
        pieces: what belongs to the answer before ``start``.
        start: where the piece begins that is read.
        thought: the pair that is open; None in the answer.
        skipped: opening marks by pair that are text.
    """

    text: str
    closing: Counter[int]
    pieces: list[str] = field(default_factory=list)
    start: int = 0
    thought: int | None = None
    skipped: Counter[int] = field(default_factory=Counter)
    fenced: bool = False
    ended: bool = False

    def read(self, mark: _Mark) -> None:
        if mark.kind == "close":
            self.closing[mark.pair] -= 1
        if self.thought is not None:
            if self._closes(mark):
                self._answer_from(mark)
        elif mark.kind == "fence":
            self.fenced ^= mark.begins_line
        elif mark.kind == "open":
            self._open(mark)
        elif mark.kind == "close":
            self._close_alone(mark)
        else:
            self.pieces.append(self.text[self.start : mark.start])
            self.ended = mark.kind == "end"
            self.start = mark.end

    def answer(self) -> str:
        rest = self.thought is None and not self.ended
        return "".join([*self.pieces, self.text[self.start :] if rest else ""])

    def _closes(self, mark: _Mark) -> bool:
        if self.thought == _CHANNEL_PAIR:
            return mark.kind in ("end", "header")
        return mark.kind == "close" and mark.pair == self.thought

    def _answer_from(self, mark: _Mark) -> None:
        self.start, self.thought, self.fenced = mark.end, None, False

    def _open(self, mark: _Mark) -> None:
        alone = not self.closing[mark.pair]
        is_text = alone and (mark.pair >= len(_PAIRS) or not mark.begins_line) and not self._is_cut(mark)
        if mark.pair != _CHANNEL_PAIR and (self.fenced or is_text):
            self.skipped[mark.pair] += 1
            return
        self.pieces.append(self.text[self.start : mark.start])
        self.thought = mark.pair

    def _is_cut(self, mark: _Mark) -> bool:
        return not self.text[: mark.start].strip() and _CUT.match(self.text) is not None

    def _close_alone(self, mark: _Mark) -> None:
        if mark.start == mark.end:  # what follows a thought opens none
            return
        if self.skipped[mark.pair]:
            self.skipped[mark.pair] -= 1
        elif mark.pair < len(_PAIRS) and (mark.begins_line or not self.fenced):
            self.pieces.clear()
            self._answer_from(mark)


def _marks(text: str) -> Iterator[_Mark]:
    for match in _MARK.finditer(text):
        kind, pair = _GROUPS[match.lastgroup or ""]
        near = max(match.start() - _LOOK_BACK, 0)
        line = text[max(text.rfind("\n", near, match.start()) + 1, near) : match.start()]
        if not _is_quoted(line):
            yield _Mark(kind, pair, match.start(), match.end(), not line.strip(" \t>"))


def _is_quoted(before: str) -> bool:
    """Whether a quote or a backtick is open at the end of ``before``, the beginning of a line."""
    counts = before.count('"'), before.count("`") - 3 * before.count("```"), len(_QUOTE.findall(before))
    return any(count % 2 for count in counts)


def _is_python(text: str) -> bool:
    try:
        return bool(parse_module(text).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def called_arguments(message: Mapping[str, Any]) -> str:
    """Return the arguments of the tool that a message calls: an answer that a server took for a call."""
    calls = message.get("tool_calls")
    call = calls[0] if isinstance(calls, list) and calls else None
    function = call.get("function") if isinstance(call, Mapping) else message.get("function_call")
    arguments = function.get("arguments") if isinstance(function, Mapping) else None
    return arguments if isinstance(arguments, str) else ""


def without_code(explanation: str) -> str:
    """Return an explanation up to where it begins to give a program: a code fence, or ``###``.

    The self-repair paper's code ends explanations there, so that no repair copies its feedback's solution.
    """
    match = _CODE_BEGINS.search(explanation)
    return (explanation[: match.start()] if match else explanation).strip()
