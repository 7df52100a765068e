"""The console that everything is printed to: text is shown as it is, from any source."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console as RichConsole
from rich.console import ConsoleOptions, RenderableType
from rich.segment import Segment

_CONTROLS = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n"} | {0x7F: "\u2421"}
_DIRECTIONS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_LINE_ENDS = (0x2028, 0x2029)
_SURROGATES = range(0xD800, 0xE000)
_SHOWN = _CONTROLS | dict.fromkeys((*range(0x80, 0xA0), *_DIRECTIONS, *_LINE_ENDS, *_SURROGATES), "\ufffd")


class Console(RichConsole):
    """A console that reads no markup, and lets no text steer the terminal.

    Task ids, answers, servers' errors and names of files come from elsewhere. ``[/]`` in them is text, and
    characters that move the cursor, change colours or turn the direction of writing are shown as signs.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - rich's own
        super().__init__(**{"markup": False, "emoji": False, **options})

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield what is printed, without control characters other than rich's own."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=visible(segment.text))


def visible(text: str) -> str:
    """Return ``text`` with a sign in the place of each character that a terminal obeys or cannot print."""
    return text if text.isprintable() else text.translate(_SHOWN)
