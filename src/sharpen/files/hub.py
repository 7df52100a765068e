"""The Hugging Face hub: which files a data set holds at a commit, by the hub's documented addresses.

``HF_ENDPOINT`` names a mirror. The token is that of ``HF_TOKEN``, or the one that ``hf auth login`` keeps; it
goes to the hub alone, and not to the storage that the hub sends a download to.
"""

import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from urllib.parse import quote

from pydantic import BaseModel, TypeAdapter, ValidationError

from sharpen.errors import AccessError, FetchError
from sharpen.files.download import CONNECT_SECONDS, reason_of, request_of

HUB = "https://huggingface.co"
"""Unless ``HF_ENDPOINT`` names a mirror."""

_NEXT = re.compile(r'<([^>]+)>;\s*rel="next"')


class Lfs(BaseModel):
    """What the hub knows of a large file; ``oid`` is its SHA-256."""

    oid: str


class HubFile(BaseModel):
    """A file or folder of a repository; ``oid`` is git's."""

    type: str
    path: str
    oid: str
    size: int = 0
    lfs: Lfs | None = None


class _Commit(BaseModel):
    sha: str


_TREE = TypeAdapter(list[HubFile])


def endpoint() -> str:
    """Return the hub's address."""
    return os.environ.get("HF_ENDPOINT", HUB).rstrip("/")


def token() -> str:
    """Return the user's token; empty where there is none. Raises FetchError where its file cannot be read."""
    if given := os.environ.get("HF_TOKEN", "").strip():
        return given
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = Path(os.environ.get("HF_HOME") or cache / "huggingface")
    path = Path(os.environ.get("HF_TOKEN_PATH") or home / "token")
    try:
        return path.read_text("utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise FetchError(f"the hub's token in {path} cannot be read ({error}): set HF_TOKEN") from error


def commit_of(dataset: str, revision: str) -> str:
    """Return the commit that a branch, a tag or a commit of a data set stands for.

    Raises:
        AccessError: the hub wants a token, or another one.
        FetchError: there is no such data set or revision, or the hub cannot be reached.
    """
    url = f"{endpoint()}/api/datasets/{quote(dataset)}/revision/{quote(revision, safe='')}"
    body, _ = _asked(url, dataset)
    try:
        return _Commit.model_validate_json(body).sha
    except ValidationError as error:
        raise FetchError(f"{url} does not say which commit that is: is it a hub?") from error


def files(dataset: str, commit: str, folder: str = "") -> Iterator[HubFile]:
    """Yield what is in a folder of a data set and below it, in the hub's order.

    Raises:
        AccessError: the hub wants a token, or another one.
        FetchError: there is no such folder, or the hub cannot be reached.
    """
    inside = f"/{quote(folder)}" if folder else ""
    url = f"{endpoint()}/api/datasets/{quote(dataset)}/tree/{commit}{inside}?recursive=true"
    while url:
        body, link = _asked(url, dataset)
        try:
            yield from _TREE.validate_json(body)
        except ValidationError as error:
            raise FetchError(f"{url} does not list files: is it a hub?") from error
        following = _NEXT.search(link)
        url = following[1].replace(HUB, endpoint(), 1) if following else ""


def address(dataset: str, commit: str, path: str) -> str:
    """Return where a file of a data set is downloaded."""
    return f"{endpoint()}/datasets/{quote(dataset)}/resolve/{commit}/{quote(path)}"


def refusal(dataset: str) -> str:
    """Return what to do where the hub does not hand out a data set."""
    page = f"{endpoint()}/datasets/{dataset}"
    if token():
        return (
            f"the hub does not give {dataset} to the account of this token: accept the terms at {page}, and"
            " see that the token may read it"
        )
    return f"{dataset} is not open to everybody: accept its terms at {page}, and set HF_TOKEN to your token"


def _asked(url: str, dataset: str) -> tuple[bytes, str]:
    """Return the body of an answer, and its link to the next page."""
    try:
        with urllib.request.urlopen(request_of(url, token()), timeout=CONNECT_SECONDS) as response:  # noqa: S310
            return response.read(), response.headers.get("Link", "")
    except urllib.error.HTTPError as error:
        error.close()
        raise _answered(error, dataset) from error
    except (OSError, HTTPException) as error:
        raise FetchError(f"{url} cannot be reached ({reason_of(error)})") from error


def _answered(error: urllib.error.HTTPError, dataset: str) -> FetchError:
    """Return what an answer that is none means. The hub answers 401 for what is not there, too."""
    match error.headers.get("X-Error-Code", ""), error.code:
        case "RepoNotFound", HTTPStatus.UNAUTHORIZED if not token():
            return AccessError(
                f"the hub has no open data set {dataset}: check its name, or set HF_TOKEN if it is private"
            )
        case ("RepoNotFound", _) | ("", HTTPStatus.NOT_FOUND):
            return FetchError(f"the hub has no data set {dataset}, or none that you may see: check its name")
        case "RevisionNotFound" | "EntryNotFound", _:
            return FetchError(f"the data set {dataset} has no such revision or folder: {error.url}")
        case "GatedRepo", _:
            return AccessError(refusal(dataset))
        case _, HTTPStatus.UNAUTHORIZED if token():
            return AccessError(f"the hub does not know the token of HF_TOKEN or `hf auth login`: {error.url}")
        case _, HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return AccessError(refusal(dataset))
    return FetchError(f"{error.url} answers {error.code} {error.reason}: try again later")
