"""Charts as files: SVG and PNG that need no page around them, and their data as CSV."""

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from markupsafe import Markup

from sharpen.extras import extra
from sharpen.files.disk import write_whole

DataRow = Sequence[str | float]
"""Fields of a row of data."""
PNG_SCALE = 2.0
"""Pixels of a PNG file for each px of the drawing."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its data.

    Attributes:
        name: of its files, without an ending.
        drawing: as a page shows it; its first SVG element is the one that is saved.
        columns: names of the data's columns.
        rows: the data; an undefined figure is NaN.
    """

    name: str
    drawing: Markup
    columns: Sequence[str]
    rows: Sequence[DataRow]

    @property
    def csv(self) -> str:
        """The data as CSV; an undefined figure is an empty field."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(map(_fields, self.rows))
        return out.getvalue()

    @property
    def svg(self) -> str:
        """The drawing as a file of its own."""
        drawing = str(self.drawing).partition("</svg>")[0] + "</svg>"
        head = '<svg xmlns="http://www.w3.org/2000/svg"'
        return drawing.replace("<svg", head, 1).replace(">", f"><style>{style()}</style>", 1)


def _fields(row: DataRow) -> list[str | float]:
    return ["" if isinstance(value, float) and math.isnan(value) else value for value in row]


def named(text: str) -> str:
    """Return a name for files made of ``text``."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.") or "run"


@cache
def style() -> str:
    """Return the style of a drawing outside of a page: plain colours that every program understands."""
    return files("sharpen.reports").joinpath("page", "drawing.css").read_text("utf-8")


def write_charts(charts: Sequence[Chart], folder: Path) -> list[Path]:
    """Write every chart as SVG, PNG and CSV, and return the files.

    Raises:
        UsageError: ``sharpen[figures]`` is not installed, so that there can be no PNG.
        DataError: a file cannot be written.
    """
    convert = extra("vl_convert", "figures")
    written: list[Path] = []
    for chart in charts:
        contents = {
            "svg": chart.svg.encode(),
            "png": convert.svg_to_png(chart.svg, scale=PNG_SCALE),
            "csv": chart.csv.encode(),
        }
        for ending, content in contents.items():
            written.append(folder / f"{chart.name}.{ending}")
            write_whole(written[-1], content)
    return written
