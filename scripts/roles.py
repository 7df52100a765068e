"""For the site: what in docstrings only Sphinx would read becomes plain Markdown."""

import re

from griffe import Extension, Object

ROLE = re.compile(r":(?:attr|class|data|func|meth|mod):`~?([^`]+)`")
BLOCK = re.compile(r"^::\n", re.MULTILINE)


class Roles(Extension):
    """Shows names as code, and takes away the colons before a block of code."""

    def on_object(self, *, obj: Object, **_: object) -> None:
        """Change one docstring, if there is one."""
        if obj.docstring:
            obj.docstring.value = BLOCK.sub("", ROLE.sub(r"`\1`", obj.docstring.value))
