"""The format of the weights of a training."""

from dataclasses import dataclass

from sharpen.extras import extra
from sharpen.models.precision import bfloat16_speedup, quicker_dtype


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
    return Precision(quicker_dtype(), bfloat16_speedup())
