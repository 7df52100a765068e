"""Threads of a program wait for each other and for nobody else, and advice on memory concerns only its own."""

import platform
import sys
from ctypes.util import find_library

import pytest

from sharpen.types import CallTest

pytestmark = pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="the system calls are those of x86_64"
)


@pytest.mark.skipif(find_library("stdc++") is None, reason="needs the C++ library")
def test_threads_share_a_local_static_of_cpp(judge):
    text = """
import ctypes, threading, time
def f():
    library = ctypes.CDLL("libstdc++.so.6")
    static = ctypes.byref(ctypes.c_uint64(0))
    first, others = library.__cxa_guard_acquire(static), []
    threads = [threading.Thread(target=lambda: others.append(library.__cxa_guard_acquire(static))) for _ in "123"]
    for thread in threads: thread.start()
    time.sleep(0.1)  # they wait for whoever initialises it
    early = list(others)
    library.__cxa_guard_release(static)
    for thread in threads: thread.join()
    return first, early, others
"""
    assert judge(text, CallTest("c", (), (1, [], [0, 0, 0]))).passed


def test_nobody_sleeps_where_another_program_could_wake_it(judge, layers):
    if "syscalls" not in layers:
        pytest.skip("the layer refuses it")
    text = """
import ctypes, errno
library = ctypes.CDLL(None, use_errno=True)
def f():
    word, minute = ctypes.byref(ctypes.c_int(5)), (ctypes.c_long * 2)(60, 0)
    results = []
    for operation in (0, 9, 0x100, 0x109):
        assert library.syscall(202, word, operation, 5, minute, None, 0xFFFFFFFF) == -1
        results.append(errno.errorcode[ctypes.get_errno()])
    for operation in (1, 10):
        results.append(library.syscall(202, word, operation, 1, None, None, 0xFFFFFFFF))
    return results
"""
    assert judge(text, CallTest("c", (), [*["EAGAIN"] * 4, 0, 0])).passed


def test_numpy_multiplies_in_threads(judge):
    pytest.importorskip("numpy")
    text = """
import threading
import numpy
def f():
    values, sums = numpy.ones((300, 300)), []
    threads = [threading.Thread(target=lambda: sums.append(float((values @ values).sum()))) for _ in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return sums
"""
    assert judge(text, CallTest("c", (), [300.0**3] * 4)).passed


def test_advice_on_pages_that_others_read_does_nothing(judge, layers):
    if "syscalls" not in layers:
        pytest.skip("the layer swallows it")
    text = """
import ctypes, errno
library = ctypes.CDLL(None, use_errno=True)
def advise(advice):
    if library.madvise(ctypes.c_void_p(4096), 4096, advice) == 0:  # nothing is there
        return "done"
    return errno.errorcode[ctypes.get_errno()]
def f():
    return {advice: advise(advice) for advice in (0, 4, 12, 13, 20, 21, 25, 99)}
"""
    swallowed = dict.fromkeys((12, 13, 20, 21, 25), "done")
    assert judge(text, CallTest("c", (), {0: "ENOMEM", 4: "ENOMEM", **swallowed, 99: "EINVAL"})).passed
