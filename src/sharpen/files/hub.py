"""The Hugging Face hub, through ``huggingface_hub``: a repository's files, the user's token and cache.

``HF_ENDPOINT`` names a mirror, ``HF_HUB_OFFLINE`` forbids the network, ``HF_TOKEN`` or ``hf auth login``
gives the token.

1. A repository is described by one request: its commit, and each file with its size and hash. What a hub
   says is checked before it is used: a path that leaves the repository, or a hash that is none, is an error.
2. The bytes come through :func:`sharpen.files.download.fetch`. The library's ``hf_hub_download`` names the
   file in its cache after a header of the server, without a check.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import Any, Literal
from urllib.parse import quote, unquote

from sharpen.errors import AccessError, DataError, FetchError, UsageError
from sharpen.extras import extra
from sharpen.files.download import data_home, fetch

HUB = "https://huggingface.co"
"""Unless ``HF_ENDPOINT`` names a mirror."""
SECONDS = 60.0
"""After which a hub that says nothing is given up."""

Kind = Literal["dataset", "model"]

DATA_SETS = "hf://datasets/"
_WORD = re.compile(
    rf"{DATA_SETS}(?P<dataset>[\w.-]+/[\w.-]+)(?:@(?P<revision>[^/]+))?(?:/(?P<folder>.*?))?/?"
)
_COMMIT = re.compile("[0-9a-f]{40}")
_HASH = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_MOST_BYTES = 2**50
_STRANGE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository.

    Attributes:
        path: inside of the repository; relative, and never out of it.
        oid: its hash: the SHA-256 of a large file (64 digits), git's of a small one (40).
        size: in bytes.
    """

    path: str
    oid: str
    size: int

    @property
    def sha256(self) -> str:
        """The SHA-256, where the hub knows it; else empty."""
        return self.oid if len(self.oid) == 64 else ""


@dataclass(frozen=True, slots=True)
class Repository:
    """A data set or model at a commit."""

    kind: Kind
    name: str
    commit: str
    files: tuple[HubFile, ...]

    def address(self, path: str) -> str:
        """Return where a file is downloaded."""
        return address(self.kind, self.name, self.commit, path)


def endpoint() -> str:
    """Return the hub's address."""
    return os.environ.get("HF_ENDPOINT", HUB).rstrip("/")


def is_offline() -> bool:
    """Whether the user forbids the network, as ``huggingface_hub`` reads it."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}


def address(kind: Kind, name: str, revision: str, path: str) -> str:
    """Return where a file of a repository is downloaded."""
    folder = "datasets/" if kind == "dataset" else ""
    return f"{endpoint()}/{folder}{quote(name)}/resolve/{quote(revision, safe='')}/{quote(path)}"


def token() -> str:
    """Return the user's token; empty where there is none. Raises UsageError without the library."""
    return extra("huggingface_hub", "hub").get_token() or ""


def repository(kind: Kind, name: str, revision: str = "main") -> Repository:
    """Return a repository at the commit that a branch, a tag or a commit stands for.

    Raises:
        AccessError: the hub wants a token, or another one.
        FetchError: there is no such repository or revision, the hub cannot be reached, or what it says is no
            description of a repository.
        UsageError: ``huggingface_hub`` is not installed.
    """
    api = extra("huggingface_hub", "hub").HfApi(endpoint=endpoint(), library_name="sharpen")
    ask = api.dataset_info if kind == "dataset" else api.model_info
    with _translated(kind, name, revision):
        info = ask(name, revision=revision, files_metadata=True, timeout=SECONDS)
        if not _COMMIT.fullmatch(info.sha):
            raise ValueError(f"{info.sha!r} is not a commit")
        return Repository(kind, name, info.sha, tuple(map(_file, info.siblings or ())))


def upload(kind: Kind, name: str, folder: Path, *, public: bool, message: str) -> str:
    """Make a repository if there is none, commit a folder's files to it, and return the commit's address.

    Args:
        kind: what it holds.
        name: OWNER/NAME.
        folder: all of its files are sent; others that are there stay.
        public: whether a repository that is made is open to everybody.
        message: of the commit.

    Raises:
        AccessError: the hub wants a token that may write.
        FetchError: the hub cannot be reached or refuses.
        UsageError: ``huggingface_hub`` is not installed, or there is no token.
    """
    if not token():
        raise UsageError(
            "the hub takes files only with a token that may write: set HF_TOKEN, or `hf auth login`"
        )
    api = extra("huggingface_hub", "hub").HfApi(endpoint=endpoint(), library_name="sharpen")
    with _translated(kind, name, "main"):
        api.create_repo(name, repo_type=kind, private=not public, exist_ok=True)
        commit = api.upload_folder(repo_id=name, repo_type=kind, folder_path=folder, commit_message=message)
        return str(commit.commit_url)


def data_set(word: str, suffixes: tuple[str, ...]) -> tuple[Repository, list[HubFile]]:
    """Return the data set that ``hf://datasets/OWNER/NAME[@REVISION][/FOLDER]`` means, and its files by path.

    Args:
        word: the address.
        suffixes: how the names of the wanted files end.

    Raises:
        UsageError: it is not such an address, or ``huggingface_hub`` is not installed.
        FetchError: see :func:`repository`.
        DataError: there is no such file.
    """
    match = _WORD.fullmatch(word)
    if not match:
        raise UsageError(f"{word} is not a data set: write {DATA_SETS}OWNER/NAME[@REVISION][/FOLDER]")
    folder = match["folder"] or ""
    listing = repository("dataset", match["dataset"], unquote(match["revision"] or "main"))
    inside = f"{folder}/" if folder else ""
    files = [
        file for file in listing.files if file.path.endswith(suffixes) and f"{file.path}/".startswith(inside)
    ]
    if not files:
        kinds = " or ".join(suffixes)
        raise DataError(f"{word} has no {kinds} files: its branch @refs%2Fconvert%2Fparquet may have some")
    return listing, sorted(files, key=lambda file: file.path)


def download(repository: Repository, file: HubFile) -> Path:
    """Return a file of a data set on this machine, checked against the hash that the hub has of it.

    Raises:
        AccessError: the hub does not give it to this user.
        FetchError: it cannot be had.
    """
    if there := cached(repository.kind, repository.name, file.path, repository.commit):
        return there
    place = data_home() / "hub" / f"{file.oid}{PurePosixPath(file.path).suffix}"
    try:
        fetch(place, (repository.address(file.path),), file.sha256, size=file.size, token=token())
    except AccessError as error:
        raise AccessError(f"{error}: {refusal(repository.name)}") from error
    return place


def cached(kind: Kind, name: str, path: str, revision: str = "main") -> Path | None:
    """Return a file that the library has in its cache, if it is installed and has it."""
    try:
        library = extra("huggingface_hub", "hub")
    except UsageError:
        return None
    place = library.try_to_load_from_cache(name, path, revision=revision, repo_type=kind)
    return Path(place) if isinstance(place, str) else None


def refusal(name: str) -> str:
    """Return what to do where the hub does not hand out a data set."""
    page = f"{endpoint()}/datasets/{name}"
    if token():
        return (
            f"the hub does not give {name} to the account of this token: accept the terms at {page}, and"
            " see that the token may read it"
        )
    return f"{name} is not open to everybody: accept its terms at {page}, and set HF_TOKEN to your token"


def _file(sibling: Any) -> HubFile:  # noqa: ANN401 - of the library
    path, large = sibling.rfilename, sibling.lfs
    oid, size = (large.sha256 or "", large.size) if large else (sibling.blob_id or "", sibling.size or 0)
    parts = PurePosixPath(path).parts
    if not path.isprintable() or "\\" in path or path.startswith("/") or ".." in parts or not parts:
        raise ValueError(f"{path[:100]!r} is not a path inside of it")
    if not _HASH.fullmatch(oid):
        raise ValueError(f"{path} has no hash but {oid[:100]!r}")
    if not isinstance(size, int) or not 0 <= size <= _MOST_BYTES:
        raise ValueError(f"{path} has no size that can be")
    return HubFile(path, oid, size)


@contextmanager
def _translated(kind: Kind, name: str, revision: str) -> Iterator[None]:
    """Raise what the library and its HTTP client raise as errors of our own."""
    errors, http = extra("huggingface_hub.errors", "hub"), extra("httpx2", "hub")
    what = {"dataset": "data set", "model": "model"}[kind]
    try:
        yield
    except errors.OfflineModeIsEnabled as error:
        raise FetchError(f"HF_HUB_OFFLINE is set, so the hub is not asked for the {what} {name}") from error
    except errors.GatedRepoError as error:
        raise AccessError(refusal(name)) from error
    except errors.RepositoryNotFoundError as error:
        raise _missing(what, name, error.response.status_code) from error
    except errors.RevisionNotFoundError as error:
        raise FetchError(f"the {what} {name} has no revision {revision}") from error
    except errors.HfHubHTTPError as error:
        raise _refused(name, error.response) from error
    except (http.HTTPError, OSError) as error:
        reason = str(error) or type(error).__name__
        raise FetchError(f"the hub {endpoint()} cannot be reached ({reason})") from error
    except _STRANGE as error:
        raise FetchError(
            f"{endpoint()} does not describe the {what} {name} ({error}): is it a hub?"
        ) from error


def _missing(what: str, name: str, status: int) -> FetchError:
    """Return what "not found" means. The hub also answers 401 for what does not exist."""
    if status != HTTPStatus.UNAUTHORIZED:
        return FetchError(f"the hub has no {what} {name}, or none that you may see: check its name")
    if token():
        return AccessError("the hub does not know the token of HF_TOKEN or `hf auth login`: make a new one")
    return AccessError(f"the hub has no open {what} {name}: check its name, or set HF_TOKEN if it is private")


def _refused(name: str, response: Any) -> FetchError:  # noqa: ANN401 - of the library's HTTP client
    status = response.status_code
    if status == HTTPStatus.UNAUTHORIZED and token():
        return AccessError("the hub does not know the token of HF_TOKEN or `hf auth login`: make a new one")
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return AccessError(refusal(name))
    return FetchError(f"the hub answers {status} for {name}: try again later")
