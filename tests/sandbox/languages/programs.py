"""One task in every language: right, wrong and broken programs, with tests as the benchmarks write them."""

from dataclasses import dataclass

import pytest

from sharpen.errors import SandboxError
from sharpen.sandbox.languages import toolchains
from sharpen.types import Language


@dataclass(frozen=True, slots=True)
class Sample:
    """The square of a whole number.

    Attributes:
        right, wrong: programs; what the wrong one returns is one more.
        broken: one that does not compile.
        raising: one that ends by an error of its own.
        leaving: one that ends the process with status 0.
        looping: one that never ends.
        main: tests as MultiPL-E writes them, a whole main.
        check: one assertion as a model writes it.
        doubling: a script that doubles the number that it reads.
    """

    right: str
    wrong: str
    broken: str
    raising: str
    leaving: str
    looping: str
    main: str
    check: str
    doubling: str


def java(body: str) -> str:
    return f"import java.util.*;\n\nclass Problem {{\n    public static long f(long x) {{\n        {body}\n    }}\n}}\n"


def go(body: str, *imports: str) -> str:
    used = "".join(f'\t"{name}"\n' for name in ("testing", "fmt", *imports))
    return f"package f_test\n\nimport (\n{used})\n\nfunc f(x int) int {{\n\t{body}\n}}\n"


SAMPLES: dict[Language, Sample] = {
    "rust": Sample(
        right="fn f(x: isize) -> isize {\n    x * x\n}\n",
        wrong="fn f(x: isize) -> isize {\n    x * x + 1\n}\n",
        broken="fn f(x: isize) -> isize {\n    x * y\n}\n",
        raising="fn f(x: isize) -> isize {\n    let values: Vec<isize> = vec![];\n    values[x as usize]\n}\n",
        leaving="fn f(_: isize) -> isize {\n    std::process::exit(0)\n}\n",
        looping="fn f(x: isize) -> isize {\n    let mut y = x;\n    loop { y = y ^ 1; if y == 77 { return y } }\n}\n",
        main="\n\nfn main() {\n    let candidate = f;\n    assert_eq!(candidate(3), 9);\n    assert_eq!(candidate(-4), 16);\n}\n",
        check="assert_eq!(f(5), 25);",
        doubling=(
            "use std::io;\nfn main() {\n    let mut line = String::new();\n    io::stdin().read_line(&mut line).unwrap();\n"
            '    println!("{}", 2 * line.trim().parse::<i64>().unwrap());\n}\n'
        ),
    ),
    "cpp": Sample(
        right="long f(long x) {\n    return x * x;\n}\n",
        wrong="long f(long x) {\n    return x * x + 1;\n}\n",
        broken="long f(long x) {\n    return x * y;\n}\n",
        raising="#include <stdexcept>\nlong f(long x) {\n    throw std::out_of_range(\"no such place\");\n}\n",
        leaving="#include <cstdlib>\nlong f(long x) {\n    std::exit(0);\n}\n",
        looping="long f(long x) {\n    volatile long y = x;\n    while (true) y = y ^ 1;\n}\n",
        main="int main() {\n    auto candidate = f;\n    assert(candidate((3)) == (9));\n    assert(candidate((-4)) == (16));\n}\n",
        check="assert(f(5) == 25);",
        doubling="#include <iostream>\nint main() {\n    long x;\n    std::cin >> x;\n    std::cout << 2 * x << std::endl;\n}\n",
    ),
    "javascript": Sample(
        right="function f(x) {\n  return x * x;\n}\n",
        wrong="function f(x) {\n  return x * x + 1;\n}\n",
        broken="function f(x) {\n  return x *;\n}\n",
        raising="function f(x) {\n  return undefined.length;\n}\n",
        leaving="function f(x) {\n  process.exit(0);\n}\n",
        looping="function f(x) {\n  while (true) {}\n}\n",
        main=(
            "const assert = require('node:assert');\n\n\nfunction test() {\n  let candidate = f;\n"
            "  assert.deepEqual(candidate(3),9);\n  assert.deepEqual(candidate(-4),16);\n}\n\ntest();\n"
        ),
        check="assert.deepEqual(f(5), 25);",
        doubling="console.log(2 * Number(require('fs').readFileSync(0, 'utf8')));\n",
    ),
    "typescript": Sample(
        right="function f(x: number): number {\n  return x * x;\n}\n",
        wrong="function f(x: number): number {\n  return x * x + 1;\n}\n",
        broken="function f(x: number): string {\n  return x * y;\n}\n",
        raising="function f(x: number): number {\n  return (undefined as any).length;\n}\n",
        leaving="declare var process: any;\nfunction f(x: number): any {\n  process.exit(0);\n}\n",
        looping="function f(x: number): number {\n  while (true) {}\n}\n",
        main=(
            "declare var require: any;\nconst assert = require('node:assert');\n\n\nfunction test() {\n  let candidate = f;\n"
            "  assert.deepEqual(candidate(3),9);\n  assert.deepEqual(candidate(-4),16);\n}\n\ntest();\n"
        ),
        check="assert.deepEqual(f(5), 25);",
        doubling="import * as fs from 'fs';\nconst name: string = fs.readFileSync(0, 'utf8');\nconsole.log(2 * Number(name));\n",
    ),
    "go": Sample(
        right=go("return x * x"),
        wrong=go("return x * x + 1"),
        broken=go("return x * y"),
        raising=go("values := []int{}\n\treturn values[x]"),
        leaving=go("os.Exit(0)\n\treturn 0", "os"),
        looping=go("for x != 77 {\n\t\tx = x ^ 1\n\t\tif x == 78 {\n\t\t\treturn x\n\t\t}\n\t}\n\treturn x"),
        main=(
            "func TestF(t *testing.T) {\n  candidate := f\n\ttype test struct {\n\t\tactual   interface{}\n\t\texpected interface{}\n"
            "\t}\n   tests := []test{\n     { actual: candidate(3), expected: 9 },\n     { actual: candidate(-4), expected: 16 },\n   }\n\n"
            '\tfor i, tc := range tests {\n\t\tt.Run(fmt.Sprintf("test num % d", i), func(t *testing.T) {\n'
            '\t\t\tif fmt.Sprintf("%v", tc.actual) != fmt.Sprintf("%v", tc.expected) {\n'
            "\t\t\t\tt.Errorf(\"expected '%s', got '%s'\", tc.expected, tc.actual)\n\t\t\t}\n\t\t})\n\t}\n}\n"
        ),
        check="assertEqual(f(5), 25)",
        doubling='package main\n\nimport "fmt"\n\nfunc main() {\n\tvar x int\n\tfmt.Scan(&x)\n\tfmt.Println(2 * x)\n}\n',
    ),
    "java": Sample(
        right=java("return x * x;"),
        wrong=java("return x * x + 1;"),
        broken=java("return x * y;"),
        raising=java("return new ArrayList<Long>().get((int) x);"),
        leaving=java("System.exit(0); return 0;"),
        looping=java("while (true) x = x ^ 1;"),
        main="    public static void main(String[] args) {\n    assert(f((3l)) == (9l));\n    assert(f((-4l)) == (16l));\n    }\n\n}\n",
        check="assert f(5) == 25;",
        doubling=(
            "import java.util.*;\npublic class Anything {\n    public static void main(String[] args) {\n"
            "        System.out.println(2 * new Scanner(System.in).nextLong());\n    }\n}\n"
        ),
    ),
}  # fmt: skip

EVERY = tuple(SAMPLES)


def need(language: Language) -> None:
    """Skip a test where the machine has no toolchain for its language."""
    try:
        toolchains.find(language)
    except SandboxError as error:
        pytest.skip(str(error))
