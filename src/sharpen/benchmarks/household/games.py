"""ALFWorld's games as files: JSON lines, a folder in the official layout, or the evaluation set.

The 134 games on which ReAct and Reflexion report are had from ExpeL's repository, which holds each of them as
it was played, at a commit that pins them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sharpen.benchmarks.store import RemoteFile, obtain
from sharpen.errors import DataError
from sharpen.files.disk import read_jsonl

COMMIT = "5d92a27c5b071362e77b9701ec0d1ed9e12dc51f"
ADDRESS = f"https://raw.githubusercontent.com/LeapLabTHU/ExpeL/{COMMIT}/data/alfworld"
LIST = "alfworld_tasks_suffix.json"

FAMILIES = {
    "put": "pick_and_place_simple",
    "examine": "look_at_obj_in_light",
    "clean": "pick_clean_then_place_in_recep",
    "heat": "pick_heat_then_place_in_recep",
    "cool": "pick_cool_then_place_in_recep",
    "puttwo": "pick_two_obj_and_place",
}
"""Task families by the names that ReAct and Reflexion give them."""


@dataclass(frozen=True, slots=True)
class Game:
    """One of ALFWorld's games.

    Attributes:
        id: the folder's name, which is ALFWorld's for the task.
        data: what ``game.tw-pddl`` holds.
        traj: what ``traj_data.json`` holds.
    """

    id: str
    data: dict[str, Any]
    traj: dict[str, Any]

    @property
    def family(self) -> str:
        """Its family, by our name."""
        return {long: short for short, long in FAMILIES.items()}[self.traj["task_type"]]


def evaluation_games(address: str = ADDRESS) -> Path:
    """Return the folder of the 134 unseen evaluation games; each that is not there is fetched first.

    Raises:
        DataError: the list of games is not what it should be.
        FetchError: a game is not in the cache and cannot be reached.
    """
    listed = _cached(LIST, address)
    try:
        folders = [
            Path(row["gamefile"]).relative_to("data/alfworld").parent
            for row in json.loads(listed.read_text())
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{listed} is not a list of ALFWorld's games ({error!r}): delete it and try again"
        ) from error
    for folder in folders:
        for file in ("game.tw-pddl", "traj_data.json"):
            _cached(f"{folder}/{file}", address)
    return listed.parent


def _cached(file: str, address: str) -> Path:
    return obtain(RemoteFile(f"alfworld/{file}", COMMIT, "", (f"{address}/{file}",)))


def read(path: Path) -> Iterator[Game]:
    """Yield the games of a file or of a folder in the official layout.

    Raises:
        DataError: a record is not a game; the sentence names it.
    """
    if path.is_dir():
        for file in sorted(path.rglob("game.tw-pddl")):
            yield _game(
                file.parent, file.read_text(), (file.parent / "traj_data.json").read_text(), str(file)
            )
        return
    for number, row in read_jsonl(path):
        where = f"{path}, line {number}"
        try:
            yield _game(Path(row["gamefile"]).parent, row["game"], json.dumps(row["traj"]), where)
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{where} is not a game of ALFWorld ({error!r})") from error


def _game(folder: Path, game: str, traj: str, where: str) -> Game:
    data, known = json.loads(game), json.loads(traj)
    if known.get("task_type") not in FAMILIES.values() or "pddl_problem" not in data:
        raise DataError(f"{where} is not a game of ALFWorld: it has no known task_type or no pddl_problem")
    return Game("/".join(folder.parts[-2:]), data, known)
