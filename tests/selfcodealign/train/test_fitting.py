"""The recorded steps of a training are JSON, also where a loss is not a number."""

import json
import math

import pytest

from sharpen.errors import JournalError
from sharpen.selfcodealign.train.fitting import read_steps

STEP = {"step": 1, "steps": 2, "loss": None, "learning_rate": 0.1, "seconds": 1.0, "cpu_seconds": 1.0}


def test_a_loss_that_is_not_a_number_is_null_in_the_file(tmp_path):
    file = tmp_path / "steps.jsonl"
    file.write_text(json.dumps(STEP) + "\n" + json.dumps(STEP | {"loss": 0.5}) + "\n")
    first, second = read_steps(file)
    assert math.isnan(first.loss)
    assert second.loss == 0.5


def test_a_step_without_a_loss_cannot_be_read(tmp_path):
    file = tmp_path / "steps.jsonl"
    file.write_text(json.dumps({"step": 1}) + "\n")
    with pytest.raises(JournalError, match="cannot be read as the steps of a training"):
        read_steps(file)
