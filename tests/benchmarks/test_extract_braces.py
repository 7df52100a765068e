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


GO = (
    'package twice_test\n\nimport (\n    "testing"\n    "fmt"\n    "math"\n)\n\n'
    "func help(x int) (int, interface{}) {\n    return x + x, nil\n}\n\n// Double it.\nfunc twice(x int) int {\n"
)


def go(answer: str) -> str:
    return extract(answer, "go", starter=GO, entry_point="twice").code


def test_a_function_of_go_gets_the_imports_of_the_starter_that_it_uses():
    body = "func twice(x int) int {\n\treturn int(math.Abs(float64(x)))\n}"
    assert go(f"```go\n{body}\n```").startswith(f'package main\n\nimport "math"\n\n{body}\n')
    named = go(f'```go\npackage twice\n\nimport "strings"\n\n{body}\n```')
    assert named.startswith('package main\n\nimport "math"\nimport "strings"\n\nfunc twice')


def test_helpers_of_a_starter_in_go_follow_with_their_whole_body():
    answer = go("```go\nfunc twice(x int) int {\n\ty, _ := help(x)\n\treturn y\n}\n```")
    assert answer.endswith("func help(x int) (int, interface{}) {\n    return x + x, nil\n}\n")


def test_a_body_in_go_leaves_the_imports_that_are_for_the_tests():
    assert "import" not in go("    return 2 * x\n}\n")
    assert 'import "fmt"' in go("    fmt.Print(x)\n    return 2 * x\n}\n")


def test_a_body_in_go_that_a_stop_string_cut_is_closed():
    whole = go("    for x > 9 {\n        x -= 2")
    assert whole.count("{") == whole.count("}")


def test_a_demonstration_in_go_is_kept_without_its_name():
    answer = '```go\npackage main\nimport "sort"\nfunc twice(x int) int { return 2 * x }\nfunc main() { sort.Ints(nil) }\n```'
    assert 'import "sort"' in go(answer)
    assert "func _() { sort.Ints(nil) }" in go(answer)


@pytest.mark.parametrize("language", ["rust", "cpp", "java", "javascript", "typescript", "go"])
def test_a_script_is_the_last_block(language: Language):
    program = extract("Look:\n```\nfirst\n```\n```\nsecond\n```\n", language, starter="", entry_point="")
    assert (program.code, program.extraction) == ("second\n", "fence")


@pytest.mark.parametrize("answer", ["", "   \n", "```rust\n```"])
def test_nothing_is_no_program(answer: str):
    assert extract(answer, "rust", starter="", entry_point="").extraction == "none"


def test_exports_of_javascript_are_plain_functions():
    answer = "```js\nexport default function twice(x) { return 2 * x; }\n```"
    assert extract(answer, "javascript", starter="", entry_point="twice").code.startswith("function twice")
