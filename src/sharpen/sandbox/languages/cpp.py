"""C++: the program with its tests, and a file of our own with ``main``; C++17, without optimisation.

In the tests ``assert`` is our own, and no name that they use is a macro of the program's. Two kinds of names
may be: those of numbers, since a program may count in ``long long`` throughout, and those in capitals, which
are the library's (``INT_MAX``).
"""

import re
from collections.abc import Sequence

from sharpen.sandbox.languages.base import HIDDEN, SECRET, Language, TestedSource, after_program, whole

_MAIN = re.compile(r"\bint\s+main\s*\([^)]*\)")
_RETURN = re.compile(r"\breturn\s+(?:0|EXIT_SUCCESS)\s*;")
_ASSERT_HEADER = re.compile(r"^[ \t]*#[ \t]*include[ \t]*<(?:assert\.h|cassert)>", re.MULTILINE)
_NAME = re.compile(r"\b(?![A-Z\d_]+\b)[A-Za-z_]\w*")
_WORDS = "bool case char const do else extern false for if return static switch true void while"
_STAYS = "and defined double float int long not or short signed unsigned xor"
"""Names that cannot be macros, and those of numbers."""
_ASSERT = f"""#undef NDEBUG
#undef assert
#define assert(holds) ((holds) ? 0 : {HIDDEN}_failed(#holds, __LINE__))
extern "C" int {HIDDEN}_failed(const char *, int);"""
_BOOT = """#include <cstdio>
#include <unistd.h>
{tests}
static char text[80] = "\\n";
static int size = 1;
__attribute__((constructor(101))) static void take(int, char **, char **environment) {{
    for (; *environment; environment++) {{
        const char *name = "{secret}=";
        char *found = *environment;
        while (*name && *name == *found) name++, found++;
        if (*name) continue;
        while (*found && size < 60) text[size++] = *found, *found++ = 0;
    }}
    text[size++] = ' ';
}}
static int number(int value) {{
    int digits = value < 10 ? 1 : 1 + number(value / 10);
    text[size + digits - 1] = '0' + value % 10;
    return digits;
}}
static void passed(int test) {{
    int digits = number(test);
    text[size + digits] = '\\n';
    if (write(1, text, size + digits + 1) < 0) __builtin_trap();
}}
extern "C" int {hidden}_failed(const char *holds, int line) {{
    std::fprintf(stderr, "main.cpp:%d: Assertion `%s' failed.\\n", line, holds);
    __builtin_trap();
}}
int main() {{
{calls}    return 0;
}}
"""
"""The secret word is taken out of the environment before a variable of the program is computed.

Nothing of the library is called for it: a program may have functions of the same names.
"""


def tested(program: str, context: str, tests: Sequence[str]) -> TestedSource:
    """Return the program with the tests as functions, and the file that calls them."""
    names = [f"{HIDDEN}_{number}" for number in range(len(tests))]
    functions = [_function(name, test) for name, test in zip(names, tests, strict=True)]
    brought = "\n".join([*filter(None, [context]), *functions])
    used = sorted({*_NAME.findall(brought), *_WORDS.split()} - set(_STAYS.split()))
    body = "\n".join([*(f"#undef {name}" for name in used), _ASSERT, brought])
    boot = _BOOT.format(
        tests="\n".join(f"void {name}();" for name in names),
        calls="".join(f"    {name}();\n    passed({number});\n" for number, name in enumerate(names)),
        secret=SECRET,
        hidden=HIDDEN,
    )
    source = after_program(program, body, "", "main.cpp")
    return TestedSource((("boot.cpp", boot), *source.files), "main.cpp", source.first_test, source.last_test)


def _function(name: str, test: str) -> str:
    test = _ASSERT_HEADER.sub("", test)
    if _MAIN.search(test):
        return _RETURN.sub("return;", _MAIN.sub(f"void {name}()", test.strip("\n"), count=1))
    return f"void {name}() {{\n{test}\n}}"


CPP = Language(
    name="cpp",
    title="C++",
    script=whole("main.cpp"),
    tested=tested,
    place=re.compile(r"\bmain\.cpp:(\d+)"),
    asserted=re.compile(r"Assertion .* failed"),
    memory=re.compile(r"std::bad_alloc"),
    # What runs before constructors do, or stands in place of a function of another name.
    before_tests=re.compile(
        r"\b(?:__)?(?:asm|ifunc|init_priority|weakref)(?:__)?\b"
        r"|\b(?:__)?(?:constructor|section|alias)(?:__)?\s*\(\s*[\w\"]"
        r"|#\s*pragma\s+(?:weak|redefine_extname)"
    ),
)
