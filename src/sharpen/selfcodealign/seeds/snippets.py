"""Random snippets of code as seeds, an ablation of the paper (arXiv 2410.24198, table 10).

A file gives at most one snippet: 5 to 30 consecutive lines that begin at a line with code, chosen by a hash
of the file's text. As in the paper's code, a file must be ASCII, have 10 to 5,000 lines, and lines of at most
80 characters on average. The stars of its repository are not known here.
"""

import re
from collections.abc import Iterable, Iterator

from sharpen.selfcodealign.rows import Seed, identity
from sharpen.selfcodealign.seeds.mining import Judged, MiningReport
from sharpen.selfcodealign.seeds.parts import File, Part, Unread

FEWEST_LINES, MOST_LINES = 5, 30
_FILE_LINES = range(10, 5001)
_MEAN_LENGTH = 80
_EXCLUDED = re.compile(r"^\s*def (?:__|test_)|^\s*pass$", re.MULTILINE)
UNFIT = "not a file for snippets"
EXCLUDED = "a test, a special method or an empty body"


def snippets(parts: Iterable[Part], report: MiningReport) -> Iterator[Judged]:
    """Yield one snippet of each file, and count files in ``report``."""
    for part in parts:
        for file, code in part.texts():
            if isinstance(code, Unread):
                report.add(1, [(file.where, code.reason)])
                continue
            text = code if isinstance(code, str) else code.decode("utf-8", "replace")
            drawn = snippet(file, text)
            report.add(1, [] if drawn else [(file.where, UNFIT)])
            if drawn:
                yield drawn, EXCLUDED if _EXCLUDED.search(drawn.code) else ""


def snippet(file: File, text: str) -> Seed | None:
    """Return the snippet of a file; None if the file is not fit for one."""
    lines = text.split("\n")
    fit = text.isascii() and len(lines) in _FILE_LINES and len(text) <= _MEAN_LENGTH * len(lines)
    starts = [at for at, line in enumerate(lines[: -FEWEST_LINES + 1]) if line.strip()] if fit else []
    if not starts:
        return None
    number = int(identity("snippet", text), 16)
    start = starts[number % len(starts)]
    length = FEWEST_LINES + number // len(starts) % (MOST_LINES - FEWEST_LINES + 1)
    code = "\n".join(lines[start : start + length])
    return Seed(identity(code), "", code, "", file.origin, file.version, file.path, start + 1, file.licence)
