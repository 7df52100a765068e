"""A whole training of a tiny llama: every step, resumed, and what it leaves in the engine."""

import asyncio
import json
import math
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec

import numpy as np
import pytest

from sharpen.errors import (
    ConfigChangedError,
    DataError,
    ModelUnavailableError,
    RunLockedError,
    UsageError,
)
from sharpen.models.finetuned import open_tuned
from sharpen.models.llama.engine import Engine, Overlay
from sharpen.models.llama.model import Llama
from sharpen.models.precision import bfloat16_speedup, quicker_dtype
from sharpen.pushing import push
from sharpen.selfcodealign.train import fitting, precision
from sharpen.selfcodealign.train.gguf import read_base, write_adapter
from sharpen.selfcodealign.train.loading import find, load
from sharpen.selfcodealign.train.pairs import Pair, TokenPair, encode, read
from sharpen.selfcodealign.train.precision import Precision
from sharpen.selfcodealign.train.recipe import Train
from sharpen.selfcodealign.train.save import lora_factors
from sharpen.selfcodealign.train.tune import train
from sharpen.types import Message, Sampling
from tests.selfcodealign import tiny

ABSENT = [name for name in ("torch", "transformers", "accelerate", "peft") if find_spec(name) is None]
pytestmark = [
    pytest.mark.skipif(
        bool(ABSENT), reason=f"no {', '.join(ABSENT)}: pip install 'sharpen[train]' to run this"
    ),
    pytest.mark.filterwarnings("default"),  # the libraries warn of each other
]

NEAR = 0.01
"""In nats; the engine keeps keys and values in 16 bits."""
OPTIONS = {"recipe": "lora", "rank": 4, "learning_rate": 0.02, "batch": 4, "epochs": 2, "held_out": 0.2}


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """Matrices of 32 rows are no work for two threads, which wait for each other on a busy machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return tiny.write(tmp_path_factory.mktemp("base") / "base.gguf", tiny.weights())


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    made = [{"id": str(i), "prompt": f"double({i})", "completion": f"return {i} + {i}"} for i in range(40)]
    path.write_text("".join(json.dumps(row) + "\n" for row in made))
    return path


@pytest.fixture(scope="module")
def trained(base, rows, tmp_path_factory):
    directory = tmp_path_factory.mktemp("run")
    return directory, train(rows, Train(model=str(base), **OPTIONS), directory)


def losses(directory):
    return [json.loads(line)["loss"] for line in (directory / "steps.jsonl").read_text().splitlines()]


def test_the_held_out_loss_falls(trained):
    directory, result = trained
    assert result.after < result.before - 0.5
    assert result.trained_on["rows"] + result.held_out["rows"] == 40
    assert result.held_out["rows"] > 2
    assert result.steps == len(losses(directory)) > 10
    assert result.made == {"adapter": "adapter.gguf"}


def test_the_record_names_the_rows_the_base_and_the_libraries(trained, base):
    config = json.loads((trained[0] / "config.json").read_text())
    assert len(config["rows_sha256"]) == 64
    assert config["base_sha256"] == find(str(base)).sha256
    assert config["resolved"]["learning_rate"] == 0.02
    assert {"torch", "transformers", "peft"} <= set(config["libraries"])


def test_torch_reads_the_weights_as_they_are_meant(base):
    model, tokenizer = load(find(str(base)))
    tokens = tokenizer("def f(x):\n    return x")["input_ids"]
    expected = tiny.log_probabilities(tiny.weights(), tokens)
    result = fitting.log_probabilities(model, tokens)
    assert np.allclose(result, [expected[i, token] for i, token in enumerate(tokens[1:])], atol=1e-4)


def test_the_loss_of_response_tokens_is_that_of_all_logits(base):
    model, tokenizer = load(find(str(base)))
    tokens = tokenizer("def f(x):\n    return x")["input_ids"]
    expected = fitting.log_probabilities(model, tokens)
    assert np.allclose(fitting.log_probabilities(model, tokens, skip=4), expected[4:], atol=1e-5)
    examples = [TokenPair("a", tuple(tokens), 5, cut=False), TokenPair("b", tuple(tokens[:9]), 3, cut=False)]
    parts = [*expected[4:], *fitting.log_probabilities(model, tokens[:9])[2:]]
    assert fitting.loss(model, examples) == pytest.approx(-sum(parts) / len(parts), abs=1e-5)


def test_micro_batches_do_not_change_a_step(base, rows, tmp_path):
    config = {"model": str(base), **OPTIONS, "learning_rate": 1e-9, "epochs": 1}
    for size in (1, 4):
        train(rows, Train(micro_batch_size=size, **config), tmp_path / str(size))
    one, four = (sum(losses(tmp_path / str(size))) for size in (1, 4))
    assert one == pytest.approx(four, rel=1e-3)


def test_a_training_of_one_step_changes_the_model(base, rows, tmp_path):
    result = train(rows, Train(model=str(base), **OPTIONS | {"batch": 40, "epochs": 1}), tmp_path)
    assert result.steps == 1
    assert result.after < result.before - 0.01


def test_a_smaller_share_trains_on_fewer_rows(base, rows, tmp_path):
    config = Train(model=str(base), share=0.5, **OPTIONS | {"epochs": 1})
    assert 5 <= train(rows, config, tmp_path).trained_on["rows"] <= 30


def test_weights_beside_an_adapter_may_be_bfloat16(base, rows, tmp_path):
    result = train(rows, Train(model=str(base), dtype="bfloat16", **OPTIONS), tmp_path)
    assert result.precision.dtype == "bfloat16"
    assert result.after < result.before - 0.5


def test_the_format_of_weights_is_chosen_by_a_measurement():
    assert precision.choose("auto", rank=8) == Precision(quicker_dtype(), bfloat16_speedup())
    assert precision.choose("auto", rank=0) == Precision("float32")
    assert precision.choose("bfloat16", rank=8) == Precision("bfloat16")


def test_the_engine_with_the_adapter_gives_the_log_probabilities_of_torch(base, tmp_path):
    model, _ = load(find(str(base)))
    model = fitting.adapted(model, Train(model="", **OPTIONS).resolved, seed=0)
    torch = sys.modules["torch"]
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "lora_B" in name:
                value.normal_(0, 0.2)
    prompt = [5, 70, 90, 100, 33, 34, 130]
    adapter = tmp_path / "adapter.gguf"
    write_adapter(adapter, read_base(base), lora_factors(model), Train(model="", **OPTIONS).resolved.alpha)
    tokens, result = tiny.engine_log_probabilities(base, tmp_path, prompt, Overlay(adapter))
    ours = fitting.log_probabilities(model, [*prompt, *tokens])[len(prompt) - 1 :]
    with model.disable_adapter():
        without = fitting.log_probabilities(model, [*prompt, *tokens])[len(prompt) - 1 :]
    assert np.abs(np.subtract(ours, result)).max() < NEAR
    assert np.abs(np.subtract(without, result)).max() > 10 * NEAR


def test_the_run_is_a_model_that_answers_as_it_was_taught(trained):
    async def answer():
        weights, overlay = open_tuned(trained[0])
        # With more threads the engine hangs where torch was told to use one in the same process.
        model = Llama(str(trained[0]), weights.path, weights.sha256, tiny.ENGINE, overlay)
        try:
            sampling = Sampling(0.0, 1.0, 40)
            prompt = (Message("user", "double(7)"),)
            ((_, completion),) = [one async for one in model.sample(prompt, sampling, [0])]
        finally:
            await model.close()
        return completion

    completion = asyncio.run(answer())
    assert completion.finish_reason == "stop"  # it has learned to end
    assert completion.text.startswith("return")


def test_prompts_are_the_same_tokens_for_torch_and_for_the_engine(base, rows, tmp_path):
    _, tokenizer = load(find(str(base)))
    example = encode(read(rows)[7], tokenizer, "instruction", 500)
    prompt = tokenizer.decode(example.tokens[: example.prompt_tokens])
    engine = Engine(base, tiny.ENGINE, tmp_path)
    try:
        body = {"prompt": prompt, "max_tokens": 1}
        assert engine._server.handle_completions(body)["usage"]["prompt_tokens"] == example.prompt_tokens
    finally:
        engine.close()


class StoppedError(Exception):
    pass


def test_a_stopped_training_goes_on_with_the_same_rows_in_the_same_order(trained, base, rows, tmp_path):
    config = Train(model=str(base), save_every=5, **OPTIONS)

    def stop(step):
        if step.step == 8:
            raise StoppedError

    with pytest.raises(StoppedError):
        train(rows, config, tmp_path, on_step=stop)
    assert len(losses(tmp_path)) == 8
    seen = []
    result = train(rows, config, tmp_path, on_step=lambda step: seen.append(step.step))
    assert seen[0] == 6
    whole = losses(trained[0])
    assert np.allclose(losses(tmp_path), whole, rtol=1e-3)
    assert result.before == trained[1].before
    assert result.after == pytest.approx(trained[1].after, rel=1e-2)


def test_a_checkpoint_that_a_kill_cut_short_is_passed_over(tmp_path):
    for step, state in ((5, '{"global_step": 5}'), (10, '{"global_st')):
        (tmp_path / f"checkpoint-{step}").mkdir()
        (tmp_path / f"checkpoint-{step}" / fitting.STATE).write_text(state)
    assert fitting.last_checkpoint(tmp_path) == tmp_path / "checkpoint-5"
    assert not (tmp_path / "checkpoint-10").exists()


def test_a_finished_training_is_not_trained_again(trained, base, rows):
    def never(step):
        raise AssertionError

    assert train(rows, Train(model=str(base), **OPTIONS), trained[0], on_step=never) == trained[1]


def test_other_rows_or_options_need_another_directory(trained, base, rows, tmp_path):
    with pytest.raises(ConfigChangedError, match="seed = 0, not 1"):
        train(rows, Train(model=str(base), seed=1, **OPTIONS), trained[0])
    fewer = tmp_path / "rows.jsonl"
    fewer.write_text("".join(rows.read_text().splitlines(keepends=True)[:9]))
    with pytest.raises(ConfigChangedError, match="rows_sha256"):
        train(fewer, Train(model=str(base), **OPTIONS), trained[0])


def test_every_weight_can_be_tuned_and_comes_out_merged(base, rows, tmp_path):
    config = Train(model=str(base), learning_rate=0.01, batch=8, epochs=1, max_length=300)
    result = train(rows, config, tmp_path)
    assert result.after < result.before
    assert result.made == {"merged": "model.gguf"}
    tokens, message = tiny.engine_log_probabilities(tmp_path / "model.gguf", tmp_path, [5, 70, 90])
    model, _ = load(find(str(tmp_path / "model.gguf")))
    ours = fitting.log_probabilities(model, [5, 70, 90, *tokens])[2:]
    assert np.abs(np.subtract(ours, message)).max() < 2 * NEAR


def test_a_folder_of_the_hubs_format_comes_out_as_one(base, rows, tmp_path):
    model, tokenizer = load(find(str(base)))
    model.save_pretrained(tmp_path / "hub")
    tokenizer.save_pretrained(tmp_path / "hub")
    config = Train(
        model=str(tmp_path / "hub"),
        merge=True,
        checkpointing=True,
        micro_batch_size=2,
        **OPTIONS | {"epochs": 1},
    )
    result = train(rows, config, tmp_path / "run")
    assert result.made == {"model_folder": "model"}
    tuned, words = load(find(str(tmp_path / "run" / "model")))
    assert "### Instruction" in words.chat_template
    held = fitting.log_probabilities(tuned, [5, 70, 90])
    assert not np.allclose(held, fitting.log_probabilities(model, [5, 70, 90]), atol=0.01)
    push(tmp_path / "run", str(tmp_path / "pushed"))
    assert {path.name for path in (tmp_path / "pushed").iterdir()} >= {
        "README.md", "config.json", "model.safetensors", "rows.jsonl", "tokenizer.json"
    }  # fmt: skip
    assert "held-out rows went from" in (tmp_path / "pushed" / "README.md").read_text()


def test_a_training_goes_on_with_the_adapter_of_another(trained, base, rows, tmp_path):
    directory, first = trained
    again = train(rows, Train(model=str(directory), **OPTIONS | {"learning_rate": 1e-9}), tmp_path)
    assert again.before == pytest.approx(first.after, abs=0.005)  # the file has 16 bits
    records = [json.loads((run / "tuned.json").read_text()) for run in (tmp_path, directory)]
    assert records[0] == records[1], "so small a step leaves the same adapter, over the same base"


@pytest.mark.parametrize("wrong", [{"rank": 8}, {"recipe": "paper"}])
def test_another_rank_cannot_go_on_with_an_adapter(trained, rows, tmp_path, wrong):
    config = Train(model=str(trained[0]), **OPTIONS | {"rank": None} | wrong)
    with pytest.raises(UsageError, match="has rank 4: give --recipe lora or dpo, and --rank 4"):
        train(rows, config, tmp_path)


PREFERRED = {"recipe": "dpo", "rank": 4, "learning_rate": 0.02, "batch": 4, "epochs": 3, "held_out": 0.2}


@pytest.fixture
def preferred(tmp_path):
    """Rows in which the response that begins with return is the better one."""
    path = tmp_path / "preferences.jsonl"
    made = [
        {
            "id": str(i),
            "prompt": [{"role": "user", "content": f"double({i})"}],
            "chosen": f"return {i} + {i}",
            "rejected": f"raise {i} + {i}",
        }
        for i in range(24)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in made))
    return path


def margin(model, tokenizer):
    """How much more probable the better response to a new prompt is than the other."""
    sides = []
    for response in ("return 7 + 7", "raise 7 + 7"):
        pair = encode(Pair("x", (Message("user", "double(7)"),), response), tokenizer, "instruction", 500)
        sides.append(sum(fitting.log_probabilities(model, pair.tokens, pair.prompt_tokens - 1)))
    return sides[0] - sides[1]


@pytest.mark.skipif(find_spec("trl") is None, reason="no trl: pip install 'sharpen[preferences]'")
@pytest.mark.parametrize("start", ["base", "tuned"])
def test_the_better_response_becomes_more_probable(start, trained, base, preferred, tmp_path):
    """The reference is the model before: the base, or the base with the adapter of a training."""
    spec = str(trained[0] if start == "tuned" else base)
    before, tokenizer = load(find(spec))
    before = fitting.adapted(before, Train(model="", **OPTIONS).resolved, 0, find(spec).adapter(before))
    result = train(preferred, Train(model=spec, **PREFERRED), tmp_path / "run")
    assert result.before == pytest.approx(math.log(2), abs=1e-4)
    assert result.after < 0.9 * math.log(2)
    assert result.trained_on["rows"] + result.held_out["rows"] == 24
    assert losses(tmp_path / "run")[0] == pytest.approx(math.log(2), abs=1e-4)
    after, _ = load(find(str(tmp_path / "run")))
    adapter = find(str(tmp_path / "run")).adapter(after)
    after = fitting.adapted(after, Train(model="", **OPTIONS).resolved, 0, adapter)
    assert margin(after, tokenizer) > margin(before, tokenizer) + 1


@pytest.mark.skipif(find_spec("trl") is None, reason="no trl: pip install 'sharpen[preferences]'")
def test_every_weight_can_be_tuned_on_preferences(base, preferred, tmp_path, capsys):
    """The reference is computed before the training, so that no second model is loaded."""
    config = Train(model=str(base), **PREFERRED | {"rank": 0, "learning_rate": 0.002})
    result = train(preferred, config, tmp_path / "run")
    assert result.made == {"merged": "model.gguf"}
    assert result.before == pytest.approx(math.log(2), abs=1e-4)
    assert result.after < 0.9 * math.log(2)
    assert capsys.readouterr().out == ""


@pytest.mark.skipif(find_spec("trl") is None, reason="no trl: pip install 'sharpen[preferences]'")
def test_a_stopped_preference_tuning_goes_on(base, preferred, tmp_path):
    config = Train(model=str(base), save_every=3, **PREFERRED)

    def stop(step):
        if step.step == 5:
            raise StoppedError

    with pytest.raises(StoppedError):
        train(preferred, config, tmp_path / "run", on_step=stop)
    seen = []
    result = train(preferred, config, tmp_path / "run", on_step=lambda step: seen.append(step.step))
    assert seen[0] == 4
    assert np.allclose(losses(tmp_path / "run"), losses_of_one_go(preferred, config, tmp_path), rtol=1e-2)
    assert result.finished


def losses_of_one_go(rows, config, tmp_path):
    train(rows, config, tmp_path / "one")
    return losses(tmp_path / "one")


def test_preference_tuning_without_its_library_is_refused(base, preferred, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "trl", None)
    with pytest.raises(UsageError, match=r"needs trl: run pip install 'sharpen\[preferences\]'"):
        train(preferred, Train(model=str(base), **PREFERRED), tmp_path / "run")


def test_rows_of_the_other_kind_are_refused(base, rows, preferred, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "trl", sys)
    with pytest.raises(DataError, match="row 1 is no prompt with one chosen and one rejected answer"):
        train(rows, Train(model=str(base), **PREFERRED), tmp_path / "run")
    with pytest.raises(DataError, match="row 1 is a preference: add --recipe dpo"):
        train(preferred, Train(model=str(base), **OPTIONS), tmp_path / "run")


def test_rows_that_have_no_room(base, rows, tmp_path):
    with pytest.raises(DataError, match="no row has room for a response in 10 tokens"):
        train(rows, Train(model=str(base), recipe="lora", max_length=10), tmp_path)


def test_a_model_that_is_not_there(rows, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelUnavailableError, match="holds no weights"):
        train(rows, Train(model=str(tmp_path / "empty")), tmp_path / "run")


def test_a_killed_training_goes_on(base, rows, tmp_path):
    options = ["--recipe", "lora", "--batch", "4", "--epochs", "10", "--save-every", "5", "--json"]
    run = tmp_path / "run"
    command = [
        sys.executable,
        "-c",
        "from sharpen.cli.app import main; main()",
        "align",
        "train",
        str(rows),
        "-m",
        str(base),
        "--run",
        str(run),
    ]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL, env=environment)
    try:
        while not list(run.glob("checkpoints/*/trainer_state.json")) and process.poll() is None:
            time.sleep(0.01)
        with pytest.raises(RunLockedError):
            train(rows, Train(model=str(base), recipe="lora", batch=4, epochs=10), run)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not (run / "tuned.json").exists()
    result = train(rows, Train(model=str(base), recipe="lora", batch=4, epochs=10, save_every=100), run)
    assert result.steps == len(losses(run)) > 80
    assert result.finished
