"""What is built for others: a wheel with every file that is needed and no other, and an sdist that builds it."""

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
    pytest.importorskip("hatchling", reason="no hatchling: pip install hatchling to build the package")
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
    for name in ("Makefile", "README.md", "docs/extending.md", "examples/first.toml", "tests/conftest.py"):
        assert name in names
    assert not [name for name in names if "__pycache__" in name or name.startswith(("runs", ".venv"))]


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
