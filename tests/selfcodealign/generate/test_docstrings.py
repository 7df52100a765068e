import ast

import pytest

from sharpen.errors import DataError
from sharpen.selfcodealign.generate.docstrings import is_yes, prompt, without_docstring
from sharpen.types import Problem, Suite

CODE = 'import re\n\n\n@re.cache\ndef f(x):\n    """Do.\n\n    More of it.\n    """\n    return x\n'


def seed(identity: str = "a", code: str = CODE) -> Problem:
    origin = {"name": "f", "docstring": "Do.\n\nMore of it."}
    return Problem(identity, code, Suite(()), Suite(()), provenance=origin)


def test_the_model_is_asked_about_the_description_beside_code_without_it():
    text = prompt(seed(), completion=True)
    assert isinstance(text, str)
    assert text.count("My answer is: Yes.") == 4
    assert text.count("My answer is: No.") == 3
    assert text.endswith("My answer is:")
    last = text.rpartition("### Issue")[2]
    assert last.count("More of it.") == 1
    assert without_docstring(CODE, "f") == "import re\n\n\n@re.cache\ndef f(x):\n    return x"


def test_a_chat_model_is_shown_the_examples_as_a_conversation():
    messages = prompt(seed(), completion=False)
    assert [message.role for message in messages] == ["user", "assistant"] * 7 + ["user"]
    assert sum(is_yes(message.content) for message in messages if message.role == "assistant") == 4
    assert "More of it." in messages[-1].content


def test_the_examples_are_python_and_their_order_is_the_seeds_own():
    texts = [prompt(seed(identity), completion=True) for identity in ("a", "a", "b")]
    assert texts[0] == texts[1] != texts[2]
    assert sorted(texts[0].split("\n")) == sorted(texts[2].split("\n"))
    for part in texts[0].split("```python\n")[1:]:
        assert len(ast.parse(part.partition("```")[0]).body) > 0


@pytest.mark.parametrize("code", ["x = 1", "def f(x):\n    return x", "def g(x):\n    'Do.'\n    return x"])
def test_a_seed_without_a_documented_function_cannot_be_judged(code):
    with pytest.raises(DataError, match="no documented function"):
        prompt(seed(code=code), completion=True)


@pytest.mark.parametrize(
    ("answer", "yes"),
    [
        (" Yes.", True),
        ("yes, it", True),
        (" No.", False),
        ("", False),
        ("Yesterday", False),
        ("No, yes", False),
    ],
)
def test_only_yes_is_yes(answer, yes):
    assert is_yes(answer) == yes
