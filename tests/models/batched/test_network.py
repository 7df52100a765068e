"""The network in PyTorch against the same arithmetic in numpy, for both architectures and with an adapter."""

import numpy as np
import pytest

from sharpen.errors import ModelUnavailableError
from sharpen.models.batched.network import FEWEST, GROWTH, Network, slots_for
from sharpen.selfcodealign.train.gguf import read_base, write_adapter
from tests.selfcodealign import tiny

torch = pytest.importorskip("torch", reason="pip install 'sharpen[train]' brings torch")

TOKENS = [5, 70, 33, 99, 101, 12, 64]
OTHERS = [88, 3, 3, 41]


def logs(logits) -> np.ndarray:
    return torch.log_softmax(logits, -1).numpy()


def close(ours, theirs) -> None:
    np.testing.assert_allclose(ours, theirs, atol=2e-4)


@pytest.fixture(scope="module")
def weights():
    return tiny.weights()


@pytest.fixture(scope="module")
def file(tmp_path_factory, weights):
    return tiny.write(tmp_path_factory.mktemp("weights") / "base.gguf", weights)


@pytest.fixture
def network(file):
    return Network(file, None, slots=3, dtype="float32")


def test_a_step_has_the_models_logits(network, weights):
    network.evaluate(0, TOKENS[:-1], 0)
    close(logs(network.step(TOKENS[-1:], [len(TOKENS) - 1]))[0], tiny.log_probabilities(weights, TOKENS)[-1])


def test_weights_in_bfloat16_have_the_same_logits_but_for_rounding(file, weights):
    network = Network(file, None, slots=3, dtype="bfloat16")
    network.evaluate(0, TOKENS[:-1], 0)
    rounded = logs(network.step(TOKENS[-1:], [len(TOKENS) - 1]))[0]
    exact = tiny.log_probabilities(weights, TOKENS)[-1]
    np.testing.assert_allclose(rounded, exact, atol=0.1)
    assert np.abs(rounded - exact).max() > 1e-4


def test_sequences_of_different_lengths_share_a_step(network, weights):
    network.evaluate(0, TOKENS[:-1], 0)
    network.evaluate(1, OTHERS[:-1], 0)
    found = logs(network.step([TOKENS[-1], OTHERS[-1]], [len(TOKENS) - 1, len(OTHERS) - 1]))
    close(found[0], tiny.log_probabilities(weights, TOKENS)[-1])
    close(found[1], tiny.log_probabilities(weights, OTHERS)[-1])


def test_a_prompt_is_evaluated_in_parts(network, weights):
    network.evaluate(0, TOKENS[:2], 0)
    network.evaluate(0, TOKENS[2:5], 2)
    network.step([TOKENS[5]], [5])
    close(logs(network.step([TOKENS[6]], [6]))[0], tiny.log_probabilities(weights, TOKENS)[-1])


def test_a_copied_beginning_and_a_swap(network, weights):
    network.evaluate(1, TOKENS, 0)
    network.copy(1, 2, 4)
    network.swap(0, 2)
    close(
        logs(network.step([OTHERS[0]], [4]))[0],
        tiny.log_probabilities(weights, [*TOKENS[:4], OTHERS[0]])[-1],
    )


def test_the_cache_grows(network, weights):
    long = [number % 120 for number in range(GROWTH + 9)]
    network.evaluate(0, long[:-1], 0)
    close(logs(network.step(long[-1:], [len(long) - 1]))[0], tiny.log_probabilities(weights, long)[-1])


def test_an_adapter_is_merged(file, weights, tmp_path):
    factors = tiny.factors()
    write_adapter(tmp_path / "adapter.gguf", read_base(file), factors, 6)
    network = Network(file, tmp_path / "adapter.gguf", slots=1, dtype="float32")
    rounded = {
        name: tuple(part.astype(np.float16).astype(np.float32) for part in pair)
        for name, pair in factors.items()
    }
    merged = tiny.added(weights, rounded, 2.0)
    network.evaluate(0, TOKENS[:-1], 0)
    close(logs(network.step(TOKENS[-1:], [len(TOKENS) - 1]))[0], tiny.log_probabilities(merged, TOKENS)[-1])


def test_a_file_that_is_no_model(tmp_path):
    (tmp_path / "bad.gguf").write_bytes(b"GGUF but not")
    with pytest.raises(ModelUnavailableError, match=r"bad\.gguf cannot be read as GGUF"):
        Network(tmp_path / "bad.gguf", None, slots=1, dtype="float32")


def test_another_architecture(tmp_path, weights):
    file = tiny.write(tmp_path / "other.gguf", weights, architecture="gpt2")
    with pytest.raises(ModelUnavailableError, match=r"architecture gpt2.*without torch:"):
        Network(file, None, slots=1, dtype="float32")


def test_slots_fit_into_half_of_the_memory_beside_the_weights(file) -> None:
    gib = 1 << 30
    assert slots_for(24 * gib, 6 * gib, 57_344) == 54  # a 1.5B in 32 bits
    assert slots_for(24 * gib, 2 * gib, 24_576) > 128  # a 0.5B
    assert slots_for(4 * gib, 6 * gib, 57_344) == FEWEST
    assert Network(file, None, slots=3, dtype="float32").slots == 3
