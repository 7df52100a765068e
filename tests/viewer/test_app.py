"""The viewer over HTTP, as a process."""

import signal

import httpx2
import pytest

from tests.viewer.conftest import HOSTILE, viewing


def test_without_the_token_nothing_is_shown(folder):
    with viewing(folder) as shown:
        for path in (
            "/",
            "/api/runs",
            "/run/repair",
            "/problem/repair?id=HumanEval/0",
            "/report/repair",
            "/?token=no",
        ):
            answer = httpx2.get(shown.url + path, trust_env=False, timeout=60)
            assert (answer.status_code, "HumanEval" in answer.text) == (401, False)
        answer = httpx2.get(f"{shown.url}/?token={shown.token}", trust_env=False, timeout=60)
        assert answer.status_code == 303
        assert "httponly" in answer.headers["set-cookie"].lower()
        assert shown.token not in answer.headers["location"]


def test_runs_figures_search_and_problems(folder):
    with viewing(folder) as shown:
        runs = {run["name"]: run for run in shown.get("/api/runs").json()["runs"]}
        assert {name: run["status"] for name, run in runs.items()} == {
            "begun": "running", "deep/run": "finished", "repair": "finished",
        }  # fmt: skip
        answer = shown.get("/api/run/deep/run")
        assert answer.status_code == 200, answer.text
        figures = answer.json()
        assert [problem["passed"] for problem in figures["problems"]] == [1, 0, 0, 0]
        assert figures["growth"][0] == [0, 0]
        assert figures["growth"][-1][1] == 1
        assert shown.get("/api/search/repair?q=ends one element").json()["problems"] == [
            f"HumanEval/{i}" for i in range(4)
        ]
        assert shown.get("/api/search/repair?q=100%25").json()["problems"] == []
        page = shown.get("/problem/repair?id=HumanEval%2F1&with=deep/run")
        assert page.status_code == 200
        assert HOSTILE not in page.text
        assert "What the model was told" in page.text
        report = shown.get("/report/repair")
        assert report.text.startswith("<!doctype html>")


@pytest.mark.parametrize(
    "path",
    [
        "/run/../../etc", "/run/%2e%2e/%2e%2e/etc/passwd", "/run/none", "/report/none", "/problem/repair?id=none",
        "/assets/../app.py", "/assets/app.py", "/compare?run=repair", "/take-part/none", "/study",
    ],
)  # fmt: skip
def test_what_is_not_there_is_a_sentence(folder, path):
    with viewing(folder) as shown:
        answer = shown.get(path)
        assert answer.status_code == 404
        assert "root:" not in answer.text
        assert "Traceback" not in answer.text


def test_it_reads_while_a_run_is_written_and_locks_nothing(folder):
    from sharpen.journal.journal import Journal

    with viewing(folder) as shown:
        assert shown.get("/api/run/begun").json()["state"]["finished"] == 0
        with Journal.write(folder / "begun") as journal:
            journal.record_outcome("HumanEval/0", "key")
            assert shown.get("/api/run/begun").json()["state"]["problems"] == 1


def test_ctrl_c_and_sigterm_end_it_quietly(folder):
    for number in (signal.SIGINT, signal.SIGTERM):
        with viewing(folder) as shown:
            shown.process.send_signal(number)
            assert shown.process.wait(30) in (0, -number)
            assert "Traceback" not in shown.process.stderr.read()
