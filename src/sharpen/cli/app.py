"""The command line: its verbs, its configuration file, and how errors become exit codes."""

import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import App, Group, Parameter
from pydantic import ValidationError

from sharpen.cli.evaluate import doctor, recorded, score, validate
from sharpen.cli.output import (
    DONE,
    ENDED_EARLY,
    WRONG_USAGE,
    stderr,
)
from sharpen.cli.results import compare, export, replay, report, verify
from sharpen.cli.stores import benchmarks_app, models_app
from sharpen.errors import SharpenError, UsageError
from sharpen.registry import METHODS, Entry

app = App(
    name="sharpen",
    help="Make code models better by running what they write.",
    version=version("sharpen"),
    default_parameter=Parameter(negative=""),
    suppress_keyboard_interrupt=False,  # :func:`_say` has a sentence for it
)
MACHINE_GROUP = Group("This machine", sort_key=4)
METHODS_GROUP = Group("Methods", sort_key=1)


def add_method(entry: Entry) -> None:
    """Give a method its verb; the method's module is imported when the verb is used."""
    app.command(f"sharpen.cli.runs:{entry.name}", name=entry.name, group=METHODS_GROUP, help=entry.help)


for entry in METHODS.values():
    if entry.name != "align":  # it has a verb for each of its stages
        add_method(entry)
app.command(
    "sharpen.cli.align:align_app",
    name="align",
    group=METHODS_GROUP,
    help="Make fine-tuning data from a model's own answers (arXiv 2410.24198).",
)
app.command(
    "sharpen.cli.serve:sandbox_app",
    name="sandbox",
    group=MACHINE_GROUP,
    help="Run programs for others over HTTP.",
)
for group, verbs in (
    (Group("Results", sort_key=2), (report, compare, export, replay, verify)),
    (Group("Evaluation", sort_key=3), (score, recorded, validate)),
    (MACHINE_GROUP, (models_app, benchmarks_app, doctor)),
):
    for verb in verbs:
        if isinstance(verb, App):
            verb.group = (group,)
            app.command(verb)
        else:
            app.command(verb, group=group)


@app.meta.default
def _launch(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    config: Path | None = None,
    debug: bool = False,
) -> int:
    """Run a verb.

    Args:
        tokens: The verb and its words.
        config: A TOML file with a table a verb; options on the command line win.
        debug: Show the traceback of an error.
    """
    try:
        app.config = (_toml(config),) if config else ()
        code: int = app(tokens, exit_on_error=False, print_error=False, result_action="return_value") or DONE
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has had enough, as in `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except (Exception, KeyboardInterrupt) as error:  # each ends as one sentence and an exit status
        if debug:
            raise
        return _say(error)
    return code


def main() -> None:
    """Run the command line and exit: 0 done, 1 ended early, 2 wrong usage."""
    sys.exit(app.meta(exit_on_error=False, result_action="return_value"))


def _toml(path: Path) -> cyclopts.config.Toml:
    if not path.is_file():
        raise UsageError(f"there is no configuration {path}: give a TOML file with a table a verb")
    return cyclopts.config.Toml(path, search_parents=False)


def _say(error: BaseException) -> int:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    match error:
        case KeyboardInterrupt():
            sentence, code = "stopped; the same command goes on from here", ENDED_EARLY
        case cyclopts.CycloptsError():
            cause = error.__cause__
            sentence = _sentence(cause) if isinstance(cause, ValidationError) else str(error)
            code = WRONG_USAGE
        case ValidationError():
            sentence, code = _sentence(error), WRONG_USAGE
        case UsageError():
            sentence, code = str(error), WRONG_USAGE
        case SharpenError():
            sentence, code = str(error), ENDED_EARLY
        case _:
            raise error
    stderr().print("[bold red]sharpen:[/] ", end="")
    stderr().print(sentence, highlight=False, markup=False)
    return code


def _sentence(error: ValidationError) -> str:
    detail = error.errors()[0]
    where = ".".join(map(str, detail["loc"]))
    return f"{where}: {detail['msg']}" if where else str(detail["msg"]).removeprefix("Value error, ")
