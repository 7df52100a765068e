"""JavaScript under Node.js: the program's tests are functions beside it, which our own file calls."""

import re
from collections.abc import Sequence

from sharpen.sandbox.languages.base import SECRET, Language, TestedSource, after_program, whole

_BOOT = """const write = require('fs').writeSync, word = process.env.{secret};
delete process.env.{secret};
console.assert = (holds, ...said) => {{ if (!holds) require('assert').fail(said.join(' ') || undefined); }};
const tests = require('./main.js');
(async () => {{
  for (let number = 0; number < {count}; number++) {{
    await tests[number]();
    write(1, `\\n${{word}} ${{number}}\\n`);
  }}
}})();
"""
"""Elsewhere ``console.assert`` only prints: HumanEval-X uses it, and its harness reads what is printed."""


def tested(program: str, context: str, tests: Sequence[str]) -> TestedSource:
    """Return the program with its tests, and the file that calls them."""
    functions = "\n".join(f"async () => {{\n{_assert(test)}{test.strip()}\n}}," for test in tests)
    body = "\n".join([*filter(None, [context]), f"module.exports = [\n{functions}\n];"])
    return after_program(
        program, body, "", "main.js", ("boot.js", _BOOT.format(secret=SECRET, count=len(tests)))
    )


def _assert(test: str) -> str:
    bound = re.search(r"\b(?:const|let|var)\s+assert\b", test)
    return "" if bound else "const assert = require('node:assert');\n"


JAVASCRIPT = Language(
    name="javascript",
    title="JavaScript",
    script=whole("main.js"),
    tested=tested,
    place=re.compile(r"\bmain\.js:(\d+)"),
    asserted=re.compile(r"^(?:Uncaught )?AssertionError\b", re.MULTILINE),
    memory=re.compile(r"heap out of memory|Array buffer allocation failed|Invalid array length"),
    noise=re.compile(
        r"node:internal|boot\.js|^Node\.js v|triggerUncaught"
        r"|^\s*(?:generatedMessage|code|operator): |^\s*[}^]?\s*$"
    ),
    syntax=re.compile(r"^SyntaxError: ", re.MULTILINE),
)
