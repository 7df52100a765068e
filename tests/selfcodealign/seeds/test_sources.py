import subprocess
import sys
import sysconfig
from email.message import Message
from pathlib import Path

import pytest

from sharpen.errors import DataError, UsageError
from sharpen.selfcodealign.seeds.sources import installed, licence_of, opened


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "project"
    for path in (
        "src/pack/__init__.py",
        "src/pack/sub/__init__.py",
        "src/pack/sub/a.py",
        "setup.py",
        ".tox/b.py",
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("")
    (root / "LICENSE.txt").write_text("\n  The Licence of Tests\n\nText.\n")
    (root / "notes.txt").write_text("")
    return root


def git(root, *words):
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "-C", str(root), *identity, *words], check=True, capture_output=True)


@pytest.fixture
def repository(project):
    git(project, "init", "-q", "-b", "main")
    git(project, "add", "-A")
    git(project, "commit", "-qm", "first")
    (project / "untracked.py").write_text("")
    return project


def files(word):
    with opened(str(word)) as result:
        return list(result)


def test_a_folder_gives_its_python_files_with_their_package(project):
    result = files(project)
    assert [(file.path, file.packages) for file in result] == [
        ("setup.py", ()),
        ("src/pack/__init__.py", ("pack",)),
        ("src/pack/sub/__init__.py", ("pack",)),
        ("src/pack/sub/a.py", ("pack",)),
    ]
    assert {(file.origin, file.version, file.licence) for file in result} == {
        ("project", "", "The Licence of Tests")
    }


@pytest.mark.parametrize("stated", ['license = "MIT"', 'license = {text = "MIT"}'])
def test_what_the_project_file_states_comes_first(project, stated):
    (project / "pyproject.toml").write_text(f"[project]\n{stated}\n")
    assert {file.licence for file in files(project)} == {"MIT"}


def test_a_broken_project_file_is_named(project):
    (project / "pyproject.toml").write_text("[project\n")
    with pytest.raises(DataError, match=r"pyproject\.toml"):
        files(project)


def test_a_repository_gives_what_git_tracks_at_its_commit(repository):
    result = files(repository)
    assert [file.path for file in result] == [".tox/b.py", "setup.py"] + [
        f"src/pack/{path}" for path in ("__init__.py", "sub/__init__.py", "sub/a.py")
    ]
    (commit,) = {file.version for file in result}
    assert len(commit) == 40


def test_an_address_is_cloned_and_taken_away_again(repository):
    with opened(f"file://{repository}") as result:
        listed = list(result)
        assert all(Path(file.where).exists() for file in listed)
    assert len(listed) == 5
    assert {file.origin for file in listed} == {f"file://{repository}"}
    assert not any(Path(file.where).exists() for file in listed)


def test_git_that_fails_says_why(tmp_path):
    with pytest.raises(DataError, match="git clone failed"):
        files(f"file://{tmp_path}/nowhere")


@pytest.mark.parametrize("word", ["nowhere", "instaled"])
def test_what_is_no_source_is_refused(word):
    with pytest.raises(UsageError, match="installed"):
        files(word)


def test_what_is_installed_has_name_version_and_licence(tmp_path, monkeypatch):
    place = tmp_path / "packages"
    record = place / "pack-1.2.dist-info"
    record.mkdir(parents=True)
    (place / "pack").mkdir()
    for path in ("pack/a.py", "loose.py"):
        (place / path).write_text("")
    (record / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: Pack\nVersion: 1.2\nLicense-Expression: MIT\n"
    )
    (record / "RECORD").write_text("pack/a.py,,\npack-1.2.dist-info/RECORD,,\n")
    scripts = sysconfig.get_path("scripts")
    monkeypatch.setattr(sys, "path", ["", str(place), str(place), str(tmp_path / "absent"), scripts])
    result = list(installed())
    own = [file for file in result if Path(file.where).is_relative_to(place)]
    assert [(file.path, file.origin, file.version, file.licence, file.packages) for file in own] == [
        ("loose.py", "loose", "", "", ()),
        ("pack/a.py", "Pack", "1.2", "MIT", ("pack",)),
    ]
    assert not any(Path(file.where).is_relative_to(scripts) for file in result)
    library = {file.path: file for file in result if file.origin == "python"}
    assert library["json/decoder.py"].licence == "PSF-2.0"
    assert not any("site-packages" in Path(file.where).parts for file in library.values())
    assert len({file.where for file in result}) == len(result)


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ({"License-Expression": "MIT OR 0BSD", "License": "other"}, "MIT OR 0BSD"),
        ({"License": "BSD 3-Clause"}, "BSD 3-Clause"),
        ({"License": "UNKNOWN", "Classifier": "License :: OSI Approved :: MIT License"}, "MIT License"),
        ({"License": "Copyright me\nAll of it."}, "Copyright me"),
        ({}, ""),
    ],
)
def test_the_licence_is_what_the_metadata_state(fields, licence):
    facts = Message()
    for name, value in fields.items():
        facts[name] = value
    assert licence_of(facts) == licence
