"""Charts as files."""

import csv
import io
import math
import xml.etree.ElementTree as ET

import pytest

from sharpen.reports.draw.charts import Series, curves
from sharpen.reports.draw.files import Chart, named, write_charts
from sharpen.reports.draw.svg import Mark


@pytest.fixture
def chart():
    marks = [Mark(1, 0.5, 0.4, 0.6, "<one>"), Mark(2, 0.7, math.nan, math.nan, "two")]
    drawing = curves([Series("<line>", "line-4", marks)], "tokens", "rate", "about <this>")
    return Chart("name", drawing, ("line", "rate", "low"), [["<a>, b", 0.5, 0.4], ["c", 0.7, math.nan]])


def test_the_drawing_needs_no_page_around_it(chart):
    root = ET.fromstring(chart.svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "var(" not in chart.svg and "color-mix" not in chart.svg
    assert "<line>" in [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]


def test_the_data_are_csv_and_what_is_undefined_is_empty(chart):
    assert list(csv.reader(io.StringIO(chart.csv))) == [
        ["line", "rate", "low"],
        ["<a>, b", "0.5", "0.4"],
        ["c", "0.7", ""],
    ]


def test_a_chart_becomes_three_files(chart, tmp_path):
    pytest.importorskip("vl_convert", reason="sharpen[figures] is not installed")
    files = write_charts([chart], tmp_path / "figures")
    assert [file.name for file in files] == ["name.svg", "name.png", "name.csv"]
    assert files[1].read_bytes().startswith(b"\x89PNG")
    assert files[2].read_text() == chart.csv


def test_names_of_files_hold_no_separators():
    assert named("../a b/c") == "a-b-c"
    assert named("///") == "run"
