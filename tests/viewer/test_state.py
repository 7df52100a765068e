import json
import os

from sharpen.viewer.state import find_runs, read_state


def test_runs_are_found_at_any_level_and_counted(folder):
    states = {state.name: state for state in (read_state(folder, run) for run in find_runs(folder))}
    assert set(states) == {"begun", "deep/run", "repair"}
    assert (states["repair"].status, states["repair"].finished, states["repair"].solved) == ("finished", 4, 2)
    assert (states["deep/run"].solved, states["deep/run"].method) == (1, "repair")


def test_a_run_that_is_not_over_is_running_while_its_journal_changes(folder):
    assert read_state(folder, folder / "begun").status == "running"
    for file in (folder / "begun").iterdir():
        os.utime(file, (1e9, 1e9))
    assert read_state(folder, folder / "begun").status == "stopped"


def test_a_run_that_cannot_be_read_is_listed_with_the_reason(folder):
    (folder / "repair" / "config.json").write_text(json.dumps({"method": "?"}))
    state = read_state(folder, folder / "repair")
    assert state.status == "unreadable"
    assert "config.json" in state.message


def test_a_run_inside_of_a_run_and_hidden_folders_are_no_runs(folder):
    hidden = folder / ".trash"
    hidden.mkdir()
    (folder / "repair").rename(hidden / "repair")
    assert [run.name for run in find_runs(folder)] == ["begun", "run"]
