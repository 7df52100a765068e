"""Files on disk: read with bounds and with the line that is wrong, replaced as a whole."""

import bz2
import gzip
import json
import lzma
import math
import os
import threading
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.errors import DataError
from sharpen.files import disk
from sharpen.files.disk import read_file, read_jsonl, read_lines, read_rows, read_text, replacing, write_json
from sharpen.files.json_text import json_line, json_text, parse_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "rows"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_only_a_newline_ends_a_line(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("lines") / "rows"
    path.write_text("".join(json.dumps(text, ensure_ascii=False) + "\n" for text in texts), "utf-8")
    assert [row for _, row in read_jsonl(path)] == texts


def test_unicode_line_separators_are_text(path):
    path.write_text('"a\u2028b"\n"c\x85d"\n\n"e\x0cf"', "utf-8")
    assert list(read_lines(path))[1] == (2, '"c\x85d"\n'.encode())
    path.write_text('"a\u2028b"\n\n"c\x85d"\r\n', "utf-8")
    assert list(read_jsonl(path)) == [(1, "a\u2028b"), (3, "c\x85d")]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_a_byte_order_mark_and_packing_change_nothing(path, pack):
    path.write_bytes(pack(b'\xef\xbb\xbf{"a": 1}\n{"a": 2}\n'))
    assert list(read_jsonl(path)) == [(1, {"a": 1}), (2, {"a": 2})]
    assert read_text(path).startswith("{")
    path.write_bytes(pack(b'\xef\xbb\xbf[{"a": 1},\n{"a": 2}]\n'))
    assert [row for _, row in read_rows(path)] == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"a": 1}\n{"a":\n', "line 2 is not JSON"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'"\xff"', "line 1 is not JSON"),
        (b"\xff\xfe[\x00", "not JSON"),
        (b"\x28\xb5\x2f\xfd rows", "zstd -d"),
        (b"PK\x03\x04 rows", "unzip"),
        (lzma.compress(b"{}\n" * 100)[:-10], "cannot be read"),
        (b"\0" * 100, "line 1 is not JSON"),
        (b"[] x", "is not JSON"),
        (gzip.compress(b"{}\n" * 100)[:-10], "cannot be read"),
        (gzip.compress(b"{}\n") + b"garbage", "cannot be read"),
        (b"\x1f\x8b" + bytes(range(100)), "cannot be read"),
        (bz2.compress(b"{}\n")[:-9], "cannot be read"),
    ],
)
def test_a_bad_file_is_one_sentence_with_its_place(path, content, words):
    path.write_bytes(content)
    with pytest.raises(DataError, match=words) as failure:
        list(read_rows(path))
    assert str(path) in str(failure.value)
    assert len(str(failure.value)) < 400


def test_a_pipe_a_device_a_folder_and_a_link_loop_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    for place in (tmp_path / "pipe", Path("/dev/zero"), tmp_path, tmp_path / "loop", tmp_path / "none"):
        with pytest.raises(DataError, match=rf"{place} (is not a regular file|cannot be read)"):
            list(read_lines(place))


def test_a_packed_line_without_end_is_given_up(path, monkeypatch):
    monkeypatch.setattr(disk, "MAX_LINE", 1 << 20)
    packer = zlib.compressobj(9, wbits=31)
    path.write_bytes(b"".join([*(packer.compress(b" " * (1 << 24)) for _ in range(8)), packer.flush()]))
    with pytest.raises(DataError, match="line 1 has more than 1,048,576 bytes"):
        list(read_lines(path))
    with pytest.raises(DataError, match="has more than 1,000 bytes"):
        read_file(path, 1000)


def test_a_file_is_replaced_whole_or_not_at_all(path):
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), replacing(path) as file:
        file.write(b"new" * (1 // 0))
    assert path.read_bytes() == b"old"
    with replacing(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_a_new_file_has_the_permissions_of_any_other(path):
    (path.parent / "plain").touch()
    write_json(path, {})
    assert path.stat().st_mode == (path.parent / "plain").stat().st_mode


def test_what_cannot_be_written_is_one_sentence():
    with pytest.raises(DataError, match="/proc/nowhere/file cannot be written"):
        write_json(Path("/proc/nowhere/file"), {})


def test_two_writers_leave_one_whole_file(path):
    texts = [str(number) * 100_000 for number in range(4)]
    threads = [threading.Thread(target=write_json, args=(path, text)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert json.loads(path.read_text()) in texts
    assert list(path.parent.iterdir()) == [path]


def _finite(value):
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list) else value


@given(VALUES)
def test_json_has_no_other_numbers_than_the_standard(value):
    def refuse(word):
        raise AssertionError(word)

    for text in (json_text(value), json_line(value)):
        assert json.loads(text, parse_constant=refuse) == _finite(value)
        assert "\n" not in text


def test_json_that_is_none_names_its_place():
    with pytest.raises(DataError, match="the answer is not JSON"):
        parse_json("{", "the answer")
