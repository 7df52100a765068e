import ast
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.selfcodealign.rows import identity
from sharpen.selfcodealign.seeds import filters
from sharpen.selfcodealign.seeds.extract import functions
from sharpen.selfcodealign.seeds.parts import File

FILE = File("mine/f.py", "mine", "1.0", "mine/f.py", "MIT", ("mine",))


def found(source, file=FILE):
    return list(functions(file, dedent(source).encode()))


def only(source):
    ((seed, reason),) = found(source)
    return seed, reason


def code_of(source):
    seed, reason = only(source)
    assert not reason
    return seed.code


def test_a_function_brings_what_it_uses_in_the_order_of_its_file():
    seed, reason = only(
        '''
        """A module."""
        from __future__ import annotations
        import math, re
        from collections import Counter, OrderedDict
        import os

        LIMIT = 3
        UNUSED = 4

        @decorated
        def area(r):
            """Return an area."""
            return min(LIMIT, math.pi * half(r)) + Later().size

        def half(r):
            return Counter([r])[r] / 2

        class Later:
            size = LIMIT

        def decorated(f):
            return f
        '''
    )
    assert not reason
    assert seed.code == dedent(
        '''\
        from __future__ import annotations
        import math
        from collections import Counter

        LIMIT = 3


        @decorated
        def area(r):
            """Return an area."""
            return min(LIMIT, math.pi * half(r)) + Later().size


        def half(r):
            return Counter([r])[r] / 2


        class Later:
            size = LIMIT


        def decorated(f):
            return f
        '''
    )
    assert (seed.name, seed.docstring, seed.line) == ("area", "Return an area.", 11)
    assert (seed.origin, seed.version, seed.path, seed.licence) == ("mine", "1.0", "mine/f.py", "MIT")
    assert seed.id == identity(seed.code)


@pytest.mark.parametrize(
    ("source", "carried"),
    [
        ("x = 1\ndef f(x):\n    'd'\n    return x\n", False),
        ("x = 1\ndef f(a=x):\n    'd'\n    return a\n", True),
        ("class x: pass\ndef f(a: 'x | None'):\n    'd'\n    return a\n", True),
        ("def x(): pass\ndef f(a):\n    'd'\n    def g():\n        return x()\n    return g()\n", True),
        ("x = 1\ndef f(a):\n    'd'\n    return [x for x in a]\n", False),
        (
            "try:\n    import re as x\nexcept ImportError:\n    x = None\ndef f(a):\n    'd'\n    return x\n",
            True,
        ),
        ("x = []\nx += [1]\ndef f(a):\n    'd'\n    return x\n", True),
        ("def f(a):\n    'd'\n    global x\n    x = a\n    return a\nx = 0\n", True),
    ],
)
def test_only_names_of_the_module_are_carried(source, carried):
    assert ("x" in set(bound(code_of(source)))) == carried


def bound(code):
    for node in ast.parse(code).body:
        if not isinstance(node, ast.FunctionDef) or node.name == "x":
            yield from (each.id for each in ast.walk(node) if isinstance(each, ast.Name))
            yield from (each.asname for each in ast.walk(node) if isinstance(each, ast.alias))
            yield getattr(node, "name", None)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def f(x):\n    'd'\n    print(x)\n", filters.NO_VALUE),
        ("def f(x):\n    'd'\n    return\n", filters.NO_VALUE),
        ("def f():\n    'd'\n    return 1\n", filters.NO_ARGUMENT),
        ("def f(*, x):\n    '  '\n    return x\n", filters.EMPTY),
        ("def f(x):\n    'd'\n" + "    x += 1\n" * 150 + "    return x\n", filters.LONG),
        ("y = [\n" + "1,\n" * 150 + "]\ndef f(x):\n    'd'\n    return y\n", filters.ENTANGLED),
        ("from . import y\ndef f(x):\n    'd'\n    return y\n", filters.DEPENDENT),
        ("import mine.other\ndef f(x):\n    'd'\n    return mine.other\n", filters.DEPENDENT),
        ("def f(x):\n    'd'\n    from mine import y\n    return y\n", filters.DEPENDENT),
        ("def f(x):\n    'd'\n    return y\n", filters.UNDEFINED),
        ("def f(x):\n    'd'\n    return x  # TODO: more\n", filters.BAD_WORD),
        ("def f(x):\n    'Fix the bug.'\n    return x\n", filters.BAD_WORD),
        ("import os.path\ndef f(x):\n    'd'\n    return os.path.join(x)\n", filters.FORBIDDEN),
        ("import re, sys as s\ndef f(x):\n    'd'\n    return s, re\n", filters.FORBIDDEN),
        ("def f(x):\n    'd'\n    from subprocess import run\n    return run(x)\n", filters.FORBIDDEN),
        ("def f(x):\n    'Debug todos.'\n    return x\n", ""),
        ("from ossify import y\ndef f(x):\n    'd'\n    return y\n", ""),
        ("from star import *\ndef f(x):\n    'd'\n    return y\n", ""),
        ("async def f(x):\n    'd'\n    return x\n", ""),
        ("def f(\n    x,\n):\n    r'd'\n    return x\n", ""),
    ],
)
def test_the_papers_filters(source, reason):
    seed, given = only(source)
    assert given == reason
    assert seed.name == "f"


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    return x\n",
        "class C:\n    def f(self, x):\n        'd'\n        return x\n",
        "if True:\n    def f(x):\n        'd'\n        return x\n",
        "def f(x):\n    b'd'\n    return x\n",
        "",
    ],
)
def test_what_is_no_documented_function_of_the_module_is_not_looked_at(source):
    assert found(source) == []


def test_the_licence_in_a_file_counts_more_than_that_of_its_package():
    source = "# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause\ndef f(x):\n    'd'\n    return x\n"
    assert only(source)[0].licence == "Apache-2.0 OR BSD-3-Clause"


@pytest.mark.parametrize(
    "broken", [b"def f(x:\n    'd'\n", b"def f(x):\n    'd'\n\xff\n", b"def f(x):\n    'd'\0\n"]
)
def test_what_is_no_python_is_said(broken):
    with pytest.raises((SyntaxError, ValueError)):
        list(functions(FILE, broken))


def test_other_encodings_are_read():
    source = "# -*- coding: latin-1 -*-\ndef f(x):\n    'Größe.'\n    return x\n".encode("latin-1")
    ((seed, _),) = functions(FILE, source)
    assert seed.docstring == "Größe."


NAMES = st.sampled_from("abcde")
USES = st.lists(NAMES, max_size=3, unique=True)


@given(st.lists(st.tuples(NAMES, USES), min_size=1, max_size=6, unique_by=lambda pair: pair[0]))
def test_a_seed_holds_exactly_what_its_function_reaches(definitions):
    source = "".join(
        f"def {name}(x):\n    'd'\n    return [{', '.join(uses)}]\n" for name, uses in definitions
    )
    uses_of = dict(definitions)
    for seed, reason in found(source):
        reached, fresh = set(), {seed.name}
        while fresh:
            reached |= fresh
            fresh = {use for name in fresh for use in uses_of.get(name, ())} - reached
        assert (reason == filters.UNDEFINED) == bool(reached - uses_of.keys())
        if not reason:
            assert [node.name for node in ast.parse(seed.code).body] == [
                name for name in uses_of if name in reached
            ]
            exec(seed.code, {})
