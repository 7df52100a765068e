"""The doctor's programs succeed where nothing stops them, and it says so."""

import asyncio
import os

import pytest

from sharpen.sandbox import doctor
from sharpen.sandbox.child.isolation import LAYERS
from sharpen.sandbox.languages.toolchains import LANGUAGES
from sharpen.sandbox.process import ProcessSandbox


def test_every_claim_holds_here(layers):
    if missing := set(LAYERS) - layers:
        pytest.skip(f"this machine does not offer {', '.join(sorted(missing))}")
    findings = {each.claim.text: each.finding for each in doctor.run()}
    if os.geteuid() != 0:
        assert findings.pop("is not root") == "not shown"
        assert findings.pop("cannot read its memory as a file") == "not shown"  # the kernel hides it already
    result = findings.pop("all its memory is counted together")
    assert result == ("holds" if "cgroup" in layers else "not there")
    assert findings.pop("in other languages pipes are numbered for the whole machine") in {
        "open",
        "not shown",
    }
    assert findings.pop("what was read from the disk is read faster again") == "open"
    assert findings.pop("a name that was looked up is known sooner to be missing") == "open"
    assert findings.pop("a program chooses when it ends") == "open"
    pipes = findings.pop("the memory of pipes is counted for a user")
    assert pipes == ("holds" if os.geteuid() == 0 else "open")
    for language in LANGUAGES.values():  # a machine need not have them
        assert findings.pop(f"programs in {language.title} run") in {"holds", "not there"}
    assert set(findings.values()) == {"holds"}


def test_a_layer_that_is_off_is_seen(monkeypatch):
    all_but_limits = [layer for layer in LAYERS if layer != "limits"]

    def leaky(workers, without=()):
        return ProcessSandbox(workers, without=without or all_but_limits)

    monkeypatch.setattr(doctor, "ProcessSandbox", leaky)
    found = {each.claim.text: each.finding for each in doctor.run()}
    assert found["cannot start a process"] == "fails"
    assert found["writes to its scratch directory only"] == "fails"
    assert found["nothing counts the programs before it"] == "open"
    assert found["cannot take all memory"] == "holds"
    assert found["leaving early is no pass"] == "holds"
    assert found["the layer syscalls"] == "not there"


def test_a_toolchain_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(doctor.toolchains, "find_here", lambda language: "there is none")
    found = asyncio.run(doctor.toolchain_findings())
    assert {each.finding for each in found} == {"not there"}
    assert any("Node.js" in each.detail for each in found)
