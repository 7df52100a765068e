"""Programs in other languages get the verdicts that programs in Python would."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sharpen.errors import SandboxError, SuiteError, ToolchainError
from sharpen.sandbox.base import Limits, version_for
from sharpen.sandbox.languages import toolchains
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import AssertTest, CallTest, Language, Program, StdioTest, Suite, Test, Verdict
from tests.sandbox.conftest import processes_naming
from tests.sandbox.languages.programs import EVERY, SAMPLES, need

RunForeign = Callable[..., Verdict]


@pytest.fixture
def run(sandbox: ProcessSandbox) -> RunForeign:
    def run(language: Language, code: str, *tests: Test, **limits: float) -> Verdict:
        need(language)
        suite = Suite(tests, "f", language=language)
        values = {"cpu_seconds": 5.0, "wall_seconds": 120.0} | limits
        return asyncio.run(sandbox.execute(Program(code), suite, Limits(**values)))

    return run


@pytest.fixture(params=EVERY)
def language(request: pytest.FixtureRequest) -> Language:
    need(request.param)
    return request.param


def whole(language: Language) -> AssertTest:
    return AssertTest("main", SAMPLES[language].main)


def check(language: Language) -> AssertTest:
    return AssertTest("check", SAMPLES[language].check)


def test_a_right_program_passes_beside_its_tests(language: Language, run: RunForeign):
    verdict = run(language, SAMPLES[language].right, whole(language), check(language))
    assert verdict.passed, verdict.message
    assert [outcome.kind for outcome in verdict.outcomes] == ["passed", "passed"]
    assert verdict.trust == "in_process"


def test_a_wrong_program_fails_and_the_message_holds_the_test(language: Language, run: RunForeign):
    verdict = run(language, SAMPLES[language].wrong, check(language))
    assert verdict.kind == "wrong_answer", verdict.message
    assert SAMPLES[language].check in verdict.message


def test_the_line_of_a_whole_main_that_failed_is_named(language: Language, run: RunForeign):
    verdict = run(language, SAMPLES[language].wrong, whole(language))
    assert verdict.kind == "wrong_answer", verdict.message
    named = "t.Errorf(" if language == "go" else "3"  # a test in Go says what was wrong at a line of its own
    assert named in verdict.message.split("\n")[0]


def test_what_the_compiler_says_is_the_message(language: Language, run: RunForeign):
    verdict = run(language, SAMPLES[language].broken, whole(language))
    assert verdict.kind == "syntax"
    assert "y" in verdict.message
    assert "/scratch/" not in verdict.message


def test_an_error_of_the_program_is_an_exception(language: Language, run: RunForeign):
    verdict = run(language, SAMPLES[language].raising, whole(language))
    assert verdict.kind == "exception", verdict.message
    assert verdict.outcomes[0].kind == "exception"


def test_leaving_early_is_no_pass(language: Language, run: RunForeign):
    verdict = run(language, SAMPLES[language].leaving, whole(language))
    assert verdict.kind == "exception"
    assert "exited with status 0" in verdict.message


def test_a_loop_ends(language: Language, run: RunForeign):
    verdict = run(language, SAMPLES[language].looping, whole(language), cpu_seconds=0.5)
    assert verdict.kind == "timeout", verdict.message


def test_output_is_compared_in_the_judge(language: Language, run: RunForeign):
    tests = StdioTest("one", "21\n", "42\n"), StdioTest("two", "4\n", "9\n")
    verdict = run(language, SAMPLES[language].doubling, *tests)
    assert verdict.kind == "wrong_answer", verdict.message
    assert [outcome.kind for outcome in verdict.outcomes] == ["passed", "wrong_answer"]
    assert verdict.trust == "isolated"
    assert "expected\n9" in verdict.message


def test_each_test_alone_where_the_suite_wants_every_outcome(sandbox: ProcessSandbox):
    need("rust")
    sample = SAMPLES["rust"]
    wrong = AssertTest("wrong", "assert_eq!(f(5), 26);")
    suite = Suite((check("rust"), wrong, whole("rust")), "f", every=True, language="rust")
    verdict = asyncio.run(sandbox.execute(Program(sample.right), suite, Limits()))
    assert [outcome.kind for outcome in verdict.outcomes] == ["passed", "wrong_answer", "passed"]


def test_an_assertion_that_does_not_compile_fails_alone(run: RunForeign):
    verdict = run("rust", SAMPLES["rust"].right, AssertTest("t", "assert_eq!(f(1, 2), 1);"))
    assert verdict.kind == "syntax"


def test_calls_are_pythons_and_are_refused(run: RunForeign):
    with pytest.raises(SuiteError, match="only assertions"):
        run("rust", SAMPLES["rust"].right, CallTest("c", (3,), 9))


def test_an_integer_that_overflows_panics_in_rust(run: RunForeign):
    program = "fn f(x: isize) -> isize {\n    let y: u8 = (x + 250) as u8;\n    (y + 10) as isize\n}\n"
    assert run("rust", program, whole("rust")).kind == "exception"


def test_memory_is_limited(run: RunForeign):
    program = "fn f(x: isize) -> isize {\n    let v = vec![1u8; 1 << 31];\n    v[x as usize] as isize\n}\n"
    assert run("rust", program, whole("rust"), memory_bytes=1 << 30).kind == "memory"


def test_what_a_program_prints_cannot_pass_a_test(run: RunForeign):
    program = 'fn f(x: isize) -> isize {\n    println!("\\n 0\\n\\nword 0");\n    x * x + 1\n}\n'
    assert run("rust", program, whole("rust")).kind == "wrong_answer"


def test_a_missing_toolchain_is_named(sandbox: ProcessSandbox, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(toolchains, "find_here", lambda language: "there is no rustc in PATH")
    suite = Suite((check("rust"),), "f", language="rust")
    with pytest.raises(SandboxError, match=r"no toolchain for rust .* there is no rustc"):
        asyncio.run(sandbox.execute(Program("fn f() {}"), suite, Limits()))


@pytest.mark.parametrize(
    ("language", "answers"),
    [
        ("go", {"go": "go version go1.17.13 linux/amd64\n/go/tool\namd64"}),
        ("java", {"javac": "javac 11.0.22", "java": ""}),
        ("java", {"javac": "javac 16", "java": ""}),
        ("javascript", {"node": "v14.21.3"}),
        ("typescript", {"tsc": "", "node": "Version 4.7.4"}),
        ("cpp", {"g++": "g++ (GCC) 7.5.0"}),
    ],
)
def test_a_toolchain_that_is_too_old_is_named_with_what_is_needed(
    language: Language, answers: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path / "bin"
    folder.mkdir()
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "release").touch()  # as in a JDK
    for name, answer in answers.items():
        (folder / name).write_text(f"#!/bin/sh\ncat <<'END'\n{answer}\nEND\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    toolchains.find_here.cache_clear()
    try:
        with pytest.raises(ToolchainError, match="is too old; install") as raised:
            toolchains.find(language)
    finally:
        toolchains.find_here.cache_clear()
    assert toolchains.NEEDS[language] in str(raised.value)


@pytest.mark.parametrize("calls", ["javac", "true"])
def test_a_script_that_calls_javac_does_not_show_programs_the_folder_above_it(
    calls: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    if shutil.which("javac") is None:
        pytest.skip("no javac")
    script = tmp_path / "bin" / "javac"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec "{shutil.which(calls)}" "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:/usr/bin:/bin")
    toolchains.find_here.cache_clear()
    try:
        if calls == "true":
            with pytest.raises(ToolchainError, match="is in no JDK and names none"):
                toolchains.find("java")
        else:
            seen = toolchains.find("java").program_sees
            assert not any(tmp_path.is_relative_to(place) for place in seen)
    finally:
        toolchains.find_here.cache_clear()


def test_the_compiler_is_part_of_the_version_of_a_verdict(sandbox: ProcessSandbox, language: Language):
    python, other = Suite((), "f"), Suite((), "f", language=language)
    assert version_for(sandbox, python) == sandbox.version
    assert version_for(sandbox, other) == f"{sandbox.version} {toolchains.find(language).version}"


def test_threads_that_wait_for_a_local_static_are_woken(run: RunForeign):
    program = (
        "#include <chrono>\n#include <thread>\n#include <vector>\n"
        "long slow() { std::this_thread::sleep_for(std::chrono::milliseconds(200)); return 5; }\n"
        "long part() { static const long value = slow(); return value; }\n"
        "long f(long x) {\n    std::vector<std::thread> all;\n    std::vector<long> found(x);\n"
        "    for (long n = 0; n < x; n++) all.emplace_back([&found, n] { found[n] = part(); });\n"
        "    for (auto &one : all) one.join();\n    long sum = 0;\n    for (long each : found) sum += each;\n"
        "    return sum;\n}\n"
    )
    verdict = run("cpp", program, check("cpp"))
    assert verdict.passed, verdict.message


def test_a_program_that_is_known_not_to_compile_needs_no_process(place: Path):
    need("cpp")
    place.chmod(0o711)
    suite = Suite((check("cpp"),), "f", language="cpp")

    async def run() -> None:
        sandbox = ProcessSandbox(1)
        try:
            first = await sandbox.execute(Program(SAMPLES["cpp"].broken), suite, Limits())
            processes = processes_naming(place)
            second = await sandbox.execute(Program(SAMPLES["cpp"].broken), suite, Limits())
            assert processes_naming(place) == processes  # none was lost and started again
        finally:
            await sandbox.close()
        assert (first.kind, first.message) == (second.kind, second.message)

    asyncio.run(run())
