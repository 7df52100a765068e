"""Whether a program still refers to what it was given or what it returned."""

import pytest

from sharpen.sandbox.child.held import watched

KEPT: list[object] = []
INSIDE = ([1],)


def keep(x):
    KEPT.append(x)


def keep_inside(x):
    KEPT.append(({"k": x},))


def keep_by_closure(x):
    KEPT.append(lambda: x)


def put_object(x):
    x.append(object())


def shared(x):
    part = [1]
    return [part, {"k": part}]


def default(x, kept=[]):  # noqa: B006 - that it is kept is the point
    return kept


@pytest.mark.parametrize(
    "program",
    [
        sorted,
        len,
        lambda x: [[value] for value in x],
        lambda x: {"a": ([x[0]], {1})},
        lambda x: (1, "a"),
        lambda x: x[:] and None,
        lambda x: x.sort() or x.extend([1, 2, 3]) or x.__delitem__(slice(3)),
    ],
)
def test_new_values_and_arguments_left_alone_are_free(program):
    (_,), held = watched(program, ([1, 2, 3],), {})
    assert not held


@pytest.mark.parametrize(
    "program",
    [
        keep,
        keep_inside,
        keep_by_closure,
        put_object,
        shared,
        default,
        list.sort,
        list.clear,
        lambda x: x,
        lambda x: [x],
        lambda x: (x, 1),
        lambda x: {"k": {"k": x}},
        lambda x: INSIDE,
        lambda x: x[0].append(1),
        lambda x: KEPT,
    ],
)
def test_what_the_program_changes_keeps_or_gives_back_is_held(program):
    (_,), held = watched(program, ([[3], [1]],), {})
    assert held
    if program not in {keep_by_closure, list.sort, list.clear}:
        assert watched(lambda **given: program(given["x"]), (), {"x": [[3], [1]]})[1]
