"""Large expected values as compressed text, compared by the text's hash first: most often that is enough."""

import hashlib
import lzma
from dataclasses import dataclass
from typing import Self

from sharpen.values.codec import WireError, decode, encode

_LARGE, _MOST_CHARS = 1 << 12, 1 << 30


@dataclass(frozen=True, slots=True)
class PackedValue:
    """A large expected value as compressed text. A returned value with the same text is not decoded.

    Attributes:
        digest: the SHA-256 of the text that :func:`sharpen.values.codec.encode` gives of it.
        packed: the text, compressed.
    """

    digest: bytes
    packed: bytes

    @classmethod
    def of(cls, value: object) -> Self | None:
        """Return a large value, packed; None for a small one, or one that its text does not stand for.

        What is no plain data, or not equal to itself, has a text that another value may have too.
        """
        try:
            text = encode(value, max_chars=_MOST_CHARS)
            if len(text) < _LARGE or decode(text) != value:
                return None
        except WireError:
            return None
        data = text.encode()
        return cls(hashlib.sha256(data).digest(), lzma.compress(data, preset=0))

    def is_text(self, text: bytes) -> bool:
        """Return whether ``text`` is that of the value. Another text may still be that of an equal one."""
        return hashlib.sha256(text).digest() == self.digest

    @property
    def value(self) -> object:
        """The value, read anew."""
        return decode(lzma.decompress(self.packed).decode())


def value_of(expected: object) -> object:
    """Return an expected value, packed or not."""
    return expected.value if isinstance(expected, PackedValue) else expected
