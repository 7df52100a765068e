from sharpen.reports.repair.summary import summarise_all
from sharpen.reports.repair.wording import conclusion, details
from tests.written_runs import Task, failing, passing, write_run

NAMES = [str(number) for number in range(24)]


def test_lucky_programs_are_no_word_for_repairs(tmp_path):
    """Programs of the trees were lucky and no repair passes; problems fall to one sample in eight or two."""
    lucky = [
        Task(name, [passing(tokens=10) if number % 2 else failing(failing(tokens=10), tokens=10)])
        for number, name in enumerate(NAMES)
    ]
    samples = [
        Task(name, [*[passing(tokens=10)] * (1 + number % 2), *[failing(tokens=10)] * (7 - number % 2)])
        for number, name in enumerate(NAMES)
    ]
    run = write_run(tmp_path, lucky, n_p=1, n_fr=1)
    iid = write_run(tmp_path, samples, name="iid", method="sample", n=8)
    summary = summarise_all([run, iid]).runs[0]
    assert ", 1.8" in details(summary)
    assert conclusion(summary).startswith("Repair did not pay: -")


def test_there_is_one_verdict(tmp_path):
    tasks = [Task(name, [failing(passing(tokens=10), tokens=10)]) for name in NAMES]
    run = write_run(tmp_path, tasks, n_p=1, n_fr=1)
    iid = write_run(
        tmp_path,
        [Task(name, [passing(tokens=10), failing(tokens=10)]) for name in NAMES],
        name="iid",
        method="sample",
        n=2,
    )
    assert conclusion(summarise_all([run, iid]).runs[0]).startswith(
        "Repair paid: +50.0 points at equal tokens on every"
    )
