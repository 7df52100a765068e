"""A run's config.json is read with one sentence for whatever is wrong with it."""

import os
from pathlib import Path

import pytest

from sharpen.errors import JournalError
from sharpen.journal.directory import RecordedConfig, keep_config, read_config


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[" * 100_000, "it is nested too deeply to be read"),
        (b"{", "it is not JSON"),
        (b"\xff\xfd", "is not UTF-8 text"),
        (b"[]", "it holds no object"),
    ],
)
def test_a_damaged_file_is_one_sentence(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(JournalError, match=f"config.json is damaged .*{reason}.*restore it"):
        read_config(tmp_path, RecordedConfig)
    with pytest.raises(JournalError, match="restore it, or choose another --run"):
        keep_config(tmp_path, {}, {})


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.json")
    with pytest.raises(JournalError, match="is not a regular file"):
        read_config(tmp_path, RecordedConfig)


def test_a_folder_without_one_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"is not a run: it has no config\.json"):
        read_config(tmp_path, RecordedConfig)
