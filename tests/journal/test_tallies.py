"""How far each problem of a run is."""

from sharpen.journal.journal import Journal
from sharpen.types import Completion, Message, Node, Outcome, Program, Sampling, Verdict
from tests.written_runs import Task, failing, write_run


def test_further_samples_count_as_tokens_but_not_as_programs(tmp_path):
    run = write_run(tmp_path, [Task("HumanEval/0", [failing()])])
    with Journal.write(run) as journal:
        (before,) = journal.tallies()
        prompt, code = (Message("user", "again"),), "def f(xs):\n    return max(xs)"
        completion = Completion(code, 10, 0, 5, "stop", "m", 0.0)
        key = journal.record_completion("m", prompt, Sampling(), 9, completion)
        passed = journal.record_verdict(code, "h", "{}", "s", Verdict("passed", (Outcome("test", "passed"),)))
        node = Node("further", None, "HumanEval/0", "baseline", 9, "m", code, (), completion, Program(code))
        journal.record_node(node, key, passed, passed)
        (after,) = journal.tallies()
    assert (after.programs, after.passed, after.kinds) == (before.programs, 0, before.kinds)
    assert after.tokens == before.tokens + 5
