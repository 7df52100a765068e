"""Pipes, event loops and what is built on pipes work as elsewhere, though the kernel makes no pipe."""

import sys
from textwrap import dedent

import pytest

from sharpen.types import CallTest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere programs have the system's pipes")

WORKING = {
    "a pipe between threads": """
        import os, threading
        def f():
            reading, writing = os.pipe()
            def write():
                os.write(writing, bytes(200_000))
                os.close(writing)
            threading.Thread(target=write).start()
            size = 0
            while data := os.read(reading, 1 << 16): size += len(data)
            return size == 200_000
    """,
    "a pipe as files": """
        import os
        def f():
            reading, writing = os.pipe()
            with os.fdopen(writing, "w") as file: print("line", file=file)
            with os.fdopen(reading) as file: return file.read() == "line\\n"
    """,
    "flags of a pipe": """
        import os
        def f():
            plain, other = os.pipe(), os.pipe2(os.O_NONBLOCK)
            flags = [(os.get_blocking(end), os.get_inheritable(end)) for end in (*plain, *other)]
            return flags == [(True, False)] * 2 + [(False, True)] * 2
    """,
    "a flag that no pipe has": """
        import os
        def f():
            try: os.pipe2(os.O_APPEND)
            except OSError as error: return error.errno == 22
    """,
    "as many pipes as files, and again": """
        import os
        def opened():
            pipes = []
            try:
                while True: pipes.append(os.pipe())
            except OSError as error:
                assert error.errno == 24, error
            for ends in pipes:
                for end in ends: os.close(end)
            return len(pipes)
        def f(): return opened() == opened() > 100
    """,
    "no name of a pipe is left": """
        import os
        def f():
            ends = os.pipe()
            return os.listdir() == []
    """,
    "waiting for a pipe": """
        import os, selectors
        def f():
            reading, writing = os.pipe()
            with selectors.DefaultSelector() as selector:
                selector.register(reading, selectors.EVENT_READ)
                before = selector.select(0)
                os.write(writing, b"x")
                return before == [] and len(selector.select(5)) == 1
    """,
    "threads that wake an event loop": """
        import asyncio, threading
        async def main():
            loop, event = asyncio.get_running_loop(), asyncio.Event()
            threading.Timer(0.05, lambda: loop.call_soon_threadsafe(event.set)).start()
            await event.wait()
            return await asyncio.to_thread(abs, -7) + await loop.run_in_executor(None, abs, -1)
        def f(): return [asyncio.run(main()) for _ in range(20)] == [8] * 20
    """,
    "signals that wake an event loop": """
        import asyncio, os, signal, threading
        async def main():
            event = asyncio.Event()
            asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, event.set)
            threading.Timer(0.05, lambda: os.kill(os.getpid(), signal.SIGUSR1)).start()
            await event.wait()
        def f(): return asyncio.run(main()) is None
    """,
    "an event loop that reads a pipe": """
        import asyncio, os
        async def main():
            reading, writing = os.pipe()
            reader = asyncio.StreamReader()
            protocol = asyncio.StreamReaderProtocol(reader)
            await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(reading, "rb"))
            os.write(writing, b"line\\n")
            return await reader.readline()
        def f(): return asyncio.run(main()) == b"line\\n"
    """,
    "event loops side by side": """
        import asyncio
        def f():
            loops = [asyncio.new_event_loop() for _ in range(5)]
            values = [loop.run_until_complete(asyncio.sleep(0, 3)) for loop in loops]
            for loop in loops:
                loop.close()
                loop.close()
            return values == [3] * 5
    """,
    "a pool of threads": """
        from multiprocessing.pool import ThreadPool
        def f():
            with ThreadPool(3) as pool: return pool.map(abs, range(-50, 0)) == list(range(50, 0, -1))
    """,
    "queues and locks of multiprocessing": """
        import multiprocessing, threading, time
        def f():
            queue, lock = multiprocessing.SimpleQueue(), multiprocessing.Lock()
            def wait():
                with lock: queue.put(7)
            with lock:
                thread = threading.Thread(target=wait)
                thread.start()
                time.sleep(0.05)
            thread.join()
            return queue.get() == 7
    """,
}
"""Programs whose ``f`` returns True under any Python."""


NEED_A_PROCESS = {"a pool of threads", "queues and locks of multiprocessing"}
"""Since Python 3.14 the locks of multiprocessing start a process that watches over them."""


@pytest.mark.parametrize("name", WORKING)
def test_what_uses_pipes_works(name, judge):
    if name in NEED_A_PROCESS and sys.version_info >= (3, 14):
        pytest.skip("this Python starts a process for them")
    verdict = judge(dedent(WORKING[name]), CallTest("c", (), True))
    assert verdict.passed, verdict.message
