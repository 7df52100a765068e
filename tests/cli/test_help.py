"""The help of each verb."""

import re
import shlex
from collections.abc import Iterator

import pytest
from cyclopts import App

from sharpen.cli.app import app

EXAMPLE = re.compile(r"Example: `(sharpen [^`]+)`")


def verbs(parent: App, *words: str) -> Iterator[tuple[tuple[str, ...], App]]:
    """Yield each verb below ``parent`` with its words."""
    for name in parent:
        if name.startswith("-"):
            continue
        child = parent[name]
        if child.default_command:
            yield (*words, name), child
        else:
            yield from verbs(child, *words, name)


VERBS = dict(verbs(app))


def test_every_verb_is_seen():
    assert {("repair",), ("align", "train"), ("sandbox", "serve"), ("models", "pull")} <= VERBS.keys()


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_the_help_of_a_verb_that_takes_something_has_an_example_which_the_verb_takes(words):
    verb = VERBS[words]
    if not verb.assemble_argument_collection():
        return
    example = EXAMPLE.search(verb.help)
    assert example, f"the help of sharpen {' '.join(words)} has no example"
    tokens = shlex.split(example[1])[1:]
    assert tuple(tokens[: len(words)]) == words
    app.parse_args(tokens, exit_on_error=False, print_error=False)
