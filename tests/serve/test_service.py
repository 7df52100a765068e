"""The routes: what is judged, what is refused and why, and what becomes of those who leave."""

import json
import socket
import time
from dataclasses import fields
from typing import get_args

import pytest
from prometheus_client.parser import text_string_to_metric_families

from sharpen import suite_json, types
from sharpen.errors import SandboxError
from sharpen.serve import wire
from sharpen.types import Outcome, Verdict
from tests.sandbox.conftest import wait_until
from tests.sandbox.languages.programs import need
from tests.serve.conftest import NINE, SQUARE, TOKEN, Client, Gate, own

ECHO = "print(int(input()) + 1)\n"
RUNS_IT = (
    "space = {}\nexec(solution, space)\nmeasured['value'] = space['f'](3)\nassert measured['value'] == 9"
)


def figures(client: Client) -> dict[str, float]:
    text = client.ask("GET", "/metrics").text
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


class TestVerdicts:
    @pytest.mark.parametrize(
        ("request_", "trust"),
        [
            (own(), "isolated"),
            (own(SQUARE, {"form": "assert", "code": "assert f(2) == 4"}), "isolated"),
            (
                own(SQUARE, {"form": "assert", "code": "for x in range(3):\n    assert f(x) == x * x"}),
                "in_process",
            ),
            (own(ECHO, {"form": "stdio", "stdin": "4", "stdout": "5"}), "isolated"),
            (own(SQUARE, {"form": "source", "code": RUNS_IT}), "in_process"),
            (own(SQUARE, NINE | {"expected": [1, 9], "comparison": "one_of"}), "isolated"),
            (own(SQUARE, {"form": "assert", "code": "assert f(two) == 4"}, context="two = 2"), "in_process"),
        ],
    )
    def test_a_right_program_is_rewarded_in_every_form_of_test(self, client, request_, trust):
        answer = client.judge(**request_).json()
        assert (answer["reward"], answer["kind"], answer["trust"]) == (1, "passed", trust), answer["message"]

    def test_a_wrong_program_is_told_why(self, client):
        answer = client.judge(**own("def f(x):\n    return x\n")).json()
        assert (answer["reward"], answer["kind"]) == (0, "wrong_answer")
        assert answer["message"] == "f(3) returned 3, expected 9"

    def test_every_test_is_judged_where_that_is_asked(self, client):
        wrong = NINE | {"expected": 8, "id": "mine"}
        answer = client.judge(**own(SQUARE, wrong, NINE, every=True)).json()
        assert [(each["test"], each["kind"]) for each in answer["outcomes"]] == [
            ("mine", "wrong_answer"),
            ("test 2", "passed"),
        ]

    def test_a_test_may_have_a_process_to_itself(self, client):
        counter = "n = 0\ndef f(x):\n    global n\n    n += 1\n    return n\n"
        first = NINE | {"expected": 1}
        assert client.judge(**own(counter, first, first)).json()["reward"] == 0
        assert client.judge(**own(counter, first, first, alone=True)).json()["reward"] == 1

    def test_what_a_test_measures_is_told(self, client):
        answer = client.judge(**own(SQUARE, {"form": "source", "code": RUNS_IT})).json()
        assert answer["outcomes"][0]["measured"] == {"value": 9.0}

    def test_limits_may_be_tighter(self, client):
        endless = own("def f(x):\n    while True: pass\n", limits={"cpu_seconds": 0.2})
        assert client.judge(**endless).json()["kind"] == "timeout"

    def test_a_batch_is_answered_in_its_order(self, client):
        programs = [f"def f(x):\n    return {value}\n" for value in (9, 8, 9, 7)]
        verdicts = client.batch(*map(own, programs)).json()["verdicts"]
        assert [verdict["reward"] for verdict in verdicts] == [1, 0, 1, 0]

    def test_an_answer_to_a_benchmarks_problem(self, client):
        (name,) = (word for word in client.judge(benchmark="?", problem="", completion="").json()["error"].split()
                   if word.endswith("mine.jsonl"))  # fmt: skip
        right = "It is easy.\n```python\ndef add(a, b):\n    return a + b\n```"
        requests = {"benchmark": name, "problem": "mine/add", "completion": right}
        assert client.judge(**requests).json()["reward"] == 1
        assert client.judge(**requests | {"completion": right.replace("+", "-")}).json()["reward"] == 0
        assert client.judge(**requests | {"completion": "I do not know."}).json()["reward"] == 0

    def test_nothing_that_a_sandbox_failed_at_is_held_against_the_program(self, serve):
        gate = Gate()
        gate.open()
        client = serve(gate)
        gate.verdict = Verdict("harness_error", (Outcome("t", "harness_error"),), "the zygote failed")
        assert client.judge(**own()).json()["reward"] is None
        gate.verdict = SandboxError("no process can be started")
        reply = client.batch(own(), own())
        assert reply.status_code == 503
        assert reply.json()["error"] == "the sandbox failed: no process can be started"
        assert figures(client)["sharpen_queue_depth"] == 0

    def test_tests_that_check_nothing_reward_nobody(self, client):
        idle = own(SQUARE, {"form": "assert", "code": "def check(candidate):\n    pass\ncheck(f)"})
        reply = client.batch(idle, own())
        assert [verdict["reward"] for verdict in reply.json()["verdicts"]] == [None, 1]
        assert "check nothing" in client.judge(**idle).json()["message"]

    def test_no_text_of_a_program_breaks_an_answer(self, serve):
        gate = Gate()
        gate.open()
        gate.verdict = Verdict("exception", message="ValueError: \udc80", trust="isolated")
        assert serve(gate).judge(**own()).json()["message"] == "ValueError: \\udc80"


class TestStrangers:
    ESCAPE = "assert f(3) == 9 and open({!r}, 'w').write('x')"

    @pytest.mark.parametrize("context", ["", "here = 1", "open({!r}, 'w').write('x')"])
    def test_their_assertions_run_in_the_sandbox(self, client, tmp_path, context):
        tmp_path.chmod(0o777)
        mark = tmp_path / "mark"
        test = {"form": "assert", "code": self.ESCAPE.format(str(mark))}
        answer = client.judge(**own(SQUARE, test, context=context.format(str(mark)))).json()
        assert not mark.exists()
        assert answer["reward"] == 0

    @pytest.mark.parametrize(
        "test", [NINE, {"form": "stdio", "stdout": ""}, {"form": "source", "code": "exec(solution)"}]
    )
    def test_their_context_does_in_every_form(self, client, tmp_path, test):
        tmp_path.chmod(0o777)
        mark = tmp_path / "mark"
        client.judge(**own(SQUARE, test, context=f"open({str(mark)!r}, 'w').write('x')"))
        assert not mark.exists()

    def test_they_may_be_in_another_language(self, client):
        need("javascript")
        right, wrong = "const f = (x) => x * x;", "const f = (x) => x;"
        test = {"form": "assert", "code": "assert.equal(f(3), 9);"}
        answers = [client.judge(**own(code, test, language="javascript")).json() for code in (right, wrong)]
        assert [answer["reward"] for answer in answers] == [1, 0]
        assert client.judge(**own(right, NINE, language="javascript")).json()["reward"] is None

    def test_they_may_come_with_calls(self, client):
        test = {"form": "assert", "code": "assert f(3) == 9 and open"}
        answer = client.judge(**own(SQUARE, NINE, test)).json()
        assert (answer["reward"], answer["trust"]) == (1, "in_process")

    def test_they_run_apart_from_the_program_where_they_are_trusted(self, serve):
        gate = Gate()
        gate.open()
        test = {"form": "assert", "code": "import math\nassert f(3) == 9"}
        for trust, trusted in ((False, "nothing"), (True, "all")):
            serve(gate, trust=trust).judge(**own(SQUARE, test))
            assert gate.requests[-1][1].trusted == trusted


class TestRefusals:
    @pytest.mark.parametrize(
        ("body", "status", "sentence"),
        [
            ("", 400, "the body is not JSON: EOF while parsing a value at line 1 column 0"),
            ('{"program": "x"', 400, "the body is not JSON: EOF"),
            (b"\xff\xfe", 400, "the body is not JSON"),
            ('{"program": "\\ud800", "tests": []}', 400, "the body is not JSON"),
            ('{"program": NaN}', 400, "the body is not JSON"),
            ("[" * 5000 + "]" * 5000, 400, "the body is not JSON: recursion limit"),
            ("[]", 422, "Input should be an object"),
            ('{"tests": []}', 422, "program: Field required"),
            ('{"program": "x", "tests": []}', 422, "tests: List should have at least 1 item"),
            ('{"program": 5, "tests": []}', 422, "program: Input should be a valid string"),
            ('{"program": "x", "tests": [{"form": "call", "args": []}]}', 422, "tests.0.expected: Field required"),
            ('{"program": "x", "tests": [{"form": "quiz"}]}', 422, "tests.0: Input tag 'quiz'"),
            ('{"program": "x", "tests": [], "reward": 1}', 422, "tests: List should"),
            (json.dumps(own(reward=1)), 422, "reward: Extra inputs are not permitted"),
            (json.dumps(own(limits={"cpu_seconds": 11})), 422, "cpu_seconds: 11.0 is more than the service gives (7.5)"),
            (json.dumps(own(limits={"cpu_seconds": 0})), 422, "limits.cpu_seconds: Input should be greater"),
            (json.dumps(own(limits={"cpu_seconds": 1e-300})), 422, "limits.cpu_seconds: Input should be greater than or equal to 0.01"),
            (json.dumps(own(limits={"wall_seconds": 1e-300})), 422, "limits.wall_seconds: Input should be greater than or equal to 0.1"),
            (json.dumps(own(limits={"memory_bytes": 1})), 422, "limits.memory_bytes: Input should be greater"),
            ('{"benchmark": "mbpp", "problem": "1", "completion": ""}', 422, "the service has no mbpp; it has"),
        ],
    )  # fmt: skip
    def test_malformed_input_gets_one_sentence(self, client, body, status, sentence):
        reply = client.ask("POST", "/v1/judge", content=body)
        assert reply.status_code == status
        assert sentence in reply.json()["error"]
        assert "\n" not in reply.json()["error"]

    def test_the_smallest_limits_are_those_of_a_program(self, client):
        asked = own("def f(x):\n    while True: pass\n", limits={"cpu_seconds": 0.01, "wall_seconds": 5})
        assert client.ask("POST", "/v1/judge", json=asked).json()["kind"] == "timeout"

    def test_of_a_batch_the_one_that_is_wrong_is_named(self, client):
        body = {"programs": [own(), own() | {"tests": []}]}
        reply = client.ask("POST", "/v1/judge/batch", json=body)
        assert reply.json() == {
            "error": "programs.1.tests: List should have at least 1 item after validation, not 0"
        }

    @pytest.mark.parametrize("chunked", [False, True])
    def test_a_body_that_is_too_large(self, client, chunked):
        content = b" " * (2**20 + 1)
        reply = client.ask("POST", "/v1/judge", content=iter([content]) if chunked else content)
        assert (reply.status_code, reply.json()["error"]) == (413, "the body has more than 1,048,576 bytes")

    @pytest.mark.parametrize(
        "header", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", TOKEN, "Bearer \xe9"]
    )
    @pytest.mark.parametrize("path", ["/v1/judge", "/v1/judge/batch", "/metrics", "/openapi.json"])
    def test_nobody_gets_in_without_the_token(self, client, path, header):
        method = "POST" if "judge" in path else "GET"
        reply = client.ask(
            method, path, headers={"Authorization": header.encode("latin-1")} if header else {}
        )
        assert reply.status_code == 401
        assert reply.headers["www-authenticate"] == "Bearer"

    def test_health_is_for_everybody(self, client):
        assert client.ask("GET", "/health", headers={}).json() == {"status": "ok"}

    def test_other_places_and_methods(self, client):
        assert client.http.get("/v1/judge", headers=client.headers).status_code == 405
        assert client.http.get("/v2", headers=client.headers).json() == {"error": "Not Found"}


class TestQueue:
    def test_a_full_queue_says_when_to_ask_again(self, serve):
        gate = Gate()
        client = serve(gate, room=2, at_once=1)
        leaver = send(client, own(), own())
        wait_until(lambda: gate.requests)
        assert figures(client) | {"sharpen_queue_depth": 1, "sharpen_programs_running": 1} == figures(client)
        reply = client.judge(**own())
        assert reply.status_code == 429
        assert 1 <= int(reply.headers["retry-after"]) <= 60
        assert figures(client)["sharpen_programs_refused_total"] == 1
        gate.open()
        wait_until(lambda: figures(client)["sharpen_programs_total passed"] == 2)
        assert client.judge(**own()).json()["reward"] == 1
        leaver.close()

    def test_a_batch_that_never_fits_is_no_matter_of_waiting(self, serve):
        reply = serve(Gate(), room=2).batch(own(), own(), own())
        assert (reply.status_code, reply.json()["error"]) == (422, "programs: 3, and the queue holds 2")

    def test_a_client_that_leaves_takes_its_programs_along(self, serve):
        gate = Gate()
        client = serve(gate, room=3, at_once=2)
        leaver = send(client, own("one"), own("two"), own("three"))
        wait_until(lambda: len(gate.requests) == 2)
        leaver.close()
        wait_until(lambda: figures(client)["sharpen_programs_left_total"] == 3)
        assert sorted(program.code for program in gate.cancelled) == ["one", "two"]
        assert len(gate.requests) == 2
        gate.open()
        assert client.batch(own(), own(), own()).status_code == 200

    def test_a_program_whose_client_left_is_ended(self, client):
        endless = own("def f(x):\n    while True: pass\n")
        before = figures(client).get("sharpen_programs_left_total", 0)
        leaver = send(client, endless, endless)
        wait_until(lambda: figures(client)["sharpen_programs_running"] == 2)
        began = time.monotonic()
        leaver.close()
        wait_until(lambda: figures(client)["sharpen_programs_left_total"] == before + 2)
        assert client.judge(**own()).json()["reward"] == 1
        assert time.monotonic() - began < 60  # neither waited for its limit and its second try

    def test_what_happened_is_counted(self, client):
        before = figures(client)
        client.judge(**own())
        after = figures(client)
        assert after["sharpen_programs_total passed"] == before.get("sharpen_programs_total passed", 0) + 1
        assert after["sharpen_program_cpu_seconds_total"] > before["sharpen_program_cpu_seconds_total"]
        assert after["sharpen_queue_room"] == 8


def send(client: Client, *requests: dict[str, object]) -> socket.socket:
    """Send a batch and do not wait for the answer."""
    host, port = client.url.removeprefix("http://").split(":")
    body = json.dumps({"programs": requests}).encode()
    head = f"POST /v1/judge/batch HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\n"
    connection = socket.create_connection((host, int(port)), timeout=60)
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return connection


class TestDocument:
    def test_it_names_every_route_and_no_other(self, client):
        assert set(client.document["paths"]) == {
            "/health",
            "/metrics",
            "/openapi.json",
            "/v1/judge",
            "/v1/judge/batch",
        }
        assert client.document["openapi"] == "3.1.0"

    def test_it_is_json_schema_throughout(self, client):
        from jsonschema import Draft202012Validator

        for schema in client.document["components"]["schemas"].values():
            Draft202012Validator.check_schema(schema)

    def test_every_form_of_test_can_be_asked(self):
        made = {type(form.model_construct(**FIELDS).test("name")) for form in FORMS}
        assert made == set(get_args(types.Test))

    def test_everything_about_a_suite_can_be_asked_but_to_be_trusted(self):
        requests = {field.name for field in fields(types.Suite)} & set(wire.OwnTests.model_fields)
        assert requests == {field.name for field in fields(types.Suite)} - {"trusted"}


FORMS = (suite_json.Assertion, suite_json.Call, suite_json.Script, suite_json.Source)
FIELDS = {"code": "x", "args": [], "expected": 1, "stdout": "", "id": ""}
