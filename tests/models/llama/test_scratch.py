"""Temporary directories are removed, by their owner or, where it was killed, by the next one."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from sharpen.models.llama.scratch import PREFIX, Scratch


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def age(directory: Path) -> None:
    os.utime(directory, (0, 0))


def test_a_directory_is_removed_with_what_is_in_it(temporary: Path) -> None:
    made = Scratch()
    (made.path / "copy").write_text("state")
    made.remove()
    made.remove()
    assert not list(temporary.iterdir())


def test_one_that_is_in_use_stays_however_old_it_is(temporary: Path) -> None:
    used = Scratch()
    age(used.path)
    other = Scratch()
    assert used.path.exists()
    used.remove()
    other.remove()


def test_what_a_killed_process_left_is_removed_by_the_next(temporary: Path) -> None:
    script = (
        "import os, signal, tempfile\n"
        f"tempfile.tempdir = {str(temporary)!r}\n"
        "from sharpen.models.llama.scratch import Scratch\n"
        "(Scratch().path / 'copy').write_text('state')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -signal.SIGKILL
    (left,) = temporary.glob(f"{PREFIX}*")
    young = Scratch()
    assert left.exists()
    age(left)
    Scratch().remove()
    assert not left.exists()
    young.remove()


def test_another_users_directory_is_left_alone(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = temporary / f"{PREFIX}theirs"
    theirs.mkdir()
    age(theirs)
    taken = FileLock.acquire

    def refuse(lock: FileLock, *rest: object, **more: object) -> object:
        if Path(lock.lock_file).parent == theirs:
            raise PermissionError(13, "Permission denied")
        return taken(lock, *rest, **more)

    monkeypatch.setattr(FileLock, "acquire", refuse)
    Scratch().remove()
    assert theirs.exists()
