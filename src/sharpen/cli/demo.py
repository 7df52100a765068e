"""The verb that shows a recorded run: demo."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from sharpen import api, demonstration
from sharpen.cli.output import DONE
from sharpen.terminal import Console

PAUSE_SECONDS = 1.5
"""Between two steps, on a terminal."""


def demo() -> int:
    """Show a recorded repair run in some five seconds: prompts, failing test, repair, and whether it paid.

    Nothing is downloaded and no model runs.
    """
    console = Console()
    with TemporaryDirectory(prefix="sharpen-demo-") as folder:
        run = api.demo(Path(folder) / "demo").directory
        demonstration.render(run, console, lambda: time.sleep(PAUSE_SECONDS if console.is_terminal else 0))
    return DONE
