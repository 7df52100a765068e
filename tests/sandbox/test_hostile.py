"""Every hostile program gets its one verdict, whoever runs it."""

import os
import platform
import shutil
import stat
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.sandbox.hostile import CATEGORIES, Hostile, alone, catalogue

EVERY = [
    pytest.param(hostile, number, id=f"{category}: {hostile.name}, {number}")
    for category, hostile in catalogue()
    for number in range(len(hostile.suites()))
]
PYTHON = Path("/usr/bin/python3")


def test_the_catalogue_is_as_large_as_it_is_meant_to_be():
    sizes = Counter(category for category, _ in catalogue())
    assert set(sizes) == set(CATEGORIES)
    assert sum(sizes.values()) >= 80
    assert len({(category, hostile.name) for category, hostile in catalogue()}) == sum(sizes.values())


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the catalogue's system calls are x86_64's")
@pytest.mark.parametrize(("hostile", "number"), EVERY)
def test_a_hostile_program_gets_its_verdict(hostile: Hostile, number: int, judge, layers):
    if hostile.needs and hostile.needs not in layers:
        pytest.skip(f"this machine does not offer the layer {hostile.needs}")
    suite = hostile.suites()[number]
    verdict = judge(
        hostile.program, *suite.tests, entry=suite.entry_point, context=suite.context, **hostile.limits
    )
    assert verdict.kind == hostile.kind, verdict.message
    assert hostile.message in verdict.message
    assert hostile.trust in {"", verdict.trust}


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the catalogue's system calls are x86_64's")
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root and setpriv")
@pytest.mark.skipif(not PYTHON.exists(), reason="needs an interpreter that every user may run")
def test_as_an_unprivileged_user_too(tmp_path):
    if not all(place.stat().st_mode & stat.S_IXOTH for place in Path(alone.__file__).parents):
        pytest.skip("other users cannot read this source tree")
    place = Path("/tmp") / f"sharpen-{tmp_path.name}-{os.getpid()}"
    place.mkdir(mode=0o700)
    os.chown(place, 65534, 65534)
    command = [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        str(PYTHON),
        "-B",
        alone.__file__,
    ]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env={"TMPDIR": str(place)}, check=False, cwd="/"
        )
        left = list(place.iterdir())
    finally:
        shutil.rmtree(place)
    *wrong, count = done.stdout.splitlines() or [""]
    assert wrong == [], done.stderr
    assert count == str(len(EVERY)), done.stderr
    assert left == []
