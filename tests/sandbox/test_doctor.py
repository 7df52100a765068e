"""The doctor's programs succeed where nothing stops them, and it says so."""

import os

import pytest

from sharpen.sandbox import doctor
from sharpen.sandbox.child.isolation import LAYERS
from sharpen.sandbox.process import ProcessSandbox


def test_every_claim_holds_here(layers):
    if missing := set(LAYERS) - layers:
        pytest.skip(f"this machine does not offer {', '.join(sorted(missing))}")
    findings = {each.claim.text: each.finding for each in doctor.run()}
    if os.geteuid() != 0:
        assert findings.pop("is not root") == "not shown"
    result = findings.pop("all its memory is counted together")
    assert result == ("holds" if "cgroup" in layers else "not there")
    assert findings.pop("pipes are numbered for the whole machine") == "open"
    assert findings.pop("what was read from the disk is read faster again") == "open"
    assert set(findings.values()) == {"holds"}


def test_a_layer_that_is_off_is_seen(monkeypatch):
    all_but_limits = [layer for layer in LAYERS if layer != "limits"]

    def leaky(workers, without=()):
        return ProcessSandbox(workers, without=without or all_but_limits)

    monkeypatch.setattr(doctor, "ProcessSandbox", leaky)
    result = {each.claim.text: each.finding for each in doctor.run()}
    assert result["cannot start a process"] == "fails"
    assert result["writes to its scratch directory only"] == "fails"
    assert result["cannot take all memory"] == "holds"
    assert result["leaving early is no pass"] == "holds"
    assert result["the layer syscalls"] == "not there"
