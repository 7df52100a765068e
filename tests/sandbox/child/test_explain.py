import pytest

from sharpen.sandbox.child.explain import error_line, show


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
