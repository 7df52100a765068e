"""Whether this machine multiplies matrices faster in bfloat16 than in 32-bit floats, measured."""

import time
from functools import cache
from typing import Any

from sharpen.extras import extra

_ROWS, _INPUTS, _OUTPUTS = 128, 896, 2432
"""A batch's tokens through half of a layer of a 0.5B."""
_REPEATS = 3
_FASTER = 1.2
"""Below this ratio bfloat16 is not worth its rounding."""


@cache
def bfloat16_speedup() -> float:
    """Return the time of one product in 32 bits over its time in bfloat16, on the processor (about 0.1 s).

    Raises:
        UsageError: sharpen[train] is not installed.
    """
    torch = extra("torch", "train")
    return round(_seconds(torch, torch.float32) / _seconds(torch, torch.bfloat16), 3)


def quicker_dtype() -> str:
    """Return ``bfloat16`` where the processor multiplies it clearly quicker, and ``float32`` elsewhere.

    Raises:
        UsageError: sharpen[train] is not installed.
    """
    return "bfloat16" if bfloat16_speedup() >= _FASTER else "float32"


def _seconds(torch: Any, dtype: Any) -> float:  # noqa: ANN401 - torch's types are not there everywhere
    """Return the least processor time of a product, which other processes disturb less than the clock."""
    left, right = torch.ones(_ROWS, _INPUTS, dtype=dtype), torch.ones(_INPUTS, _OUTPUTS, dtype=dtype)
    times = []
    for _ in range(_REPEATS):
        start = time.process_time()
        left @ right
        times.append(time.process_time() - start)
    return max(min(times), 1e-9)
