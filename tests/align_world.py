"""A small world for the writing of data: seeds in a file, and a model that answers all three stages by rule."""

from pathlib import Path

from sharpen.selfcodealign import stage_files
from sharpen.selfcodealign.rows import Seed, identity
from sharpen.types import Prompt

GOOD = """\
Add them up.

```python
def total{0}(xs):
    return sum(xs)
```
</response>

<tests>
```python
assert total{0}([1, 2]) == 3
assert total{0}([]) == 0
assert total{0}([4]) == 4
```
"""
WRONG = GOOD.replace("return sum(xs)", "return len(xs)")
ANSWERS = (GOOD, WRONG, "I cannot do that.", GOOD.partition("<tests>")[0])


def seed(number: int) -> Seed:
    code = f'def f{number}(xs):\n    """Return the sum of xs and {number}."""\n    return sum(xs) + {number}'
    return Seed(identity(code), f"f{number}", code, "Return.", "pkg", "1.0", f"m{number}.py", 3, "MIT")


def seeds_file(directory: Path, size: int = 4) -> Path:
    path = directory / "seeds.jsonl"
    stage_files.write(path, map(seed, range(size)), Seed)
    return path


def text_of(prompt: Prompt) -> str:
    return prompt if isinstance(prompt, str) else "\n".join(turn.content for turn in prompt)


def answer(prompt: Prompt, index: int) -> str:
    """Answer as a model would; seed 1 has no concepts, and the task of seed 2 is none."""
    text = text_of(prompt).rstrip()
    last = text if isinstance(prompt, str) else prompt[-1].content
    if "### Properties" in last[-400:]:
        mark = "number " if "concepts: " in last[-400:] else "return sum(xs) + "
        number = last.rpartition(mark)[2].split()[0].strip(",")
        return (
            "No."
            if number == "2"
            else f"### Task\nWrite a function `total{number}(xs)` that sums up its list."
        )
    if "<instruction>" in last[-400:]:
        number = last.rpartition("`total")[2].partition("(")[0]
        return "<response>\n" + ANSWERS[index % len(ANSWERS)].format(number)
    number = last.rpartition("def f")[2].partition("(")[0]
    return "" if number == "1" else f"### Concepts\nsums, number {number} , sums"
