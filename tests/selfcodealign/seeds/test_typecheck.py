import stat
import sys

import pytest

from sharpen.errors import UsageError
from sharpen.selfcodealign.seeds import typecheck
from sharpen.selfcodealign.seeds.typecheck import CHECKER_FAILED, TYPE_ERROR, type_check

GOOD = "import json\n\n\ndef f(x: int) -> str:\n    return json.dumps(x)\n"


def test_what_has_an_error_is_out_and_nothing_else():
    codes = {
        GOOD: "",
        "def f(x):\n    return undefined(x)\n": TYPE_ERROR,
        "from . import other\n\n\ndef f(x):\n    return other\n": TYPE_ERROR,
        "import no_such_module_anywhere\n": TYPE_ERROR,
        "import math\n\n\ndef f(x):\n    return math.no_such_function(x)\n": TYPE_ERROR,
        "def f(x):\n    if x:\n        y = 1\n    return y\n": TYPE_ERROR,
        "def f(x):\n    return x +\n": TYPE_ERROR,
        "def f(x):\n    return undefined(x)  # type: ignore\n": "",
        "import pydantic\n\n\ndef f(x):\n    return pydantic.no_such_thing(x)\n": TYPE_ERROR,
        "import pydantic\n\n\ndef f(x):\n    return pydantic.TypeAdapter(x)\n": "",
        "": "",
    }
    assert type_check(list(codes)) == list(codes.values())
    assert type_check([]) == []


def test_settings_of_the_place_do_not_count(tmp_path, monkeypatch):
    (tmp_path / "ty.toml").write_text('[rules]\nunresolved-reference = "ignore"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert type_check(["def f(x):\n    return undefined(x)\n"]) == [TYPE_ERROR]


def test_what_sys_path_names_is_found(tmp_path, monkeypatch):
    (tmp_path / "mine_alone.py").write_text("def g(x): return x\n")
    code = "import mine_alone\n\n\ndef f(x):\n    return mine_alone.g(x)\n"
    assert type_check([code]) == [TYPE_ERROR]
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    assert type_check([code]) == [""]


@pytest.mark.parametrize("fault", ["sleep 60", "exit 101", "kill -9 $$"])
def test_a_file_that_the_checker_fails_on_takes_no_other_with_it(tmp_path, monkeypatch, fault):
    checker = tmp_path / "ty"
    checker.write_text(
        "#!/bin/sh\n"
        f"if grep -q poison seed_*.py; then {fault}; fi\n"
        "if grep -l wrong seed_*.py > found; then sed 's/$/:1:1: error[x] y/' found; exit 1; fi\n"
    )
    checker.chmod(checker.stat().st_mode | stat.S_IXUSR)
    codes = ["good", "wrong", "good", "poison", "good", "wrong", "good"]
    monkeypatch.setattr(typecheck, "extra", lambda *_: type("ty", (), {"find_ty_bin": lambda: str(checker)}))
    assert type_check(codes, seconds=2) == ["", TYPE_ERROR, "", CHECKER_FAILED, "", TYPE_ERROR, ""]


def test_without_the_checker_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ty", None)
    with pytest.raises(UsageError, match=r"sharpen\[align\]"):
        type_check([GOOD])
