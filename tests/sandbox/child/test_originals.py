"""What tests use of modules is put back, whatever a program did to it."""

import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from sharpen.sandbox.child.originals import Originals

TEXT = """
DEPTH = 1
LOADED = None

def check(a, b):
    return a == b

class Base:
    def run(self):
        return 'base'

class Case(Base):
    limit = 10
    def must(self, value):
        return value

loader = Case()
"""


def fake(*_: object) -> str:
    return "fake"


@pytest.fixture
def checking() -> Iterator[ModuleType]:
    module = ModuleType("checking")
    sys.modules["checking"] = module
    exec(TEXT, vars(module))
    yield module
    del sys.modules["checking"]


REPLACED = {
    "a function": ("check", "checking.check = fake"),
    "a function's code": ("check", "checking.check.__code__ = (lambda a, b: True).__code__"),
    "a method": ("must", "checking.Case.must = fake"),
    "a method that is inherited": ("run", "checking.Case.run = fake"),
    "how attributes are found": ("__getattribute__", "checking.Case.__getattribute__ = fake"),
    "a method of an instance": ("must", "checking.loader.must = fake"),
    "a class": ("Case", "checking.Case = fake"),
    "a function that is deleted": ("check", "del checking.check"),
    "how attributes of the module are found": (
        "checking",
        "class Fake(type(sys)):\n    def __getattribute__(self, name): return fake\nchecking.__class__ = Fake",
    ),
    "the module": ("checking", "sys.modules['checking'] = fake"),
}


@pytest.mark.parametrize(("name", "code"), REPLACED.values(), ids=REPLACED)
def test_what_was_replaced_is_named_and_put_back(checking: ModuleType, name: str, code: str):
    originals = Originals(["checking"])
    exec(code, {"checking": checking, "sys": sys, "fake": fake})
    assert originals.put_back() == name
    assert sys.modules["checking"] is checking
    assert not checking.check(1, 2)
    assert (checking.loader.must(1), checking.Case().must(1), checking.loader.run()) == (1, 1, "base")
    assert originals.put_back() == ""


def test_data_and_additions_stay(checking: ModuleType):
    originals = Originals(["checking"])
    checking.DEPTH, checking.LOADED, checking.Case.limit, checking.loader.seen = 2, fake, 20, [1]
    checking.more = checking.Case.more = fake
    assert originals.put_back() == ""
    assert (checking.DEPTH, checking.LOADED, checking.Case.limit, checking.loader.seen) == (2, fake, 20, [1])
    assert checking.more is fake
    assert checking.Case.more is fake


def test_a_module_that_is_not_there_is_left_to_its_test():
    assert Originals(["nothing_of_the_kind", "nothing_of_the_kind.at_all"]).put_back() == ""
