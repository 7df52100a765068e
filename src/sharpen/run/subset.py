"""Which problems of a benchmark a run takes."""

import math
from collections.abc import Sequence

from sharpen.errors import (
    UsageError,
)
from sharpen.types import Problem


def select(
    problems: Sequence[Problem], limit: int | None, ids: Sequence[str], shard: str = ""
) -> list[Problem]:
    """Return the problems named by ``ids``, then at most ``limit`` of them, in the benchmark's order.

    Of these, shard ``3/16`` has every sixteenth, from the third.

    The limit takes problems in van der Corput's order, so that any number is spread evenly and a larger
    limit contains a smaller one.

    Raises:
        UsageError: an id is not in the benchmark.
    """
    known = {problem.id for problem in problems}
    if missing := [identity for identity in ids if identity not in known]:
        several = ", and several are given with blanks between them" if "," in missing[0] else ""
        raise UsageError(
            f"the benchmark has no problem {missing[0]}: its ids look like {problems[0].id}{several}"
        )
    chosen = [problem for problem in problems if not ids or problem.id in ids]
    if limit is not None and limit < len(chosen):
        order = sorted(range(len(chosen)), key=lambda i: _van_der_corput(i, len(chosen)))
        chosen = [chosen[i] for i in sorted(order[:limit])]
    number, _, count = shard.partition("/")
    return chosen[int(number) - 1 :: int(count)] if shard else chosen


def _van_der_corput(position: int, size: int) -> int:
    """Return when ``position`` of ``size`` comes: its bits in reverse order."""
    width = max(1, math.ceil(math.log2(size)))
    return int(f"{position:0{width}b}"[::-1], 2)
