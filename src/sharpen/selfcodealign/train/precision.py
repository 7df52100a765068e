"""Whether this machine multiplies matrices faster in bfloat16 than in 32-bit floats, measured."""

import time
from dataclasses import dataclass
from typing import Any

from sharpen.extras import extra

_ROWS, _INPUTS, _OUTPUTS = 128, 896, 2432
"""A response's tokens through half of a layer of a 0.5B."""
_REPEATS = 3
_FASTER = 1.2
"""Below this ratio bfloat16 is not worth its rounding."""


@dataclass(frozen=True, slots=True)
class Precision:
    """The format of the weights of a training.

    Attributes:
        dtype: its name in torch.
        speedup: time of one product in 32 bits over its time in bfloat16; 0 if it was not measured.
    """

    dtype: str
    speedup: float = 0.0


def choose(wanted: str, rank: int) -> Precision:
    """Return the format of weights that a training loads.

    Weights that are tuned themselves stay in 32 bits. Beside an adapter they may be bfloat16: that halves the
    memory, and is faster where the processor multiplies bfloat16, which a probe finds out (about 0.1 s).

    Args:
        wanted: ``auto``, or a format.
        rank: of the adapter; 0 if the weights themselves are tuned.

    Raises:
        UsageError: sharpen[train] is not installed.
    """
    torch = extra("torch", "train")
    if not rank:
        return Precision("float32")
    if wanted != "auto":
        return Precision(wanted)
    if torch.cuda.is_available():
        return Precision("bfloat16" if torch.cuda.is_bf16_supported() else "float32")
    speedup = _seconds(torch, torch.float32) / _seconds(torch, torch.bfloat16)
    return Precision("bfloat16" if speedup >= _FASTER else "float32", round(speedup, 3))


def _seconds(torch: Any, dtype: Any) -> float:  # noqa: ANN401 - torch's types are not there everywhere
    """Return the least processor time of a product, which other processes disturb less than the clock."""
    left, right = torch.ones(_ROWS, _INPUTS, dtype=dtype), torch.ones(_INPUTS, _OUTPUTS, dtype=dtype)
    times = []
    for _ in range(_REPEATS):
        start = time.process_time()
        left @ right
        times.append(time.process_time() - start)
    return max(min(times), 1e-9)
