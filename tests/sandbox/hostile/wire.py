"""Programs that speak to the judge past the harness' own code, or return what is hard to send."""

from sharpen.types import CallTest
from tests.sandbox.hostile import SQUARE, WRONG, Hostile


def raw(data: str) -> str:
    return f"import os\nos.write(3, {data})" + SQUARE


FORGE = """
import gc, sys
def trial():
    frame = sys._getframe()
    while frame:
        for value in frame.f_locals.values():
            if hasattr(value, "send") and hasattr(value, "answer"): return value
        frame = frame.f_back
"""
FORGED = {
    "rubbish": 'b"\\xff" * 64',
    "zeros": 'b"\\0" * 64',
    "text": "b'x' * 100_000",
    "a huge length": 'b"\\x7f\\xff\\xff\\xff"',
    "a value without the nonce": '(10).to_bytes(4, "big") + b"\\0" * 8 + b"v9"',
    "a pass without the nonce": '(9).to_bytes(4, "big") + b"\\0" * 8 + b"p"',
}
STRANGE = {
    "itself": "def f(x):\n    x = []\n    x.append(x)\n    return x",
    "too deep": "def f(x):\n    for _ in range(5000): x = [x]\n    return x",
    "too large": "def f(x): return 'x' * 10**8",
    "shared without end": "def f(x):\n    for _ in range(60): x = [x, x]\n    return x",
    "a number with a million digits": "def f(x): return 10**1_000_000",
    "not a number": "def f(x): return float('nan')",
    "infinity": "def f(x): return float('inf')",
    "true": "def f(x): return True",
    "a lone surrogate": "def f(x): return '\\ud800'",
    "bytes": "def f(x): return b'9'",
    "a view of bytes": "def f(x): return memoryview(b'9')",
    "keys of any kind": "def f(x): return {None: 1, (1, frozenset({2})): 3, b'x': {4}}",
    "a type": "def f(x): return int",
    "the interpreter's own frame": "import sys\ndef f(x): return sys._getframe()",
    "many equal hashes": "def f(x): return [i * (2**61 - 1) for i in range(5000)]",
    "a name with tricks": "Odd = type('a\\n\"}]', (), {})\ndef f(x): return Odd()",
}

READABLE = {
    "a float with blanks": '{"f":"  4_0e-1 "}',
    "a number with blanks, a sign and a prefix": '{"i":" -0x_4 "}',
    "an object with one tag twice": '{"i":"9","i":"7"}',
    "values nested in each other": '{"t":[' * 99 + "9" + "]}" * 99,
    "a set whose numbers have one hash": '{"s":[' + ",".join(str(n * (2**61 - 1)) for n in range(4)) + "]}",
}
UNREADABLE = {
    "an object with two tags": '{"i":"9","f":"9"}',
    "a dictionary whose key is a list": '{"d":[[[1],2]]}',
    "packed floats with places out of range": '{"p":["' + "00" * 8192 + '",[-1,-1,-2,99999999]]}',
    "a float that is no number as an integer": '{"p":["' + "f87f" * 4096 + '",[0]]}',
}

PROGRAMS = [
    *(Hostile(f"sends {name}", "forbidden", raw(data)) for name, data in FORGED.items()),
    *(
        Hostile(f"returns {name}", "wrong_answer", code, limits={"cpu_seconds": 20.0})
        for name, code in STRANGE.items()
    ),
    Hostile(
        "many equal hashes for a set",
        "wrong_answer",
        STRANGE["many equal hashes"],
        tests=(CallTest("c", (1,), {1}, 0.0, "set"),),
    ),
    Hostile("closes the channel", "exception", "import os\nos.close(3)" + SQUARE),
    Hostile("closes everything", "exception", "import os\nos.closerange(0, 256)" + SQUARE),
    Hostile(
        "puts another file in its place",
        "exception",
        "import os\nos.dup2(os.open('/dev/null', os.O_RDWR), 3)" + SQUARE,
    ),
    Hostile(
        "reads what the judge asks",
        "timeout",
        "import os\ndef f(x):\n    os.read(3, 10**6)\n    return x * x",
        limits={"wall_seconds": 0.5},
        tests=(CallTest("c1", (3,), 9), CallTest("c2", (4,), 16)),
    ),
    Hostile(
        "answers through the harness' own object",
        "forbidden",
        FORGE + "def f(x):\n    trial().answer(0x80, '9')\n    trial().answer(0x80, '16')\n    return 7",
    ),
    Hostile(
        "says more than it is asked",
        "forbidden",
        FORGE + "def f(x):\n    if x < 0: trial().answer(0x80, '16')\n    return x * x",
    ),
    Hostile(
        "says passed to a call", "forbidden", FORGE + "def f(x):\n    trial().answer(ord('p'))\n    return 9"
    ),
    Hostile(
        "fails with the kind passed",
        "forbidden",
        FORGE + "def f(x):\n    trial().answer(ord('f'), 'passed\\nwell')\n    return 9",
    ),
    Hostile(
        "fails with the kind harness_error",
        "forbidden",
        FORGE + "def f(x):\n    trial().answer(ord('r'), 'harness_error\\nException\\nwell')\n    return 9",
    ),
    Hostile(
        "sends what is no value",
        "forbidden",
        FORGE + "def f(x):\n    trial().answer(0x80, '{\"s\":[[1]]}')\n    return 9",
    ),
    Hostile(
        "sends brackets",
        "forbidden",
        FORGE + "def f(x):\n    trial().answer(0x80, '[' * 10**6)\n    return 9",
    ),
    Hostile(
        "sends bytes that are no text",
        "forbidden",
        FORGE + "def f(x):\n    trial().answer(0x80, '\\u00e9')\n    return 9",
    ),
    *(
        Hostile(f"sends {name}", kind, FORGE + f"def f(x):\n    trial().answer(0x80, {text!r})\n    return 7")
        for kind, texts in (("wrong_answer", READABLE), ("forbidden", UNREADABLE))
        for name, text in texts.items()
    ),
    Hostile(
        "sends figures that nobody asked for",
        "forbidden",
        FORGE + "def f(x):\n    trial().answer(ord('m'), '{\"d\":[[1,1]]}')\n    return 7",
    ),
    Hostile(
        "sends an end, and leaves",
        "forbidden",
        FORGE + "import os\nfor letter in b'lpe': trial().answer(letter)\nos._exit(0)",
    ),
    Hostile(
        "guesses a hundred times",
        "wrong_answer",
        FORGE + "def f(x):\n    for n in range(100): trial().answer(0x80, str(n))\n    return 7",
    ),
    Hostile(
        "says that its time is over",
        "timeout",
        FORGE + "def f(x): trial().answer(ord('w'), 'nowhere')",
    ),
    Hostile(
        "reads its questions ahead",
        "forbidden",
        "import fcntl, os\ndef f(x):\n    fcntl.fcntl(3, fcntl.F_SETFL, os.O_NONBLOCK)\n"
        "    try: return os.read(3, 1 << 20)\n    except BlockingIOError: return b''",
    ),
    Hostile("a wrong one", "wrong_answer", WRONG),
]
