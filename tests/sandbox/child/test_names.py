"""The names of tests beside a program, as plain Python has them in one module."""

import builtins

from sharpen.sandbox.child.names import Namespace, SharedNamespace

PROGRAM = "LIMIT, total = 3, 0\ndef g(y): return y\ndef f(x):\n    global total\n    total += LIMIT\n    return g(x)\n"


def ran(
    *codes: str, shared: tuple[str, ...] = ("LIMIT", "total", "g")
) -> tuple[dict[str, object], Namespace]:
    program: dict[str, object] = {}
    exec(PROGRAM, program)
    names = SharedNamespace(program, vars(builtins), shared)
    names.provide({"f": program["f"], "candidate": program["f"]})
    for code in codes:
        exec(code, names)
    return program, names


def test_what_a_test_binds_is_the_programs_from_then_on():
    program, _ = ran("LIMIT = 5\ndef g(y): return -y\nassert f(2) == -2 and total == 5")
    assert program["LIMIT"] == 5


def test_in_its_functions_too():
    ran(
        "def sets():\n    global LIMIT\n    LIMIT = 7\n    return f(1)\nassert sets() == 1\nassert total == 7"
    )


def test_a_name_that_is_deleted_is_gone_on_both_sides():
    program, _ = ran("del LIMIT", "total = 1\nf\ndel total\nf")
    assert not {"LIMIT", "total"} & program.keys()


def test_what_the_program_binds_anew_is_seen_where_it_is_data():
    ran("total = 10\nf(1)\nassert total == 13")


def test_a_program_replaces_no_function_of_its_tests():
    program, names = ran("def g(y): return 4\nassert f(1) == 4")
    program["g"] = lambda y: 5
    exec("assert g(1) == 4", names)


def test_other_names_stay_apart():
    program, _ = ran("LIMIT = 5\nassert f(1) == 1", shared=())
    assert program["LIMIT"] == 3


def test_the_entry_point_that_tests_are_given_is_not_given_back():
    program: dict[str, object] = {}
    exec(PROGRAM, program)
    names = SharedNamespace(program, vars(builtins), ["f"])
    own = program["f"]
    names.provide({"f": lambda x: x})
    exec("assert f(1) == 1", names)
    assert program["f"] is own
    exec("f = 3\nassert f", names)
    assert program["f"] == 3


def test_bodies_of_classes_have_the_programs_names():
    program: dict[str, object] = {}
    exec(PROGRAM, program)
    names = Namespace(program, vars(builtins))
    code = compile("class T:\n    top = LIMIT\nassert T.top == 3", "t", "exec")
    names.provide_to_classes(code)
    exec(code, names)
