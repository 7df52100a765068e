"""ClassEval's ways of taking a class, or one method of it, out of an answer: by fences, lines and margins.

The rules are ClassEval's, so that scores can be compared: ``extract_code`` and ``add_static_statement`` of
classeval_evaluation/test_pipeline.py at 6934e93, ``extract_method_code`` and ``get_method_signature`` of
generation/inference_util.py at 87c5883 (earlier versions, by which the published outputs were made, lose
decorators or repeat them).
"""

import re
from itertools import takewhile

_FENCES = (
    r"```python(.*?)```",
    r"```ruby(.*?)```",
    r"```scss(.*?)```",
    r"```python(.*?)",
    r"```(.*?)```",
    r"\[PYTHON\](.*?)\[/PYTHON\]",
)
"""Tried in this order, the first match counts; the fourth takes nothing out of a fence that is left open."""

_METHOD_FENCES = (_FENCES[0], _FENCES[-1])
_DOCSTRING_ENDS = ('        """', '    """')
_MARGIN = 4
_STATIC = " " * _MARGIN + "@staticmethod"


def class_in(answer: str) -> tuple[str, bool]:
    """Return the code of a class in an answer, and whether it stood in a fence.

    Without a fence, lines before the first that begins with ``class`` are dropped if they import nothing, and
    with them every line of the answer that is the same as one of those; a class that is indented is moved to
    the margin. In both cases exactly those methods become static whose first line has no ``self`` or ``cls``.
    """
    text = _response(answer.rstrip())
    block = _first_block(text, _FENCES)
    code = _at_margin(_without_preface(text)) if block is None else block
    return _with_static_methods(code), block is not None


def _response(answer: str) -> str:
    """Return what follows the prompt, where an answer repeats it."""
    for mark in ("### Response:", "@@ Response:", "[/INST]"):
        if mark in answer:
            return answer.split(mark)[1]
    return answer


def _first_block(text: str, patterns: tuple[str, ...]) -> str | None:
    matches = (re.search(pattern, text, re.DOTALL) for pattern in patterns)
    return next((match[1] for match in matches if match), None)


def _without_preface(text: str) -> str:
    lines = text.split("\n")
    before = takewhile(lambda line: not line.strip().startswith("class"), lines)
    dropped = {line for line in before if not line.strip().startswith(("import", "from"))}
    return "\n".join(line for line in lines if line not in dropped)


def _at_margin(text: str) -> str:
    lines = text.split("\n")
    first = next((line for line in lines if line.strip().startswith("class")), "")
    if not (margin := _indent(first)):
        return text
    return "\n".join(" " * (_indent(line) - margin) + line.lstrip() for line in lines)


def _with_static_methods(code: str) -> str:
    methods = []
    for line in code.split("\n"):
        if "@staticmethod" in line:
            continue
        if line.startswith(" " * _MARGIN + "def ") and not _is_bound(line):
            methods.append(_STATIC)
        methods.append(line)
    return "\n".join(methods)


def _is_bound(line: str) -> bool:
    return "self" in line or "cls" in line


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def method_in(answer: str, name: str) -> str:
    """Return the method ``name`` in an answer, at the margin of a class's body; empty if there is none.

    It is its ``def`` line and what is indented deeper. Without ``self`` or ``cls`` in that line it becomes a
    static method; a docstring that an odd number of lines closes is closed.
    """
    text = _response(answer)
    block = _first_block(text, _METHOD_FENCES)
    lines = (text if block is None else block).split("\n")
    start = next((number for number, line in enumerate(lines) if f"def {name}(" in line), -1)
    if start < 0:
        return ""
    head, *body = ("" if line in ("```", "\r") else line for line in lines[start:])
    if body and _indent(body[0]) - _indent(head) > _MARGIN:
        head = " " * _MARGIN + head
    inside = takewhile(lambda line: not line or _indent(line) > _indent(head), body)
    moved = [" " * (_MARGIN - _indent(head)) + line for line in (head, *inside)]
    if not _is_bound(head):
        moved.insert(0, _STATIC)
    if sum(line in _DOCSTRING_ENDS for line in moved) % 2:
        moved += [_DOCSTRING_ENDS[0], " " * 2 * _MARGIN + "pass"]
    return "\n".join(moved).rstrip() + "\n"


def signature(description: str, name: str) -> str:
    """Return the line that declares a method, from its description; empty if that does not hold it."""
    for piece in description.split("):"):
        if f"def {name}(" in piece:
            return f"    {piece}):"
    return ""
