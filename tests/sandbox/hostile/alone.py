"""Runs the catalogue in a plain interpreter, which needs no package, and prints each verdict that is wrong.

    python alone.py [CATEGORY ...]

Its last line is how many were run.
"""

import asyncio
import sys
import warnings
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[3]


def bare_package(name: str, place: Path) -> None:
    """Make ``name`` importable without what its ``__init__`` would load."""
    package = ModuleType(name)
    package.__path__ = [str(place)]
    sys.modules[name] = package


async def main(categories: list[str]) -> None:
    from sharpen.sandbox.base import Limits
    from sharpen.sandbox.process import ProcessSandbox
    from sharpen.types import Program
    from tests.sandbox.hostile import catalogue

    sandbox, count = ProcessSandbox(2), 0
    for category, hostile in catalogue():
        for suite in hostile.suites() if not categories or category in categories else ():
            limits = Limits(**{"cpu_seconds": 5.0, "wall_seconds": 60.0} | hostile.limits)
            verdict = await sandbox.execute(Program(hostile.program), suite, limits)
            count += 1
            trusted = hostile.trust in {"", verdict.trust}
            if verdict.kind != hostile.kind or hostile.message not in verdict.message or not trusted:
                sys.stdout.write(
                    f"{category}: {hostile.name}: {hostile.kind}, not {verdict.kind}: {verdict.message!r}\n"
                )
    await sandbox.close()
    sys.stdout.write(f"{count}\n")


if __name__ == "__main__":
    warnings.simplefilter("error")  # a missing layer is one
    sys.path.insert(0, str(ROOT / "src"))
    bare_package("sharpen", ROOT / "src/sharpen")
    bare_package("tests", ROOT / "tests")
    bare_package("tests.sandbox", ROOT / "tests/sandbox")
    asyncio.run(main(sys.argv[1:]))
