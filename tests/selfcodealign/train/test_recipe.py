import json
import sys
from math import inf

import pytest
from pydantic import ValidationError

from sharpen.errors import UsageError
from sharpen.selfcodealign.train.recipe import Recipe, Train


def test_the_recipe_of_the_paper_is_the_default():
    # arXiv 2410.24198, section 3, and train.py and the README of its repository.
    paper = Recipe("adafactor", 1e-5, batch=64, epochs=4, max_length=1280, rank=0, warm_up=0.05)
    assert Train(model="m").resolved == paper


def test_what_is_given_takes_the_place_of_the_recipes_own():
    recipe = Train(model="m", recipe="lora", rank=4, epochs=0.5).resolved
    assert (recipe.rank, recipe.epochs, recipe.max_length, recipe.optimizer) == (4, 0.5, 512, "adamw_torch")
    assert Train(model="m", recipe="lora", rank=0).resolved.rank == 0


def test_a_micro_batch_must_divide_the_batch():
    with pytest.raises(UsageError, match="--micro-batch-size 3 does not divide --batch 64"):
        Train(model="m", micro_batch_size=3).resolved  # noqa: B018


@pytest.mark.parametrize(
    "wrong", [{"held_out": 1}, {"batch": 0}, {"epochs": -1}, {"rank": -1}, {"lr": 1}, {"epochs": inf}]
)
def test_options_that_cannot_be_meant(wrong):
    with pytest.raises(ValidationError):
        Train(model="m", **wrong)


def test_from_the_command_line(sharpen):
    words = (
        "align",
        "train",
        "rows.jsonl",
        "-m",
        "smollm2-135m",
        "--recipe",
        "lora",
        "--epochs",
        "1",
        "--run",
        "r",
    )
    code, out, _ = sharpen(*words, "--dry-run")
    assert code == 0
    resolved = json.loads(out)
    assert resolved["recipe"]["epochs"] == 1
    assert resolved["recipe"]["rank"] == 8
    assert resolved["run"] == "r"


def test_without_the_libraries_it_is_said_how_to_have_them(sharpen, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "torch", None)
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"prompt": "a", "completion": "b"}\n')
    code, _, err = sharpen("align", "train", rows, "-m", "smollm2-135m", "--run", tmp_path / "run")
    assert code == 2
    assert "this needs torch: run pip install 'sharpen[train]'" in err
    assert not (tmp_path / "run").exists()
