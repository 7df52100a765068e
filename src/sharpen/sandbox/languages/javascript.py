"""JavaScript and TypeScript under Node.js: tests are functions beside the program, which our own file calls.

TypeScript's types are checked as MultiPL-E checks them: by the compiler, not strictly, and a program with a
false type does not compile. What Node.js brings has no types here, nor have modules: they are ``any``.
"""

import re
from collections.abc import Sequence
from functools import partial

from sharpen.sandbox.languages.base import HIDDEN, SECRET, Language, TestedSource, after_program, whole

_BOOT = """const write = require('fs').writeSync, word = process.env.{secret};
const assert = require('assert'), Module = require('module'), {{ Session }} = require('inspector');
delete process.env.{secret};
delete process.binding;
Session.prototype.connect = Session.prototype.connectToMainThread = () => assert.fail('there is no debugger');
console.assert = (holds, ...said) => {{ if (!holds) assert.fail(said.join(' ') || undefined); }};
for (const each of [assert, assert.strict, Session.prototype, Module, Module.prototype]) Object.freeze(each);
let tests;
Object.defineProperty(globalThis, '{hidden}', {{ value: (all) => {{
  if (tests) throw new Error('the tests were given twice');
  tests = all;
}} }});
require('./main.js');
(async () => {{
  for (let number = 0; number < {count}; number++) {{
    await tests[number]();
    write(1, `\\n${{word}} ${{number}}\\n`);
  }}
}})();
"""
"""Elsewhere ``console.assert`` only prints: HumanEval-X uses it, and its harness reads what is printed.

A program can change neither how values are compared nor how modules are found, and cannot debug our own file.
"""

_AMBIENT = (
    "ambient.d.ts",
    (
        f"declare function {HIDDEN}(tests: any[]): void;\n"
        "declare module '*';\n"
        "declare var require: any, module: any, exports: any, process: any, Buffer: any, global: any;\n"
        "declare var __dirname: string, __filename: string, setImmediate: any;\n"
    ),
)
_DECLARED = re.compile(r"^[ \t]*declare\s+(?:var|let|const)\s+require\b[^;\n]*;?", re.MULTILINE)
"""MultiPL-E's tests declare what our own file declares; a function may not."""


def tested(ending: str, program: str, context: str, tests: Sequence[str]) -> TestedSource:
    """Return the program with its tests, and the file that calls them; ``ending`` is that of the files."""
    functions = "\n".join(f"async () => {{\n{_assert(test)}{_bare(test)}\n}}," for test in tests)
    body = "\n".join([*filter(None, [context]), f"{HIDDEN}([\n{functions}\n]);"])
    boot = f"boot.{ending}", _BOOT.format(secret=SECRET, hidden=HIDDEN, count=len(tests))
    return after_program(program, body, "", f"main.{ending}", boot, *([_AMBIENT] if ending == "ts" else []))


def _assert(test: str) -> str:
    bound = re.search(r"\b(?:const|let|var)\s+assert\b", test)
    return "" if bound else "const assert = require('node:assert');\n"


def _bare(test: str) -> str:
    return _DECLARED.sub("", test).strip()


def typescript_script(program: str) -> TestedSource:
    """Return a program that reads and prints, with the declarations that it is compiled with."""
    return TestedSource((("main.ts", program), _AMBIENT), "main.ts", 0, 0)


_ASSERTED = re.compile(r"^(?:Uncaught )?AssertionError\b", re.MULTILINE)
_MEMORY = re.compile(r"heap out of memory|Array buffer allocation failed|Invalid array length")
_NOISE = re.compile(
    r"node:internal|boot\.[jt]s|^Node\.js v|triggerUncaught"
    r"|^\s*(?:generatedMessage|code|operator): |^\s*[}^]?\s*$"
)

JAVASCRIPT = Language(
    name="javascript",
    title="JavaScript",
    script=whole("main.js"),
    tested=partial(tested, "js"),
    place=re.compile(r"\bmain\.js:(\d+)"),
    asserted=_ASSERTED,
    memory=_MEMORY,
    noise=_NOISE,
    syntax=re.compile(r"^SyntaxError: ", re.MULTILINE),
)
TYPESCRIPT = Language(
    name="typescript",
    title="TypeScript",
    script=typescript_script,
    tested=partial(tested, "ts"),
    place=re.compile(r"\bmain\.ts[:(](\d+)"),
    asserted=_ASSERTED,
    memory=_MEMORY,
    noise=_NOISE,
)
