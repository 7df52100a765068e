import numpy as np
import pytest

from sharpen.errors import DataError, ModelUnavailableError
from sharpen.models.llama.engine import Overlay
from sharpen.selfcodealign.train.gguf import read_base, write_adapter, write_merged
from tests.selfcodealign import tiny

PROMPT = [5, 70, 90, 100, 33, 34, 130]
ALPHA, RANK = 6, 3
NEAR = 0.01
"""In nats; the engine keeps keys and values in 16 bits."""


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return tiny.write(tmp_path_factory.mktemp("base") / "base.gguf", tiny.weights())


def distance(parameters, tokens, found):
    expected = tiny.log_probabilities(parameters, [*PROMPT, *tokens])
    at = range(len(PROMPT) - 1, len(PROMPT) - 1 + len(tokens))
    return max(abs(expected[i, token] - value) for i, token, value in zip(at, tokens, found, strict=True))


def test_the_engine_computes_the_base_as_the_hub_format_means_it(base, tmp_path):
    assert distance(tiny.weights(), *tiny.engine_log_probabilities(base, tmp_path, PROMPT)) < NEAR


def test_the_engine_with_an_adapter_computes_what_was_trained(base, tmp_path):
    adapter = tmp_path / "adapter.gguf"
    write_adapter(adapter, read_base(base), tiny.factors(RANK), ALPHA)
    message = tiny.engine_log_probabilities(base, tmp_path, PROMPT, Overlay(adapter))
    trained = tiny.added(tiny.weights(), tiny.factors(RANK), ALPHA / RANK)
    assert distance(trained, *message) < NEAR
    assert distance(tiny.weights(), *message) > 10 * NEAR


@pytest.mark.parametrize("part", ["q_proj", "k_proj"])
def test_rows_in_the_order_of_the_hub_would_be_noticed(base, tmp_path, part):
    adapter = tmp_path / "adapter.gguf"
    factors = {name: f for name, f in tiny.factors(RANK).items() if name.endswith(part)}
    header = read_base(base)
    unordered = {name: (a, tiny.gguf_order(f"{name}.weight", b)) for name, (a, b) in factors.items()}
    write_adapter(adapter, header, unordered, ALPHA)
    message = tiny.engine_log_probabilities(base, tmp_path, PROMPT, Overlay(adapter))
    assert distance(tiny.added(tiny.weights(), factors, ALPHA / RANK), *message) > NEAR


def test_merged_weights_are_the_trained_ones_and_the_rest_is_the_base(base, tmp_path):
    trained = tiny.added(tiny.weights(), tiny.factors(RANK), ALPHA / RANK)
    merged = tmp_path / "merged.gguf"
    write_merged(merged, read_base(base), trained)
    assert distance(trained, *tiny.engine_log_probabilities(merged, tmp_path, PROMPT)) < 2 * NEAR
    old, new = read_base(base).reader, read_base(merged).reader
    selected = "tokenizer.ggml.tokens"
    assert new.get_field(selected).contents() == old.get_field(selected).contents() == tiny.TOKENS
    assert [t.name for t in new.tensors] == [t.name for t in old.tensors]
    kinds = {t.data.dtype for t in new.tensors if len(t.shape) > 1}
    assert kinds == {np.dtype(np.float16)}


def test_a_half_written_file_never_has_the_name(base, tmp_path):
    wrong = tiny.weights() | {"model.layers.0.surprise.weight": np.zeros((2, 2), np.float32)}
    with pytest.raises(DataError, match=r"GGUF has no name for model\.layers\.0\.surprise"):
        write_merged(tmp_path / "merged.gguf", read_base(base), wrong)
    assert list(tmp_path.iterdir()) == []


def test_parameters_of_another_model_are_refused(base, tmp_path):
    other = tiny.weights() | {"model.layers.0.self_attn.q_proj.bias": np.zeros(tiny.WIDTH, np.float32)}
    with pytest.raises(DataError, match=r"no tensor blk\.0\.attn_q\.bias"):
        write_merged(tmp_path / "merged.gguf", read_base(base), other)


def test_an_architecture_whose_order_is_not_known_is_refused(tmp_path):
    with pytest.raises(ModelUnavailableError, match="architecture gemma2: from GGUF only llama and qwen2"):
        read_base(tiny.write(tmp_path / "other.gguf", {}, "gemma2"))


@pytest.mark.parametrize("content", [b"", b"GGUF", b"not at all"])
def test_a_damaged_file_is_refused(tmp_path, content):
    path = tmp_path / "damaged.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelUnavailableError, match="cannot be read as GGUF"):
        read_base(path)
