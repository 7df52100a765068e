"""The command line: its verbs, its configuration file, and how errors become exit codes."""

import errno
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, CycloptsError, Group, Parameter

from sharpen.cli.evaluate import doctor, recorded, score, validate
from sharpen.cli.output import (
    DONE,
    ENDED_EARLY,
    WRONG_USAGE,
    stderr,
)
from sharpen.cli.results import compare, export, merge, push, replay, report, schema, verify
from sharpen.cli.stores import benchmarks_app, models_app
from sharpen.errors import SharpenError, UsageError, first_fault
from sharpen.registry import METHODS, MethodEntry

if TYPE_CHECKING:
    from cyclopts.config import Dict


def _version() -> str:
    from importlib.metadata import version  # takes longer than all the help

    return version("sharpen")


app = App(
    help_format="plaintext",
    name="sharpen",
    help="Make code models better by running what they write.",
    version=_version,
    default_parameter=Parameter(negative=""),
    suppress_keyboard_interrupt=False,  # :func:`_say` has a sentence for it
)
METHODS_GROUP = Group("Methods", sort_key=1)
RESULTS_GROUP = Group("Results", sort_key=2)
MACHINE_GROUP = Group("This machine", sort_key=4)


def add_method(entry: MethodEntry) -> None:
    """Give a method its verb; the method's module is imported when the verb is used."""
    app.command(f"sharpen.cli.runs:{entry.name}", name=entry.name, group=METHODS_GROUP, help=entry.help)


for entry in METHODS.values():
    if entry.name != "align":  # it has a verb for each of its stages
        add_method(entry)
for path, group, about in (
    (
        "align:align_app",
        METHODS_GROUP,
        "Make fine-tuning data from a model's own answers (arXiv 2410.24198).",
    ),
    ("improve:improve_app", METHODS_GROUP, "Train a model on its own verified answers, in rounds."),
    ("demo:demo", RESULTS_GROUP, "Show a recorded repair run in five seconds, without a download."),
    (
        "view:view",
        RESULTS_GROUP,
        "Show all runs below a folder in the browser, also while they grow.\n\nExample: `sharpen view runs`",
    ),
    (
        "view:runs",
        RESULTS_GROUP,
        "List all runs below a folder with how far they have come.\n\nExample: `sharpen runs runs`",
    ),
    (
        "view:show",
        RESULTS_GROUP,
        "Show one problem of a run: prompts, answers, and what ran.\n\nExample: `sharpen show runs/mine 7`",
    ),
    ("serve:sandbox_app", MACHINE_GROUP, "Run programs for others over HTTP."),
):  # modules that are imported when their verb is used
    name = path.partition(":")[2].removesuffix("_app")
    app.command(f"sharpen.cli.{path}", name=name, group=group, help=about)
for group, verbs in (
    (RESULTS_GROUP, (report, compare, merge, export, push, replay, verify)),
    (Group("Evaluation", sort_key=3), (score, recorded, validate)),
    (MACHINE_GROUP, (models_app, benchmarks_app, doctor, schema)),
):
    for verb in verbs:
        if isinstance(verb, App):
            verb.group = (group,)
            app.command(verb)
        else:
            app.command(verb, group=group)


app.register_install_completion_command(add_to_startup=False)


@app.meta.default
def _launch(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    config: Path | None = None,
    debug: bool = False,
) -> int:
    """Run a verb.

    Args:
        tokens: The verb and its words.
        config: A TOML file with a table for each verb, or a run's config.json; options given here win.
        debug: Show the traceback of an error.
    """
    try:
        app.config = (_options(config, tokens),) if config else ()
        code: int = app(tokens, exit_on_error=False, print_error=False, result_action="return_value") or DONE
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has had enough, as in `| head`
        _drop_output()
        return DONE
    except (Exception, KeyboardInterrupt) as error:  # each ends as one sentence and an exit status
        if debug:
            raise
        return _say(error)
    return code


def main() -> None:
    """Run the command line and exit: 0 done, 1 ended early, 2 wrong usage."""
    try:
        code = app.meta(exit_on_error=False, result_action="return_value")
    except SystemExit as stop:
        if not isinstance(stop.__context__, BrokenPipeError):  # so rich ends where nobody reads any more
            raise
        code = DONE
    except (SharpenError, OSError) as error:  # of a package that is imported first, or while help is printed
        if "--debug" in sys.argv:
            raise
        code = _say(error)
    sys.exit(code)


def _options(path: Path, tokens: tuple[str, ...]) -> "Dict":
    from sharpen.cli.config_file import read

    return read(path, app, tokens)


def _drop_output() -> None:
    """Let what waits to be printed go nowhere: its end takes no more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(error: BaseException) -> int:
    """Print an error as one sentence and return its exit code; raise what is none of ours."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    match error:
        case KeyboardInterrupt():
            sentence, code = "stopped; the same command resumes", ENDED_EARLY
        case CycloptsError():
            sentence, code = _option_sentence(error) or str(error), WRONG_USAGE
        case UsageError():
            sentence, code = str(error), WRONG_USAGE
        case SharpenError():
            sentence, code = str(error), ENDED_EARLY
        case OSError(errno=errno.ENOSPC):
            _drop_output()
            sentence, code = "the disk is full: make room, then run the same command again", ENDED_EARLY
        case _ if sentence := _validation_sentence(error):
            code = WRONG_USAGE
        case _:
            raise error
    stderr().print("sharpen: ", style="bold red", end="")
    stderr().print(sentence, highlight=False)
    return code


def _option_sentence(error: CycloptsError) -> str:
    """Return what is wrong with an option of a group, such as ``limits.cpu_seconds``."""
    sentence = _validation_sentence(error.__cause__)
    argument = getattr(error, "argument", None)
    group = argument.name.removeprefix("--").replace("-", "_") if argument else ""
    return f"{group}.{sentence}" if sentence and group and not sentence.startswith(group) else sentence


def _validation_sentence(error: BaseException | None) -> str:
    """Return what is wrong with an option; empty where the error is about something else."""
    from pydantic import ValidationError

    return first_fault(error) if isinstance(error, ValidationError) else ""
