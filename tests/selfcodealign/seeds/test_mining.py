from hypothesis import given
from hypothesis import strategies as st

from sharpen.selfcodealign.rows import Seed
from sharpen.selfcodealign.seeds.mining import MiningReport, chunks

SEED = Seed("1", "f", "", "", "", "", "", 1, "")


@given(st.lists(st.booleans()), st.integers(1, 5))
def test_a_batch_holds_few_live_functions_and_not_many_others(alive, size):
    rows = [(SEED, "" if each else "out") for each in alive]
    result = list(chunks(iter(rows), size))
    assert [row for chunk in result for row in chunk] == rows
    assert all(len(chunk) <= 4 * size for chunk in result)
    assert all(sum(not reason for _, reason in chunk) <= size for chunk in result)
    full = [chunk for chunk in result[:-1] if len(chunk) < 4 * size]
    assert all(sum(not reason for _, reason in chunk) == size for chunk in full)


def test_reports_of_later_files_are_added():
    report = MiningReport()
    report.add(2, [])
    later = MiningReport()
    later.add(3, [("a.py", "lost"), ("b.py", "lost")])
    report.include(later)
    report.include(later)
    assert (report.files, report.skipped, report.example) == (8, {"lost": 4}, "a.py is lost")
