"""C++: one file, C++17, without optimisation."""

import re
from collections.abc import Sequence

from sharpen.sandbox.languages.base import SECRET, Language, TestedSource, after_program, whole

_MAIN = re.compile(r"\bint\s+main\s*\([^)]*\)")
_RETURN = re.compile(r"\breturn\s+(?:0|EXIT_SUCCESS)\s*;")
_END = """#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <string>
int main() {{
    const char *sharpen_found = std::getenv("{secret}");
    const std::string sharpen_word = sharpen_found ? sharpen_found : "";
    unsetenv("{secret}");
{calls}    return 0;
}}
"""
_CALL = (
    "    sharpen_test_{0}();\n"
    '    std::printf("\\n%s {0}\\n", sharpen_word.c_str());\n'
    "    std::fflush(stdout);\n"
)


def tested(program: str, context: str, tests: Sequence[str]) -> TestedSource:
    """Return the file: the program, the tests as functions, and a ``main`` that calls them."""
    functions = [_function(f"sharpen_test_{number}", test) for number, test in enumerate(tests)]
    end = _END.format(secret=SECRET, calls="".join(map(_CALL.format, range(len(tests)))))
    body = "\n".join(["#include <cassert>", *filter(None, [context]), *functions])
    return after_program(program, body, end, "main.cpp")


def _function(name: str, test: str) -> str:
    if _MAIN.search(test):
        return _RETURN.sub("return;", _MAIN.sub(f"static void {name}()", test.strip("\n"), count=1))
    return f"static void {name}() {{\n{test}\n}}"


CPP = Language(
    name="cpp",
    title="C++",
    script=whole("main.cpp"),
    tested=tested,
    place=re.compile(r"\bmain\.cpp:(\d+)"),
    asserted=re.compile(r"Assertion .* failed"),
    memory=re.compile(r"std::bad_alloc"),
)
