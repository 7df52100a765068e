"""ALFWorld's evaluation games come from a real server, once."""

import json

import pytest

from sharpen.benchmarks.household.games import LIST, evaluation_games, read
from sharpen.errors import DataError, FetchError
from tests.hub import serving

FOLDER = "json_2.1.1/valid_unseen/look_at_obj_in_light-Mug/trial_1"
FILES = {
    f"/{LIST}": json.dumps([{"goal": "look", "gamefile": f"data/alfworld/{FOLDER}/game.tw-pddl"}]),
    f"/{FOLDER}/game.tw-pddl": json.dumps({"pddl_problem": "(define)"}),
    f"/{FOLDER}/traj_data.json": json.dumps({"task_type": "look_at_obj_in_light"}),
}


@pytest.fixture
def hub(monkeypatch, tmp_path):
    monkeypatch.setenv("SHARPEN_HOME", str(tmp_path))
    with serving() as hub:
        hub.files = {path: text.encode() for path, text in FILES.items()}
        hub.go.set()
        yield hub


def test_each_game_is_fetched_once(hub):
    (game,) = read(evaluation_games(hub.url))
    assert (game.id, game.family) == ("look_at_obj_in_light-Mug/trial_1", "examine")
    evaluation_games(hub.url)
    assert len(hub.requests) == len(FILES)


def test_a_game_that_cannot_be_had_is_named_and_the_rest_is_kept(hub):
    lost = f"/{FOLDER}/traj_data.json"
    del hub.files[lost]
    with pytest.raises(FetchError, match=r"traj_data\.json"):
        evaluation_games(hub.url)
    hub.files[lost] = FILES[lost].encode()
    assert len(list(read(evaluation_games(hub.url)))) == 1


@pytest.mark.parametrize("text", ["{", '[{"goal": ""}]', '[{"gamefile": "/etc/passwd"}]', "[1]"])
def test_a_list_that_is_none_is_named(hub, text):
    hub.files[f"/{LIST}"] = text.encode()
    with pytest.raises(DataError, match=LIST):
        evaluation_games(hub.url)
