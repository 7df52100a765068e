"""Probing for a cgroup finds one that counts, or says there is none, and leaves nothing behind."""

import os
from pathlib import Path

import pytest

from sharpen.sandbox.child import isolation

_MOUNTS = Path("/proc/self/mountinfo")
UNIFIED = [
    Path(line.split()[4])
    for line in (_MOUNTS.read_text().splitlines() if _MOUNTS.exists() else [])
    if " - cgroup2 " in line
]


def ours() -> set[Path]:
    return {place for top in UNIFIED for place in top.rglob(f"sharpen-{os.getpid()}")}


def test_a_cgroup_counts_or_is_not_there():
    place = isolation.new_cgroup(f"sharpen-{os.getpid()}")
    if place is not None:
        assert isolation.limit_cgroup(place, 1 << 30, 10)
        assert Path(place, "memory.max").read_text().strip() == str(1 << 30)
        assert Path(place, "pids.max").read_text().strip() == "10"
        isolation.remove_cgroup(place)
    assert ours() == set()


def test_a_directory_that_is_no_cgroup_is_not_taken_for_one(tmp_path):
    assert not isolation.limit_cgroup(str(tmp_path), 1 << 30, 10)
    assert not isolation.enter_cgroup(str(tmp_path))


@pytest.mark.skipif(not UNIFIED, reason="there is no cgroup v2 here")
def test_the_layer_is_said_to_hold_only_where_the_controllers_are(layers):
    controllers = [set((top / "cgroup.controllers").read_text().split()) for top in UNIFIED]
    assert "cgroup" not in layers or any({"memory", "pids"} <= names for names in controllers)
