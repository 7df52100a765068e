import re

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from sharpen.reports.draw.listing import MOST_CHARACTERS, difference, listing

HOSTILE = "x = '</script><img src=x onerror=alert(1)>'\n"


def text(lines):
    return [Markup(line.html).striptags() for line in lines]


def source(line):
    return Markup(re.sub(r"<[^>]*>", "", line.html)).unescape()


def test_code_is_escaped():
    html = "".join(line.html for line in listing(HOSTILE).lines)
    assert "<img" not in html
    assert "&lt;img" in html


def test_a_repair_shows_what_it_removed_and_added():
    result = difference("a = 1\nb = 2\nc = 3\n", "a = 1\nb = 4\nc = 3\n")
    assert [(line.kind, source(line)) for line in result.lines] == [
        ("same", "a = 1"),
        ("del", "b = 2"),
        ("add", "b = 4"),
        ("same", "c = 3"),
    ]


def test_far_lines_are_left_out_and_counted():
    before = "\n".join(f"x{i} = {i}" for i in range(30))
    result = difference(before, before.replace("x15 = 15", "x15 = 0"))
    gaps = [source(line) for line in result.lines if line.kind == "gap"]
    assert gaps == ["12 unchanged lines", "11 unchanged lines"]


def test_an_unchanged_repair_is_said_to_be_unchanged():
    assert not difference("a = 1\n", "a = 1\n").changed


def test_a_string_over_lines_keeps_every_line_whole():
    result = listing('"""one\ntwo\nthree"""\n')
    assert [source(line) for line in result.lines] == ['"""one', "two", 'three"""']
    for line in result.lines:
        assert line.html.count("<span") == line.html.count("</span>")


def test_long_code_is_cut_and_says_by_how_much():
    assert listing("x" * (MOST_CHARACTERS + 7)).left_out == 7


lines = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp", "Cs"]), max_size=12),
    max_size=12,
)


@given(before=lines, after=lines)
def test_a_difference_holds_both_sides(before, after):
    old, new = ("\n".join(side).lstrip("\n").rstrip() for side in (before, after))
    result = difference(old, new)
    if not result.changed:
        assert old == new
        return
    selected = [(line.kind, source(line)) for line in result.lines]
    added = [line for kind, line in selected if kind in ("add", "same")]
    removed = [line for kind, line in selected if kind in ("del", "same")]
    hidden = sum(int(line.split()[0]) for kind, line in selected if kind == "gap")
    assert len(added) + hidden == len(new.split("\n"))
    assert len(removed) + hidden == len(old.split("\n"))
    assert set(added) <= set(new.split("\n"))
    assert set(removed) <= set(old.split("\n"))
