"""Sources of code for seeds: a folder, a git repository, installed packages, or a data set of the hub."""

import os
import platform
import re
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import cast

from sharpen.errors import DataError, UsageError
from sharpen.selfcodealign.seeds.parts import File, Part

INSTALLED = "installed"
"""The word for the standard library and everything importable."""

_CLASSIFIER = "License :: OSI Approved :: "
_LICENCE_FILES = re.compile(r"(licen[cs]e|copying)(\.(txt|md|rst))?", re.IGNORECASE)


@contextmanager
def opened(word: str) -> Iterator[Iterator[Part]]:
    """Open a source of code and give its parts in a fixed order; a clone is deleted afterwards.

    Args:
        word: ``installed``, a folder, a repository's folder or the address of one, ``the-stack``, or
            ``hf://datasets/OWNER/NAME[@REVISION][/FOLDER]``.

    Raises:
        UsageError: there is no such source.
        DataError: git cannot clone it, or cannot list its files.
        FetchError: the hub cannot be reached, or refuses.
    """
    if word == INSTALLED:
        yield installed()
    elif Path(word).is_dir():
        yield repository(Path(word)) if (Path(word) / ".git").exists() else folder(Path(word))
    elif is_of_hub(word):
        from sharpen.selfcodealign.seeds.shards import shards

        yield shards(word)
    elif "://" in word or word.startswith("git@"):
        with tempfile.TemporaryDirectory(prefix="sharpen-") as scratch:
            clone = Path(scratch) / word.rstrip("/").rpartition("/")[2].removesuffix(".git")
            _git(Path(scratch), "clone", "--quiet", "--depth=1", word, str(clone))
            yield repository(clone, word)
    else:
        raise UsageError(
            f"there is no code at {word}: give a folder, a git address, hf://datasets/OWNER/NAME,"
            f" `the-stack` or `{INSTALLED}`"
        )


def is_of_hub(word: str) -> bool:
    """Return whether a word names Parquet files of the hub."""
    return (word == "the-stack" or word.startswith("hf://")) and not Path(word).is_dir()


def folder(root: Path) -> Iterator[File]:
    """Yield the Python files under a folder."""
    licence = _stated_licence(root)
    for path in _python_files(root):
        inside = path.relative_to(root).as_posix()
        yield File(str(path), root.resolve().name, "", inside, licence, packages_of(path.parent))


def repository(root: Path, origin: str = "") -> Iterator[File]:
    """Yield the Python files that git tracks in a folder. Raises DataError where git cannot list them."""
    commit = _git(root, "rev-parse", "HEAD").strip()
    licence = _stated_licence(root)
    for path in sorted(_git(root, "ls-files", "-z", "--", "*.py").split("\0")):
        if path and (root / path).is_file():
            where = root / path
            own = packages_of(where.parent)
            yield File(str(where), origin or root.resolve().name, commit, path, licence, own)


def installed() -> Iterator[File]:
    """Yield the files of the standard library, and of everything on ``sys.path``, each file once.

    A file that is in the record of a distribution has its name, version and licence; another one is of the
    top-level package or module that it lies in.
    """
    library = Path(sysconfig.get_path("stdlib")).resolve()
    seen = set[Path]()
    for path in _python_files(library):
        if "site-packages" not in path.parts:
            seen.add(path)
            inside = path.relative_to(library).as_posix()
            yield File(str(path), "python", platform.python_version(), inside, "PSF-2.0")
    scripts = Path(sysconfig.get_path("scripts")).resolve()  # a command's own folder is on its path
    for entry in dict.fromkeys(Path(entry).resolve() for entry in sys.path if entry):
        of_library = entry.is_relative_to(library) and "site-packages" not in entry.parts
        if of_library or entry == scripts or not entry.is_dir():
            continue
        owners = _owners(entry)
        for path in _python_files(entry):
            if path not in seen:
                seen.add(path)
                relative = path.relative_to(entry)
                own = relative.parts[:1] if len(relative.parts) > 1 else ()
                origin, version, licence = owners.get(path) or (relative.parts[0].removesuffix(".py"), "", "")
                yield File(str(path), origin, version, relative.as_posix(), licence, own)


def _python_files(root: Path) -> Iterator[Path]:
    """Yield the files under ``root`` by name, folders whose name begins with a dot and caches left out."""
    for place, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name[0] != "." and name != "__pycache__")
        yield from (Path(place, name) for name in sorted(names) if name.endswith(".py"))


@lru_cache(maxsize=10_000)
def packages_of(folder: Path) -> tuple[str, ...]:
    """Return the name of the topmost package that a folder is, or is inside of, where it is one."""
    if not (folder / "__init__.py").is_file():
        return ()
    return packages_of(folder.parent) or (folder.name,)


def _owners(entry: Path) -> dict[Path, tuple[str, str, str]]:
    """Return name, version and licence by file, for the distributions in a folder of ``sys.path``."""
    owners = {}
    for distribution in metadata.distributions(path=[str(entry)]):
        stated = cast("Message", distribution.metadata)
        facts = stated["Name"], distribution.version, licence_of(stated)
        for file in distribution.files or ():
            if file.name.endswith(".py"):
                owners[entry / file] = facts
    return owners


def licence_of(facts: Message) -> str:
    """Return the licence that a package's metadata state: the expression, the words, or the classifiers."""
    if expression := facts.get("License-Expression"):
        return str(expression)
    words = (facts.get("License") or "").strip()
    if words and "\n" not in words and words != "UNKNOWN":
        return words
    named = [
        each.removeprefix(_CLASSIFIER) for each in facts.get_all("Classifier") or () if _CLASSIFIER in each
    ]
    return " AND ".join(named) or words.split("\n")[0]


def _stated_licence(root: Path) -> str:
    """Return what ``pyproject.toml`` says, or else the first line of the file with the licence."""
    project = root / "pyproject.toml"
    if project.is_file():
        try:
            stated = tomllib.loads(project.read_text("utf-8")).get("project", {}).get("license", "")
        except (OSError, ValueError) as error:
            raise DataError(f"{project} cannot be read: {error}") from error
        text = stated.get("text", "") if isinstance(stated, dict) else stated
        if text:
            return str(text).strip().split("\n")[0]
    for path in sorted(root.iterdir()):
        if _LICENCE_FILES.fullmatch(path.name) and path.is_file():
            lines = path.read_text("utf-8", "replace").split("\n")
            return next((line.strip() for line in lines if line.strip()), "")
    return ""


def _git(root: Path, *words: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise UsageError("git is not installed: install it, or give a folder") from error
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise DataError(f"git {words[0]} failed: {reason}")
    return done.stdout
