"""Rust: one crate of one file, edition 2021, without optimisation, so that overflow panics."""

import re
from collections.abc import Sequence

from sharpen.sandbox.languages.base import HIDDEN, SECRET, Language, TestedSource, after_program, whole

_MAIN = re.compile(r"\bfn\s+main\s*\(\s*\)")
_TEST = re.compile(r"#\[test\]\s*(?:pub\s+)?fn\s+(\w+)")
_MODULE = re.compile(r"\bmod\s+\w+")
_MACROS = ("assert", "assert_eq", "assert_ne", "format", "matches", "panic", "println", "vec")
_OURS = "const _: () = ();\n" + "\n".join(
    f"macro_rules! {name} {{ ($($all:tt)*) => {{ ::std::{name}!($($all)*) }} }}" for name in _MACROS
)
"""What tests call is the standard library's again, where a program has macros of the same names.

The constant comes first: an attribute at the end of the program is about what comes next.
"""
_END = """fn main() {{
    let sharpen_word = ::std::env::var("{secret}").unwrap_or_default();
    ::std::env::remove_var("{secret}");
{calls}}}
"""


def tested(program: str, context: str, tests: Sequence[str]) -> TestedSource:
    """Return the crate: the program, the tests as functions, and a ``main`` that calls them."""
    functions = [_function(f"{HIDDEN}_{number}", test) for number, test in enumerate(tests)]
    calls = "".join(
        f'    {HIDDEN}_{number}();\n    ::std::println!("\\n{{}} {number}", sharpen_word);\n'
        for number in range(len(tests))
    )
    end = _END.format(secret=SECRET, calls=calls)
    return after_program(program, "\n".join([_OURS, *filter(None, [context]), *functions]), end, "main.rs")


def _function(name: str, test: str) -> str:
    if names := _TEST.findall(test):  # a module of tests as `cargo test` runs it
        module = _MODULE.sub(f"mod {name}_module", _TEST.sub(r"pub fn \1", test.replace("#[cfg(test)]", "")))
        calls = "".join(f"    {name}_module::{each}();\n" for each in names)
        return f"{module}\nfn {name}() {{\n{calls}}}"
    if _MAIN.search(test):
        return _MAIN.sub(f"fn {name}()", test.strip("\n"), count=1)
    return f"fn {name}() {{\n{test}\n}}"


RUST = Language(
    name="rust",
    title="Rust",
    script=whole("main.rs"),
    tested=tested,
    place=re.compile(r"\bmain\.rs:(\d+)"),
    asserted=re.compile(r"^assertion\b.*\bfailed|^thread .* panicked at 'assertion failed", re.MULTILINE),
    memory=re.compile(r"^memory allocation of \d+ bytes failed|capacity overflow", re.MULTILINE),
    noise=re.compile(r"RUST_BACKTRACE|^For more information about this error|^$"),
    # Neither a macro nor an escape makes these words of others, so there is no other way to write them.
    before_tests=re.compile(
        r"\b(?:link_section|no_mangle|export_name|(?:global_|naked_)?asm)\b|\bPartialEq\s*(?:<|as\b)"
    ),
)
