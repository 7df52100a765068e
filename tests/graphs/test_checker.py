"""The sandbox of graphs: its version is a number that a person raises; this holds it to the code."""

from sharpen.graphs.checker import VERDICTS, GraphChecker
from tests.sandbox.test_version import SOURCE, tree_hash

HELD = {3: "e42afcaf9fa4"}
"""The hash of the syntax trees of the files that decide verdicts on graphs, by version."""

DECIDING = ("checker.py", "codec.py", "graph.py", "validate.py", "formats")


def test_the_code_that_decides_verdicts_has_the_version_it_says():
    places = [SOURCE / "graphs" / name for name in DECIDING]
    files = [
        path for place in places for path in ([place] if place.is_file() else sorted(place.rglob("*.py")))
    ]
    assert len(files) > len(DECIDING)
    now = tree_hash(*(path.read_text("utf-8") for path in files))
    assert HELD.get(VERDICTS) == now, (
        "The code that reads and checks graphs has changed. If any graph may be judged differently, raise VERDICTS "
        f"in sharpen/graphs/checker.py; then write HELD = {{VERDICTS: {now!r}}} here."
    )


def test_the_version_is_part_of_the_key():
    assert GraphChecker().version == f"graphs-{VERDICTS}"
