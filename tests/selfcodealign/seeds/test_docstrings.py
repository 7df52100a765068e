import ast
import asyncio

import pytest

from sharpen.selfcodealign.rows import Seed, identity
from sharpen.selfcodealign.seeds.docstrings import POOR, is_yes, judged, prompt, without_docstring

CODE = 'import re\n\n\n@re.cache\ndef f(x):\n    """Do.\n\n    More of it.\n    """\n    return x\n'
SEED = Seed(identity(CODE), "f", CODE, "Do.\n\nMore of it.", "mine", "", "f.py", 1, "")


def test_the_model_is_asked_about_the_description_beside_code_without_it():
    text = prompt(SEED)
    assert text.count("My answer is: Yes.") == 4
    assert text.count("My answer is: No.") == 3
    assert text.endswith("My answer is:")
    last = text.rpartition("### Issue")[2]
    assert last.count("More of it.") == 1
    assert without_docstring(SEED) == "import re\n\n\n@re.cache\ndef f(x):\n    return x"


def test_the_shots_are_python_and_their_order_is_the_seeds_own():
    other = Seed("other", *[getattr(SEED, name) for name in Seed.__slots__[1:]])
    assert prompt(SEED) == prompt(SEED)
    assert prompt(SEED) != prompt(other)
    assert sorted(prompt(SEED).split("\n")) == sorted(prompt(other).split("\n"))
    for part in prompt(SEED).split("```python\n")[1:]:
        assert len(ast.parse(part.partition("```")[0]).body) > 0


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

    async def ask(text):
        assert text == prompt(SEED)
        return answer

    async def collected():
        return [pair async for pair in judged([SEED], ask)]

    assert asyncio.run(collected()) == [(SEED, "" if yes else POOR)]
