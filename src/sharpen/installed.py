"""What installed packages add: entry points of the four groups ``sharpen.GROUP``.

A package's module is imported when its word is used. What each kind of entry point must be is in
``docs/extending.md``.
"""

import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal

from sharpen.errors import UsageError

Group = Literal["benchmarks", "models", "methods", "exporters"]


@dataclass(frozen=True, slots=True)
class Installed:
    """A word of another package.

    Attributes:
        point: its entry point.
    """

    point: EntryPoint

    @property
    def package(self) -> str:
        """The package and its version."""
        return f"{self.point.dist.name} {self.point.dist.version}" if self.point.dist else "a package"

    @property
    def about(self) -> str:
        """One line for a listing: the package's summary."""
        summary = self.point.dist.metadata["Summary"] if self.point.dist else ""
        return f"{summary or self.point.value} ({self.package})"

    def load(self) -> Any:  # noqa: ANN401 - any object of another package
        """Import it.

        Raises:
            UsageError: the package cannot be imported, or lacks it.
        """
        try:
            return self.point.load()
        except Exception as error:  # the package's code may raise anything
            raise UsageError(
                f"{self.point.name} of {self.package} cannot be imported ({type(error).__name__}: {error}): "
                "correct the package, or uninstall it"
            ) from error


def installed(group: Group, own: Collection[str] = ()) -> Mapping[str, Installed]:
    """Return what packages add to a group, by name. ``own`` names are sharpen's and stay so."""
    points = {point.name: point for point in _points().select(group=f"sharpen.{group}")}
    for name in points.keys() & set(own):
        taken = Installed(points.pop(name))
        text = f"{taken.package} adds {name} to sharpen.{group}, which sharpen has already: it is left out"
        warnings.warn(text, RuntimeWarning, stacklevel=2)
    return {name: Installed(point) for name, point in points.items()}


@cache
def _points() -> Any:  # noqa: ANN401 - EntryPoints, read once: it takes as long as a quarter of --help
    return entry_points()
