"""Text from elsewhere is printed as it is: it is not markup, and a terminal obeys none of it."""

import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

import sharpen
from sharpen.terminal import Console

HOSTILE = {
    "a closing tag": "task[/red]",
    "a link": "[link=https://example.org]here[/link]",
    "an emoji by name": ":skull:",
    "colours and a cleared screen": "\x1b[31m\x1b[2J",
    "the title of the window": "\x1b]0;owned\x07",
    "a control of eight bits": "\x9b2J",
    "an earlier line": "right\rwrong\x08\x08",
    "writing from right to left": "a\u202egnp.exe",
    "half a character": "\ud800",
    "another end of a line": "a\u2028b\x85c",
}


def printed(*renderables, **options) -> str:
    file = io.StringIO()
    console = Console(file=file, width=120, **options)
    for each in renderables:
        console.print(each, soft_wrap=True)
    return file.getvalue()


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("terminal", [True, False])
def test_no_text_steers_the_terminal(name, terminal):
    text = HOSTILE[name]
    table = Table(text)
    table.add_row(text)
    output = printed(text, Text(text), table, force_terminal=terminal, color_system=None)
    assert all(character == "\n" or character.isprintable() for character in output), output
    output.encode()  # a half of a character cannot be


def test_markup_and_names_of_emoji_are_text():
    assert printed("task[/red] [bold]x[/] :skull:") == "task[/red] [bold]x[/] :skull:\n"


@given(st.text())
def test_printable_text_is_unchanged_and_any_text_is_printed(text):
    output = printed(text)
    if text.isprintable():
        assert output == f"{text}\n"
    else:
        assert "\x1b" not in output


def test_nothing_is_printed_past_it():
    source = Path(sharpen.__file__).parent
    past = [
        str(path.relative_to(source))
        for path in sorted(source.rglob("*.py"))
        if re.search(r"^(?!class ).*\bConsole\(", text := path.read_text("utf-8"), re.MULTILINE)
        and "from sharpen.terminal import Console" not in text
    ]
    assert past == []


def test_styles_of_the_program_itself_still_work():
    file = io.StringIO()
    Console(file=file, force_terminal=True, color_system="standard").print("sharpen", style="bold")
    assert "\x1b[1m" in file.getvalue()
