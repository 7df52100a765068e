"""Programs are taken out of answers in other languages."""

import pytest

from sharpen.benchmarks.extract_braces import extract
from sharpen.types import Language

STARTER = "use std::collections::HashMap;\n\n/// Double it.\nfn twice(x: isize) -> isize {\n"
HELPER = "fn help(x: isize) -> isize {\n    x + x\n}\n\n/// Double it.\nfn twice(x: isize) -> isize {\n"


def rust(answer: str, starter: str = STARTER) -> str:
    return extract(answer, "rust", starter=starter, entry_point="twice").code


def test_the_last_block_that_defines_the_function_counts():
    answer = (
        "First:\n```rust\nfn twice(x: isize) -> isize { x }\n```\nBetter:\n"
        "```rust\nfn twice(x: isize) -> isize { 2 * x }\n```\nRun it:\n```bash\ncargo run\n```\n"
    )
    assert rust(answer) == "use std::collections::HashMap;\n\nfn twice(x: isize) -> isize { 2 * x }\n"


def test_an_import_that_is_there_is_not_written_twice():
    answer = "```rust\nuse std::collections::HashMap;\nfn twice(x: isize) -> isize { 2 * x }\n```"
    assert rust(answer).count("HashMap") == 1


def test_a_main_function_of_the_answer_is_left_out():
    assert "main" not in rust(
        '```rust\nfn twice(x: isize) -> isize { x }\nfn main() { println!("{}", twice(1)); }\n```'
    )


def test_a_helper_of_the_starter_comes_back():
    assert rust("```rust\nfn twice(x: isize) -> isize { help(x) }\n```", HELPER).startswith("fn help")
    own = "```rust\nfn help(x: isize) -> isize { 2 * x }\nfn twice(x: isize) -> isize { help(x) }\n```"
    assert rust(own, HELPER).count("fn help") == 1


def test_a_body_continues_the_starter_up_to_where_it_closes():
    assert rust("    2 * x\n}\n\nfn other() {}\n") == f"{STARTER}    2 * x\n}}\n"


def test_a_body_that_a_stop_string_cut_is_closed():
    assert rust("    2 * x") == f"{STARTER}    2 * x\n}}\n"


def test_an_answer_without_fences_begins_at_its_code():
    answer = "Use this function.\n\n/// Doubles.\nfn twice(x: isize) -> isize {\n    2 * x\n}\nIt doubles."
    assert (
        rust(answer, "fn twice(x: isize) -> isize {\n")
        == "/// Doubles.\nfn twice(x: isize) -> isize {\n    2 * x\n}"
    )


def test_a_method_of_java_gets_its_class_back():
    starter = (
        "import java.util.*;\nclass Problem {\n    // Double it.\n    public static long twice(long x) {\n"
    )
    whole = extract(
        "```java\npublic static long twice(long x) {\n    return 2 * x;\n}\n```",
        "java",
        starter=starter,
        entry_point="twice",
    ).code
    assert whole.startswith("import java.util.*;\n\nclass Problem {\n")
    assert whole.rstrip().endswith("}\n}")
    continued = extract("        return 2 * x;\n    }\n", "java", starter=starter, entry_point="twice").code
    assert continued == f"{starter}        return 2 * x;\n    }}\n}}\n"


@pytest.mark.parametrize("language", ["rust", "cpp", "java", "javascript"])
def test_a_script_is_the_last_block(language: Language):
    program = extract("Look:\n```\nfirst\n```\n```\nsecond\n```\n", language, starter="", entry_point="")
    assert (program.code, program.extraction) == ("second\n", "fence")


@pytest.mark.parametrize("answer", ["", "   \n", "```rust\n```"])
def test_nothing_is_no_program(answer: str):
    assert extract(answer, "rust", starter="", entry_point="").extraction == "none"


def test_exports_of_javascript_are_plain_functions():
    answer = "```js\nexport default function twice(x) { return 2 * x; }\n```"
    assert extract(answer, "javascript", starter="", entry_point="twice").code.startswith("function twice")
