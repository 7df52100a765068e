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
    public static void main(java.lang.String[] arguments) throws java.lang.Throwable {{
        java.lang.String word = arguments[0];
        java.io.PrintStream out = java.lang.System.out;
        java.lang.System.clearProperty("sun.java.command");
{calls}    }}
}}
"""
_CALL = '        {0}.{1}(new java.lang.String[0]);\n        out.println("\\n" + word + " {2}");\n'
"""The secret word comes as an argument, since nothing takes a variable out of Java's environment.

A program may have a class ``System`` of its own, and may give ``System.out`` another stream.
"""
FILE = "Program.java"


def script(program: str) -> TestedSource:
    """Return a program that reads and prints; its public classes may have any name."""
    return TestedSource(((FILE, _PUBLIC.sub(r"\1\2", program)),), FILE, 0, 0)


def tested(program: str, context: str, tests: Sequence[str]) -> TestedSource:
    """Return the program's class with the tests in it, and the class that calls them."""
    program = _PUBLIC.sub(r"\1\2", program).rstrip()
    names = _CLASS.findall(program)
    name = "Problem" if "Problem" in names or not names else names[0]
    classes = {number: test for number, test in enumerate(tests) if _class_with_main(test)}
    inner = "\n".join(_method(number, test) for number, test in enumerate(tests) if number not in classes)
    outer = "\n".join(_PUBLIC.sub(r"\1\2", test) for test in classes.values())
    body, closed = _opened(program)
    called = [_class_with_main(test) or name for test in tests]
    calls = "".join(
        _CALL.format(each, "main" if number in classes else f"sharpenTest{number}", number)
        for number, each in enumerate(called)
    )
    text = f"{body}\n{inner}\n{closed}\n{outer}\n{context}"
    files = ((FILE, text), ("SharpenMain.java", _BOOT.format(calls=calls)))
    first = body.count("\n") + 2
    return TestedSource(files, FILE, first, first + f"{inner}\n{closed}\n{outer}".count("\n"))


def _class_with_main(test: str) -> str:
    """Return the name of the class that a test brings for its main method, or nothing."""
    main = _MAIN.search(test)
    names = _CLASS.findall(test[: main.start()]) if main else []
    return names[-1] if names else ""


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
    title="Java",
    script=script,
    tested=tested,
    place=re.compile(r"\bProgram\.java:(\d+)"),
    asserted=re.compile(r"java\.lang\.AssertionError"),
    memory=re.compile(r"java\.lang\.OutOfMemoryError"),
)
