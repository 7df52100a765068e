"""A fine-tuned model by its training's directory, in the real engine."""

import json
import subprocess
import sys
from pathlib import Path

import jinja2
import pytest

from sharpen.errors import ModelUnavailableError
from sharpen.files.download import sha256_of
from sharpen.models import finetuned as tuned
from sharpen.models.finetuned import Tuned, open_tuned
from sharpen.models.llama.engine import Engine, Overlay
from sharpen.models.spec import open_model
from sharpen.selfcodealign.train.gguf import read_base, write_adapter, write_merged
from sharpen.selfcodealign.train.pairs import template
from sharpen.types import Message, Sampling
from tests.selfcodealign import tiny

pytestmark = pytest.mark.anyio

PROMPT = "def f(x):\n    re"
TURNS = [
    {"role": "user", "content": "Add <b> & {{ 1 }}."},
    {"role": "assistant", "content": "```python\nx\n```"},
    {"role": "user", "content": "Again."},
]


@pytest.fixture
def base(tmp_path):
    return tiny.write(tmp_path / "base.gguf", tiny.weights())


def record(directory, weights, asked="", seed=1, **changes):
    """What a training leaves that learned a random adapter."""
    directory.mkdir()
    write_adapter(directory / "adapter.gguf", read_base(weights), tiny.factors(seed=seed), 6)
    values = {
        "base": str(weights),
        "base_sha256": sha256_of(weights),
        "adapter": "adapter.gguf",
        "sha256": sha256_of(directory / "adapter.gguf"),
        "template": asked,
    }
    tuned.write(directory, Tuned(**values | changes))
    return directory


async def drawn(spec, prompt=PROMPT):
    model = open_model(str(spec))
    try:
        ((_, completion),) = [one async for one in model.sample(prompt, Sampling(0.0, 1.0, 12), [0])]
    finally:
        await model.close()
    return completion


async def test_a_training_run_is_a_model_that_answers_with_its_adapter(base, tmp_path):
    run = record(tmp_path / "run", base)
    merged = tiny.write(tmp_path / "merged.gguf", tiny.added(tiny.weights(), tiny.factors(), 2.0))
    text = (await drawn(run)).text
    assert text == (await drawn(merged)).text
    assert text != (await drawn(base)).text


async def test_merged_weights_are_loaded_without_their_base(base, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    write_merged(run / "model.gguf", read_base(base), tiny.added(tiny.weights(), tiny.factors(), 2.0))
    sha256 = sha256_of(run / "model.gguf")
    tuned.write(run, Tuned(base=str(base), base_sha256="0" * 64, merged="model.gguf", sha256=sha256))
    base.unlink()
    assert (await drawn(run)).completion_tokens == 12
    assert open_model(str(run)).identity == f"sha256:{sha256}"


async def test_the_identity_changes_with_whatever_changes_the_answers(base, tmp_path):
    runs = [
        base,
        record(tmp_path / "a", base),
        record(tmp_path / "b", base, seed=2),
        record(tmp_path / "c", base, asked=template("instruction")),
        record(tmp_path / "d", base, asked="{{ messages[0].content }}"),
    ]
    identities = [open_model(str(run)).identity for run in runs]
    assert len(set(identities)) == len(runs)
    assert all(identity.startswith(f"sha256:{sha256_of(base)}") for identity in identities)
    assert identities[1] == f"sha256:{sha256_of(base)}+lora:{sha256_of(runs[1] / 'adapter.gguf')}"


ROOT = Path(__file__).parents[2]
RENDER = """
import json, os, sys, urllib.request
from pathlib import Path
from sharpen.models.llama.engine import Engine, Overlay
from sharpen.selfcodealign.train.pairs import template
from tests.selfcodealign import tiny

base, folder, turns = sys.argv[1:]
engine = Engine(Path(base), tiny.ENGINE, Path(folder), Overlay(template=template("instruction")))
request = urllib.request.Request(
    f"{engine._server.listening_address}/apply-template",
    json.dumps({"messages": json.loads(turns)}).encode(),
    {"Authorization": f"Bearer {engine._key}", "Content-Type": "application/json"},
)
with urllib.request.urlopen(request) as response:
    print(json.dumps(json.loads(response.read())["prompt"]), flush=True)
os._exit(0)
"""


def test_the_engine_renders_messages_in_the_form_of_the_training(base, tmp_path):
    # In a process of its own: one that has run other engines and torch has hung where this one was closed.
    words = [sys.executable, "-c", RENDER, str(base), str(tmp_path), json.dumps(TURNS)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT, timeout=300)
    rendered = json.loads(done.stdout)
    # As transformers does it in training.
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)
    expected = environment.from_string(template("instruction")).render(
        messages=TURNS, add_generation_prompt=True, eos_token="<|end|>"
    )
    assert rendered == expected
    assert expected.endswith("### Instruction\nAgain.\n\n### Response\n")
    assert "### Instruction\nAdd <b> & {{ 1 }}.\n\n### Response\n```python\nx\n```<|end|>\n\n###" in expected


async def test_messages_are_asked_in_the_form_of_the_training(base, tmp_path):
    plain = record(tmp_path / "plain", base, asked="{% for m in messages %}{{ m.content }}{% endfor %}")
    short = await drawn(plain, (Message("user", PROMPT),))
    longer = await drawn(
        record(tmp_path / "long", base, asked=template("instruction")), (Message("user", PROMPT),)
    )
    assert short.prompt_tokens == (await drawn(plain)).prompt_tokens
    assert longer.prompt_tokens > short.prompt_tokens + 20


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"base_sha256": "0" * 64}, "was trained from .* with SHA-256 0000"),
        ({"sha256": "0" * 64}, "its training wrote 0000.*: it is damaged"),
        ({"adapter": "gone.gguf"}, r"gone\.gguf is gone"),
        ({"base": "/nowhere/base.gguf"}, r"no file /nowhere/base\.gguf"),
    ],
)
def test_files_that_are_not_those_of_the_training(base, tmp_path, changes, sentence):
    with pytest.raises(ModelUnavailableError, match=sentence):
        open_tuned(record(tmp_path / "run", base, **changes))


def test_a_record_that_is_none(tmp_path):
    (tmp_path / "tuned.json").write_text('{"base": 3}')
    with pytest.raises(ModelUnavailableError, match="is not a record of a training"):
        open_tuned(tmp_path)


async def test_an_adapter_that_the_engine_cannot_load_is_named(base, tmp_path):
    adapter = tmp_path / "adapter.gguf"
    write_adapter(adapter, read_base(base), {}, 6)
    adapter.write_bytes(adapter.read_bytes()[:40])
    with pytest.raises(ModelUnavailableError, match=r"cannot load .*base\.gguf with .*adapter\.gguf"):
        Engine(base, tiny.ENGINE, tmp_path, Overlay(adapter))
