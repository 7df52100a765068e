"""Evaluates expressions; runs as a test in the sandbox. What comes back are names of figures.

``solution`` is a list of texts as JSON; the figure of each is called ``NUMBER is LITERAL`` or
``NUMBER failed: REASON``.
"""

import json

for number, text in enumerate(json.loads(solution)):  # type: ignore[name-defined]  # noqa: F821 - the program's text
    try:
        name = f"{number} is {eval(f'[{text}]', {})!r}"  # noqa: S307 - in the sandbox
    except BaseException as error:  # noqa: BLE001 - a text that cannot be evaluated costs its own problem
        name = f"{number} failed: {type(error).__name__}: {error}"
    measured[name] = 0.0  # type: ignore[name-defined]  # noqa: F821 - what a test measures
