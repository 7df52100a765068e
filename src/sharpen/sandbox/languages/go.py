"""Go: one package of the program with its tests and of our own file, which has package ``testing`` run them.

A test is a function ``TestName(t *testing.T)`` as MultiPL-E and HumanEval-X write them, or statements. For
statements there is ``assertEqual(got, want)``: Go itself has no assertions.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from sharpen.languages import go_imports, go_packages
from sharpen.sandbox.languages.base import HIDDEN, SECRET, Language, TestedSource, after_program, whole

_PACKAGE = re.compile(r"^package\s+\w+", re.MULTILINE)
_TEST = re.compile(r"^func\s+(Test\w*)\s*\(\s*\w+\s+\*testing\.T\s*\)", re.MULTILINE)
_PACKAGES = {
    path.rpartition("/")[2]: path
    for path in (
        "bytes", "container/heap", "container/list", "errors", "fmt", "math", "math/big", "math/bits",
        "math/rand", "os", "reflect", "regexp", "slices", "sort", "strconv", "strings", "testing", "time",
        "unicode",
    )
}  # fmt: skip
"""Packages that tests may use without a word, by name: the imports of a file are the program's."""
_USES = {"fmt": "fmt.Sprint", "testing": "testing.Short"}
"""What a program may import for its tests only, as MultiPL-E's prompts do: Go wants each import used."""
_ASSERT = """package main

import (
	"fmt"
	"os"
	"reflect"
	"runtime"
)

func assertEqual[T any](got, want T) {
	a, b := reflect.ValueOf(&got).Elem(), reflect.ValueOf(&want).Elem()
	empty := (a.Kind() == reflect.Slice || a.Kind() == reflect.Map) && a.Len() == 0 && b.Len() == 0
	if !empty && !reflect.DeepEqual(got, want) {
		_, _, line, _ := runtime.Caller(1)
		fmt.Fprintf(os.Stderr, "main.go:%d: got %#v, want %#v\\n", line, got, want)
		os.Exit(1)
	}
}
"""
_BOOT = """package main

import (
	"fmt"
	"os"
	"testing"
)

var {run} = func() func(int, func(*testing.T)) testing.InternalTest {{
	word, printed := os.Getenv("{secret}"), os.Stdout
	os.Unsetenv("{secret}")
	return func(number int, test func(*testing.T)) testing.InternalTest {{
		return testing.InternalTest{{Name: fmt.Sprint("test ", number), F: func(t *testing.T) {{
			os.Stdout = printed
			test(t)
			if !t.Failed() {{
				fmt.Fprintf(printed, "\\n%s %d\\n", word, number)
			}}
		}}}}
	}}
}}()

func main() {{
	tests := []testing.InternalTest{{{calls}}}
	os.Stdout = os.Stderr
	testing.Main(func(pattern, name string) (bool, error) {{ return true, nil }}, tests, nil, nil)
}}
"""
"""What package ``testing`` reports of a failure is written to the standard error.

The secret word is taken out of the environment before a variable of the program is computed or its ``init``
runs: Go goes through the files in the order in which the compiler gets them. What keeps it has a name that
no program knows.
"""
_RUN = f"{HIDDEN}_run"


def tested(program: str, context: str, tests: Sequence[str]) -> TestedSource:
    """Return the package: the program, the tests as functions, and the ``main`` that has them run."""
    functions = [_function(f"{HIDDEN}_{number}", test) for number, test in enumerate(tests)]
    calls = ", ".join(f"{_RUN}({number}, {HIDDEN}_{number})" for number in range(len(tests)))
    body = "\n".join([*filter(None, [context]), *functions])
    bound = go_imports(program)
    missing = sorted(go_packages(body) & _PACKAGES.keys() - bound.keys())
    head = "; ".join(f'import "{_PACKAGES[name]}"' for name in missing)
    used = "".join(f"var _ = {use}\n" for name, use in _USES.items() if name in bound)
    source = after_program(in_package_main(program, head), body, used, "main.go")
    boot = "boot.go", _BOOT.format(secret=SECRET, run=_RUN, calls=calls)
    more = (("assert.go", _ASSERT),) if "assertEqual" in body else ()
    return replace(source, files=(boot, *source.files, *more))


def in_package_main(program: str, imports: str) -> str:
    """Return a program as a file of package main with more imports, all on the line of its package clause."""
    clause = f"package main; {imports};" if imports else "package main"
    if _PACKAGE.search(program):
        return _PACKAGE.sub(lambda _: clause, program, count=1)
    return f"{clause.rstrip(';')};{program}"


def _function(name: str, test: str) -> str:
    calls = "".join(f"{each}(t)\n" for each in _TEST.findall(test))
    before, inside = (f"{test.strip(chr(10))}\n", calls) if calls else ("", f"{test}\n")
    return f"{before}func {name}(t *testing.T) {{\n{inside}}}"


GO = Language(
    name="go",
    title="Go",
    script=whole("main.go"),
    tested=tested,
    place=re.compile(r"\bmain\.go:(\d+)"),
    asserted=re.compile(r"^\s*main\.go:\d+: ", re.MULTILINE),
    memory=re.compile(r"out of memory|cannot allocate memory"),
    # It makes a name of another package one of the program's: the environment as it was at the start, say.
    before_tests=re.compile(r"//go:(?:linkname|cgo_\w+)"),
    noise=re.compile(
        r"(?:boot|assert)\.go:|/testing/testing\.go:|/runtime/|^(?:testing|runtime|created by)\b|^panic\("
        r"|^goroutine \d+|^main\.main|^exit status|^\s*$"
    ),
)
