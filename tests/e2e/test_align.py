"""SelfCodeAlign with a real model: too small to write good data, it goes the whole way and is replayed."""

import pytest

from sharpen import api
from sharpen.models.replay import Replay
from sharpen.selfcodealign import stage_files
from sharpen.selfcodealign.generate.concepts import Concepts
from sharpen.selfcodealign.generate.pipeline import Align
from sharpen.selfcodealign.rows import Instruction
from tests.align_world import seeds_file
from tests.selfcodealign.generate.test_pipeline import data

pytestmark = [pytest.mark.model, pytest.mark.anyio]


@pytest.mark.parametrize("completion", [False, True])
async def test_a_small_model_goes_from_a_seed_to_responses_and_is_replayed(tmp_path, completion):
    config = Align(
        benchmark=str(seeds_file(tmp_path, 1)),
        model="smollm2-135m",
        n=2,
        shots=1,
        max_tokens=48,
        completion=completion,
    )
    await api.execute(config, tmp_path / "run")
    (result,) = (*rows(tmp_path, "concepts", Concepts), *rows(tmp_path, "concepts.rejected", Concepts))
    tasks = (
        *rows(tmp_path, "instructions", Instruction),
        *rows(tmp_path, "instructions.rejected", Instruction),
    )
    assert result.text
    assert len(tasks) == (not result.fault)
    await api.execute(config, tmp_path / "again", opener=lambda spec: Replay(tmp_path / "run"))
    assert data(tmp_path / "again") == data(tmp_path / "run")


def rows(directory, name, kind):
    return list(stage_files.read(directory / "run" / f"{name}.jsonl", kind))
