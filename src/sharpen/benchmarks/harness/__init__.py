"""What runs beside programs in the sandbox: one module a benchmark, handed over as text, imported by nobody.

Each defines a function that the ``SourceTest`` of its benchmark calls with what such a test is given.
"""

from importlib import resources


def source(name: str) -> str:
    """Return the text of the module ``name`` of this package."""
    return resources.files(__name__).joinpath(f"{name}.py").read_text("utf-8")
