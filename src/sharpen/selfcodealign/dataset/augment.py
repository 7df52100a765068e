"""Appends tests to instructions, as the paper does with probability 0.5 (arXiv 2410.24198, section 2.4)."""

import re
from dataclasses import replace

from sharpen.selfcodealign.rows import Row, identity

MOST_TESTS = 5
_HAS_TESTS = re.compile(r"\bassert\b|\bfor example\b|\btests?\b", re.IGNORECASE)


def with_tests(row: Row, share: float, seed: int = 0) -> Row:
    """Return a row with 1 to 5 of its tests in the instruction, or the row itself.

    As in the paper's code, tests are appended only if all of them are one-line asserts and the instruction
    does not mention tests or examples itself. The choice depends on the row's id and the seed.

    Args:
        row: the row.
        share: of such rows that get tests, 0 to 1.
        seed: of the choice.
    """
    tests = re.split(r"\r?\n", row.tests.strip())
    plain = bool(tests) and all(line.startswith("assert ") for line in tests)
    number = int(identity("tests", str(seed), row.id), 16)
    if not plain or _HAS_TESTS.search(row.instruction) or number % 10_000 >= share * 10_000:
        return row
    count = 1 + number // 10_000 % min(MOST_TESTS, len(tests))
    by_chance = sorted(range(len(tests)), key=lambda place: identity(str(seed), row.id, str(place)))
    shown = "\n".join(tests[place] for place in sorted(by_chance[:count]))
    text = f"{row.instruction}\n\nYour code should pass these tests:\n\n```python\n{shown}\n```"
    return replace(row, instruction=text)
