"""What a verdict says went wrong: one line that a person, or a model, can work with."""

import pytest

from tests.sandbox.conftest import asserts, calls, code, script


class TestMessages:
    @pytest.mark.parametrize(
        ("body", "test", "message"),
        [
            (
                "return a + b",
                "assert f(1, 2) == 4",
                "assert f(1, 2) == 4 failed: f(1, 2) returned 3, expected 4",
            ),
            (
                "return a + b",
                "assert 4 == f(1, 2)",
                "assert 4 == f(1, 2) failed: f(1, 2) returned 3, expected 4",
            ),
            (
                "return a + b",
                "def check(candidate):\n    assert candidate(1, 2) == 4, 'no'\ncheck(f)",
                "assert f(1, 2) == 4 failed: f(1, 2) returned 3, expected 4",
            ),
            (
                "return a",
                "def check(candidate):\n    for i in range(3):\n        assert candidate(i, 2) == i + i\ncheck(f)",
                "assert f(i, 2) == i + i failed: f(i, 2) returned 1, expected 2, where i = 1",
            ),
            (
                "return a + b",
                "assert abs(f(1, 2) - 4) < 0.5",
                "assert abs(f(1, 2) - 4) < 0.5 failed: f(1, 2) returned 3",
            ),
            ("return None", "assert f(1, 2)", "assert f(1, 2) failed: f(1, 2) returned None"),
            (
                "return 'ab'",
                "assert len(f(1, 2)) == 3",
                "assert len(f(1, 2)) == 3 failed: len(f(1, 2)) was 2, expected 3",
            ),
            (
                "return 1",
                "x = 5\nassert f(x, x) == 2",
                "assert f(x, x) == 2 failed: f(x, x) returned 1, expected 2, where x = 5",
            ),
            ("return 1", "assert False, 'never'", "assert False failed"),
        ],
    )
    def test_a_failed_assertion(self, judge, body, test, message):
        verdict = judge(f"def f(a, b):\n    {body}\n", *asserts(test))
        assert verdict.kind == "wrong_answer"
        assert verdict.message == message

    def test_long_values_are_cut_at_300_and_keep_their_last_character(self, judge):
        verdict = judge("def f():\n    return [7] * 1000\n", *calls(((), 1)))
        shown = verdict.message.removeprefix("f() returned ").removesuffix(", expected 1")
        assert len(shown) == 300
        assert shown.endswith("...]")
        verdict = judge("def f():\n    return [7] * 1000\n", *asserts("assert f() == 'x' * 1000"))
        assert len(verdict.message) < 1000
        assert verdict.message.endswith("...'")

    def test_an_exception(self, judge):
        text = code("""
            import json

            def inner(x):
                return json.loads(x)

            def f(x):
                return inner(x)
        """)
        verdict = judge(text, *asserts("assert f('{') == 1"))
        assert verdict.kind == "exception"
        assert (
            verdict.message
            == code("""
            Traceback (most recent call last):
              line 7, in f
                return inner(x)
              line 4, in inner
                return json.loads(x)
            JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)
            while running: assert f('{') == 1
        """).strip()
        )

    def test_an_exception_while_the_program_loads(self, judge):
        verdict = judge("x = 1\nx.y\n", *calls(((), 1)))
        assert verdict.message.splitlines()[1:3] == ["  line 2, in <module>", "    x.y"]
        assert "while running" not in verdict.message

    def test_a_deep_recursion_is_shown_short(self, judge):
        verdict = judge("def f(n):\n    return f(n + 1)\n", *calls(((0,), 1)))
        assert verdict.kind == "exception"
        assert "more calls" in verdict.message
        assert "RecursionError: maximum recursion depth exceeded" in verdict.message
        assert len(verdict.message.splitlines()) < 30

    def test_the_programs_own_assertion_is_an_exception(self, judge):
        verdict = judge("def f(a):\n    assert a > 0, 'positive'\n", *asserts("assert f(-1) == 1"))
        assert verdict.kind == "exception"
        assert "AssertionError: positive" in verdict.message

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("def f(:\n    pass", "SyntaxError at line 1: invalid syntax\n    def f(:"),
            (
                "def f():\npass",
                "IndentationError at line 2: expected an indented block after function definition on line 1\n    pass",
            ),
            (
                "x = 'a\n",
                "SyntaxError at line 1: unterminated string literal (detected at line 1)\n    x = 'a",
            ),
        ],
    )
    def test_a_syntax_error(self, judge, text, expected):
        verdict = judge(text, *asserts("assert f() == 1"))
        assert verdict.kind == "syntax"
        assert verdict.message == expected

    @pytest.mark.parametrize("text", ["x = 1\x00", "(" * 500 + ")" * 500, "-" * 200_000 + "1", "\ud800 = 1"])
    def test_text_that_no_compiler_takes(self, judge, text):
        verdict = judge(text, *asserts("assert f() == 1"))
        assert verdict.kind in {"syntax", "exception"}
        assert verdict.message

    def test_a_script(self, judge):
        verdict = judge("print(int(input()) + 1)", script("1\n", "3\n"), entry="")
        assert verdict.kind == "wrong_answer"
        assert verdict.message == "on the input\n1\nthe program printed\n2\nexpected\n3"

    def test_a_timeout_says_what_was_running(self, judge):
        text = "def f(n):\n    while n:\n        n += 1\n"
        verdict = judge(text, *asserts("assert f(0) is None", "assert f(1) == 1"), cpu_seconds=0.3)
        assert verdict.kind == "timeout"
        assert [outcome.kind for outcome in verdict.outcomes] == ["passed", "timeout"]
        assert verdict.message.startswith(
            "the limit of 0.3 s of processor time was reached while running: assert f(1) == 1\n  line "
        )

    def test_a_repr_that_attacks_cannot_hurt(self, judge):
        text = code("""
            class Odd:
                def __repr__(self): raise SystemError("no")
                def __eq__(self, other): return False
            def f():
                return Odd()
        """)
        verdict = judge(text, *asserts("assert f() == 1"))
        assert verdict.message.startswith("assert f() == 1 failed: f() returned <Odd that cannot be printed>")
        verdict = judge(text, *asserts("assert f() == 1 or Odd is None"))
        assert "f() returned <Odd that cannot be printed>" in verdict.message

    def test_a_repr_that_never_ends_leaves_the_plain_message(self, judge):
        text = code("""
            class Odd:
                def __repr__(self):
                    while True: pass
            def f():
                return Odd()
        """)
        verdict = judge(text, *asserts("assert f() == 1 or Odd is None"))
        assert verdict.kind == "wrong_answer"
        assert verdict.message == "AssertionError"
