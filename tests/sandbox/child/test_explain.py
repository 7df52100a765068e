import pytest

from sharpen.sandbox.child.explain import PROGRAM, error_line, exception, show


class Odd:
    def __repr__(self):
        return f"[{object.__repr__(self)}, {object.__repr__(self)}]"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (show, "<function show>"),
        ([Odd()], f"[[<{__name__}.Odd object>, <{__name__}.Odd object>]]"),
        ("read at 0x10", "'read at 0x10'"),
        ("<read at 0x1f>", "'<read at 0x1f>'"),
        (7, "7"),
    ],
)
def test_a_value_is_shown_without_the_address_of_an_object(value, text):
    assert show(value) == text


def test_an_error_names_no_address():
    assert (
        error_line(TypeError(f"{object()!r} is not a number")) == "TypeError: <object object> is not a number"
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("character", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_a_traceback_shows_the_line_that_failed_whatever_a_string_above_it_holds(character, end):
    program = end.join([f"text = 'a{character}b'", "number = 1", "number / 0", ""])
    with pytest.raises(ZeroDivisionError) as raised:
        exec(compile(program, PROGRAM, "exec"), {})
    assert "  line 3, in <module>\n    number / 0\n" in exception(raised.value, program)
