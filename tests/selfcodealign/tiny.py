"""A llama of 24,000 random weights in the hub's order, its GGUF file, and its arithmetic in numpy."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from sharpen.models.llama.engine import PLAIN, Engine, EngineSettings, Overlay

gguf = pytest.importorskip("gguf", reason="pip install 'sharpen[dev]' brings gguf")

WIDTH, INNER, LAYERS, HEADS, KV_HEADS = 32, 64, 2, 4, 2
SIZE = WIDTH // HEADS
THETA, EPSILON = 10000.0, 1e-5
BYTES = [*range(33, 127), *range(161, 173), *range(174, 256)]
LETTERS = {byte: chr(byte) for byte in BYTES} | {
    byte: chr(256 + place) for place, byte in enumerate(b for b in range(256) if b not in BYTES)
}
"""How byte-level vocabularies spell bytes; of ASCII alone, since the engine holds back half characters."""
TOKENS = ["<|end|>", *(LETTERS[byte] for byte in range(128)), "Ġr", "Ġre"]
MERGES = ["Ġ r", "Ġr e"]
ENGINE = EngineSettings(slots=1, context=256, threads=1)

Weights = dict[str, np.ndarray]


def weights(seed: int = 0) -> Weights:
    """Random parameters by their names in the hub's format."""
    generator = np.random.default_rng(seed)

    def draw(*shape: int) -> np.ndarray:
        return generator.normal(0, 0.25, shape).astype(np.float32)

    result = {
        "model.embed_tokens.weight": draw(len(TOKENS), WIDTH),
        "model.norm.weight": 1 + draw(WIDTH),
        "lm_head.weight": draw(len(TOKENS), WIDTH),
    }
    for layer in range(LAYERS):
        prefix = f"model.layers.{layer}"
        result |= {
            f"{prefix}.self_attn.q_proj.weight": draw(HEADS * SIZE, WIDTH),
            f"{prefix}.self_attn.k_proj.weight": draw(KV_HEADS * SIZE, WIDTH),
            f"{prefix}.self_attn.v_proj.weight": draw(KV_HEADS * SIZE, WIDTH),
            f"{prefix}.self_attn.o_proj.weight": draw(WIDTH, HEADS * SIZE),
            f"{prefix}.mlp.gate_proj.weight": draw(INNER, WIDTH),
            f"{prefix}.mlp.up_proj.weight": draw(INNER, WIDTH),
            f"{prefix}.mlp.down_proj.weight": draw(WIDTH, INNER),
            f"{prefix}.input_layernorm.weight": 1 + draw(WIDTH),
            f"{prefix}.post_attention_layernorm.weight": 1 + draw(WIDTH),
        }
    return result


def factors(rank: int = 3, seed: int = 1) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """A random adapter on every linear layer but the output."""
    generator = np.random.default_rng(seed)
    return {
        name.removesuffix(".weight"): (
            generator.normal(0, 0.2, (rank, values.shape[1])).astype(np.float32),
            generator.normal(0, 0.2, (values.shape[0], rank)).astype(np.float32),
        )
        for name, values in weights().items()
        if name.endswith("_proj.weight")
    }


def added(base: Weights, factors: dict[str, tuple[np.ndarray, np.ndarray]], scale: float) -> Weights:
    """The weights with an adapter in them."""
    return base | {
        f"{module}.weight": base[f"{module}.weight"] + scale * b @ a for module, (a, b) in factors.items()
    }


def write(path: Path, parameters: Weights, architecture: str = "llama") -> Path:
    """Write a GGUF file as llama.cpp's own converter would, in 32-bit floats."""
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_context_length(512)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_rope_freq_base(THETA)
    writer.add_rope_dimension_count(SIZE)
    writer.add_vocab_size(len(TOKENS))
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(TOKENS)
    writer.add_token_types([gguf.TokenType.CONTROL, *[gguf.TokenType.NORMAL] * (len(TOKENS) - 1)])
    writer.add_token_merges(MERGES)
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(0)
    writer.add_add_bos_token(False)
    for name, values in parameters.items():
        writer.add_tensor(gguf_name(name), gguf_order(name, values))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


PARTS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}
WHOLE = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}


def gguf_name(name: str) -> str:
    module = name.removesuffix(".weight")
    if module in WHOLE:
        return f"{WHOLE[module]}.weight"
    _, _, layer, part = module.split(".", 3)
    return f"blk.{layer}.{PARTS[part]}.weight"


def gguf_order(name: str, values: np.ndarray) -> np.ndarray:
    """Queries and keys: GGUF's rows 2i and 2i + 1 of a head are the hub's i and i + half."""
    if not name.endswith(("q_proj.weight", "k_proj.weight")):
        return values
    half = SIZE // 2
    inside = [i + part * half for i in range(half) for part in (0, 1)]
    rows = [head * SIZE + row for head in range(len(values) // SIZE) for row in inside]
    return np.ascontiguousarray(values[rows])


def log_probabilities(parameters: Weights, tokens: Sequence[int]) -> np.ndarray:
    """The model in numpy: (tokens, vocabulary)."""
    p, n = parameters, len(tokens)
    x = p["model.embed_tokens.weight"][list(tokens)]
    angles = np.arange(n)[:, None] * THETA ** (-np.arange(0, SIZE, 2) / SIZE)
    cos, sin = (np.tile(f(angles), 2) for f in (np.cos, np.sin))

    def norm(values: np.ndarray, name: str) -> np.ndarray:
        return values / np.sqrt((values**2).mean(-1, keepdims=True) + EPSILON) * p[name]

    def turn(values: np.ndarray) -> np.ndarray:
        left, right = np.split(values, 2, axis=-1)
        return values * cos + np.concatenate([-right, left], axis=-1) * sin

    def heads(values: np.ndarray, name: str, count: int) -> np.ndarray:
        return (values @ p[name].T).reshape(n, count, SIZE).swapaxes(0, 1)

    for layer in range(LAYERS):
        at, mlp = f"model.layers.{layer}.self_attn", f"model.layers.{layer}.mlp"
        h = norm(x, f"model.layers.{layer}.input_layernorm.weight")
        q = turn(heads(h, f"{at}.q_proj.weight", HEADS))
        k = turn(heads(h, f"{at}.k_proj.weight", KV_HEADS)).repeat(HEADS // KV_HEADS, axis=0)
        v = heads(h, f"{at}.v_proj.weight", KV_HEADS).repeat(HEADS // KV_HEADS, axis=0)
        scores = q @ k.swapaxes(1, 2) / np.sqrt(SIZE) + np.triu(np.full((n, n), -np.inf), 1)
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (shares / shares.sum(-1, keepdims=True)) @ v
        x = x + mixed.swapaxes(0, 1).reshape(n, -1) @ p[f"{at}.o_proj.weight"].T
        h = norm(x, f"model.layers.{layer}.post_attention_layernorm.weight")
        gate = h @ p[f"{mlp}.gate_proj.weight"].T
        x = (
            x
            + (gate / (1 + np.exp(-gate)) * (h @ p[f"{mlp}.up_proj.weight"].T))
            @ p[f"{mlp}.down_proj.weight"].T
        )
    logits = norm(x, "model.norm.weight") @ p["lm_head.weight"].T
    logits = logits - logits.max(-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))


def engine_log_probabilities(
    path: Path, states: Path, prompt: Sequence[int], overlay: Overlay = PLAIN, steps: int = 6
) -> tuple[list[int], list[float]]:
    """What the engine says greedily after ``prompt``: tokens, and the log-probability of each."""
    engine = Engine(path, ENGINE, states, overlay)
    try:
        body = {
            "prompt": list(prompt),
            "max_tokens": steps,
            "temperature": 0,
            "logprobs": 1,
            "ignore_eos": True,
        }
        (choice,) = engine._server.handle_completions(body)["choices"]
    finally:
        engine.close()
    message = choice["logprobs"]["content"]
    assert len(message) == steps
    return [one["id"] for one in message], [one["logprob"] for one in message]
