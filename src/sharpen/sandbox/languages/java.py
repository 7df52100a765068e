"""Java: tests are methods of the program's own class, which our own class calls, with assertions enabled."""

import re
from collections.abc import Sequence

from sharpen.sandbox.languages.base import Language, TestedSource

_MAIN = re.compile(r"\bpublic\s+static\s+void\s+main\s*\(\s*(?:final\s+)?String\s*(?:\[\]|\.\.\.)\s*\w+\s*\)")
_CLASS = re.compile(r"^\s*(?:(?:public|final|abstract)\s+)*class\s+(\w+)", re.MULTILINE)
_PUBLIC = re.compile(
    r"^([ \t]*)public\s+((?:final\s+|abstract\s+)*(?:class|interface|enum|record)\b)", re.MULTILINE
)
_BOOT = """public class SharpenMain {{
    public static void main(String[] arguments) throws Throwable {{
        String word = arguments[0];
{calls}    }}
}}
"""
_CALL = '        {0}.sharpenTest{1}(new String[0]);\n        System.out.println("\\n" + word + " {1}");\n'
FILE = "Program.java"


def script(program: str) -> TestedSource:
    """Return a program that reads and prints; its public classes may have any name."""
    return TestedSource(((FILE, _PUBLIC.sub(r"\1\2", program)),), FILE, 0, 0)


def tested(program: str, context: str, tests: Sequence[str]) -> TestedSource:
    """Return the program's class with the tests in it, and the class that calls them."""
    program = _PUBLIC.sub(r"\1\2", program).rstrip()
    names = _CLASS.findall(program)
    name = "Problem" if "Problem" in names or not names else names[0]
    methods = "\n".join(_method(number, test) for number, test in enumerate(tests))
    calls = "".join(_CALL.format(name, number) for number in range(len(tests)))
    body, closed = _opened(program)
    first = body.count("\n") + 2
    text = f"{body}\n{methods}\n{closed}\n{context}"
    files = ((FILE, text), ("SharpenMain.java", _BOOT.format(calls=calls)))
    return TestedSource(files, FILE, first, first + methods.count("\n"))


def _opened(program: str) -> tuple[str, str]:
    """Return a program before the last brace of its class, and that brace."""
    return (program[:-1].rstrip(), "}") if program.endswith("}") else (program, "")


def _method(number: int, test: str) -> str:
    head = f"public static void sharpenTest{number}(String[] arguments) throws Throwable"
    if not _MAIN.search(test):
        return f"    {head} {{\n{test}\n    }}"
    text = _MAIN.sub(head, re.sub(r"\)\s*throws\s+[\w., ]+\{", ") {", test.strip("\n")), count=1).rstrip()
    return text[:-1].rstrip() if text.count("}") > text.count("{") else text


JAVA = Language(
    name="java",
    script=script,
    tested=tested,
    place=re.compile(r"\bProgram\.java:(\d+)"),
    asserted=re.compile(r"java\.lang\.AssertionError"),
    memory=re.compile(r"java\.lang\.OutOfMemoryError"),
)
