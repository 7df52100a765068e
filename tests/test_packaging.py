"""What is built for others: a wheel with every file that is needed and no other, and an sdist that builds it."""

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both, built here without the network."""
    for name in ("hatchling", "hatch_vcs"):
        pytest.importorskip(name, reason="pip install hatchling hatch-vcs to build the package")
    folder = tmp_path_factory.mktemp("built")
    command = [sys.executable, "-m", "hatchling", "build", "-d", folder]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    return folder


def source_files() -> set[str]:
    skipped = ("__pycache__", ".egg-info")
    files = (path for path in SOURCE.rglob("*") if path.is_file())
    return {path.relative_to(SOURCE).as_posix() for path in files if not any(s in str(path) for s in skipped)}


def test_the_wheel_has_every_file_of_the_package_and_no_other(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == source_files()
    assert "sharpen/py.typed" in names


def test_the_sdist_has_what_tests_read(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"src/" + name for name in source_files()} <= names
    workflow = ".github/workflows/publish.yml"
    for name in (
        "Makefile",
        "README.md",
        "docs/extending.md",
        "examples/first.toml",
        "tests/conftest.py",
        workflow,
    ):
        assert name in names
    assert not [name for name in names if "__pycache__" in name or name.startswith(("runs", ".venv"))]


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    """The files of the sdist, in a folder that git does not know."""
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    return folder


def version_of(folder: Path) -> str:
    command = [sys.executable, "-m", "hatchling", "version"]
    return subprocess.run(command, check=True, cwd=folder, capture_output=True, text=True).stdout.strip()


def git(folder: Path, *words: str) -> None:
    name = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", *name, *words], check=True, cwd=folder, capture_output=True)


class TestVersion:
    def test_an_sdist_has_its_own(self, built: Path, copy: Path) -> None:
        (wheel,) = built.glob("*.whl")
        assert f"sharpen-{version_of(copy)}-" in wheel.name

    def test_a_copy_without_git_or_metadata_has_the_lowest(self, copy: Path) -> None:
        (copy / "PKG-INFO").unlink()
        assert version_of(copy) == "0.0.0"

    def test_a_tag_is_the_version(self, copy: Path) -> None:
        (copy / "PKG-INFO").unlink()
        git(copy, "init", "--quiet")
        git(copy, "add", "--all")
        git(copy, "commit", "--quiet", "--message", "all")
        assert version_of(copy).startswith("0.0.1.dev1+g")  # before the first tag
        git(copy, "tag", "v9.8.7")
        assert version_of(copy) == "9.8.7"


def test_the_changelog_and_the_citation_name_the_same_version() -> None:
    newest, released = re.findall(r"^## (\S+) \((\S+)\)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[
        0
    ]
    citation = (ROOT / "CITATION.cff").read_text()
    assert re.findall(r"^version: (\S+)$", citation, re.MULTILINE) == [newest]
    dates = re.findall(r"^date-released: (\S+)$", citation, re.MULTILINE)
    assert dates == ([] if released == "unreleased" else [released])
    for paper in ("2306.09896", "2303.11366", "2210.07128", "2410.24198"):
        assert paper in citation


def test_nothing_publishes_by_itself() -> None:
    workflow = (ROOT / ".github" / "workflows" / "publish.yml").read_text()
    triggers = workflow.partition("\non:\n")[2].partition("\n\n")[0]
    assert triggers.split() == ["workflow_dispatch:"]
    assert "password" not in workflow  # trusted publishing: there is no token to lose


def test_the_dockerfile_copies_what_is_there_and_ends_as_a_user_without_rights() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for name in (name for names in copied for name in names):
        assert (ROOT / name).exists(), name
        assert f"!{name}" in ignored, f"{name} is left out of the build"
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["10001"], "a number, or Kubernetes cannot tell that it is not root"
    assert "useradd --create-home --uid 10001 sharpen" in "\n".join(lines)
    assert max(map(lines.index, [line for line in lines if line.startswith("RUN ")])) < lines.index(
        "USER 10001"
    )


def test_the_image_shows_the_recorded_run() -> None:
    """Built where a daemon of Docker is; the steps of its build need a registry of images."""
    if (
        not shutil.which("docker")
        or subprocess.run(["docker", "info"], capture_output=True, check=False).returncode
    ):
        pytest.skip("no daemon of Docker on this machine")
    subprocess.run(["docker", "build", "-t", "sharpen-test", ROOT], check=True)
    for words, expected in ((["demo"], "repair"), (["sandbox", "serve", "--help"], "--token-file")):
        shown = subprocess.run(
            ["docker", "run", "--rm", "sharpen-test", *words], check=True, capture_output=True, text=True
        )
        assert expected in shown.stdout


def test_the_wheel_runs_where_the_repository_is_not(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    place = tmp_path / "installed"
    words = ["install", "--quiet", "--no-deps", "--no-index", "--target", place, wheel]
    subprocess.run([sys.executable, "-m", "pip", *words], check=True)
    code = "import sharpen; print(sharpen.__file__); from sharpen.cli.app import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "demo"],
        env={"PYTHONPATH": str(place), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "COLUMNS": "200"},
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(place))
    assert "repair" in done.stdout
