"""Source text of other languages, by its brackets and words."""

import pytest

from sharpen import languages
from sharpen.types import Language


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("rust", "fn f<'a>(x: &'a str) -> bool { x == \"}\" || '}' == 'a' /* } */ } rest"),
        ("cpp", "bool f(char x) { return x == '}' || \"}\"[0] == x; // }\n } rest"),
        ("javascript", "function f(x) { return x === '}' || x === `}` || x === \"}\" } rest"),
        ("typescript", "function f(x: string) { return x === '}' || x === `}` || x === \"}\" } rest"),
        ("go", 'func f(x rune) bool { return x == \'}\' || `}"` == "}" /* } */ } rest'),
        ("java", "class A { char x = '}'; String y = \"}\"; /* } */ } rest"),
    ],
)
def test_a_bracket_in_a_text_or_comment_closes_nothing(language: Language, code: str):
    assert code[languages.closing(code, code.index("{"), language) :] == " rest"


def test_what_stays_open_has_no_end():
    assert languages.closing("fn f() { if x {}", 7, "rust") == -1
    assert languages.open_braces("class A { void f() {", "java") == 2


@pytest.mark.parametrize(
    ("language", "code", "rest"),
    [
        ("rust", "fn f() {}\nfn main() { f(); }\nfn g() {}", "fn f() {}\n\nfn g() {}"),
        ("cpp", "int f();\nint main(int n, char **v) { if (n) { } return 0; }\n", "int f();\n\n"),
        ("java", "class A {\n    public static void main(String[] a) { f(); }\n}", "class A {\n\n}"),
        ("javascript", "function main() {}", "function main() {}"),
        ("go", "func f() {}\nfunc main() { f() }", "func f() {}\nfunc _() { f() }"),
    ],
)
def test_a_main_function_is_left_out(language: Language, code: str, rest: str):
    assert languages.without_main(code, language) == rest


@pytest.mark.parametrize(
    ("language", "code", "is_defined"),
    [
        ("rust", "pub fn add<T>(a: T) -> T {", True),
        ("rust", "let x = add(1);", False),
        ("cpp", "std::vector<long> add(std::vector<long> a) {", True),
        ("cpp", "    return add(1);", False),
        ("java", "    public static ArrayList<Long> add(long a) throws E {", True),
        ("javascript", "const add = (a) => a;", True),
        ("javascript", "console.log(add(1));", False),
        ("typescript", "const add: Sum = (a) => a;", True),
        ("typescript", "function add<T>(a: T): T {", True),
        ("go", "func add[T any](a T) T {", True),
        ("go", "\treturn add(1)", False),
        ("go", "func (s Set) add(a int) {", False),
    ],
)
def test_a_call_is_no_definition(language: Language, code: str, is_defined: bool):
    assert languages.defines(code, "add", language) is is_defined


def test_assertions_are_whole_statements():
    text = """Here:
    assert_eq!(
        f(vec![1, 2]),
        "a;b"
    );
    assert!(f(1) == 2); assert_ne!(f(3), 4)
    assert_eq!(f(5, 6);
    """
    assert list(languages.assertions(text, "rust")) == [
        'assert_eq!( f(vec![1, 2]), "a;b" );',
        "assert!(f(1) == 2);",
        "assert_ne!(f(3), 4);",
    ]


def test_an_assertion_in_go_ends_with_its_line():
    text = "assertEqual(f([]int{1,\n\t2}), 3)\nassertEqual(f(nil), 0); other()\n"
    assert list(languages.assertions(text, "go")) == [
        "assertEqual(f([]int{1, 2}), 3)",
        "assertEqual(f(nil), 0)",
    ]


def test_what_go_imports_is_known_by_its_name():
    code = 'package a\n\nimport (\n\t"math/big"\n\tm "math"\n)\nimport "os"\nimport _ "embed"\n\nvar s = "fmt.Print"\n'
    assert languages.go_imports(code) == {
        "big": '"math/big"',
        "m": 'm "math"',
        "os": '"os"',
        "_": '_ "embed"',
    }
    assert languages.go_packages('x := m.Sqrt(2) // os.Exit\nv.y(`big.Int`, "fmt.Print", 1.5)') == {"m", "v"}


def test_sides_are_what_an_assertion_compares():
    assert languages.sides("assert_eq!(f(1, 2), vec![3, 4]);", "rust") == ["f(1, 2)", "vec![3, 4]"]
    assert languages.sides("assert(f(1) == 2);", "cpp") == ["f(1)", "2"]


def test_every_language_writes_an_assertion_that_it_reads_itself():
    for language in languages.SYNTAX:
        test = languages.assertion(language, "f(1)", "2")
        assert list(languages.assertions(test, language)) == [test]
    assert languages.assertion("python", "f(1)", "2") == "assert f(1) == 2"
