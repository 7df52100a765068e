import pytest

from sharpen.errors import JournalError, ModelUnavailableError, UsageError
from sharpen.journal.journal import Journal
from sharpen.models.spec import KINDS, open_model
from sharpen.types import Completion, Sampling

pytestmark = pytest.mark.anyio


async def test_an_address():
    model = open_model("http://127.0.0.1:8000/v1#coder")
    assert model.name == "http://127.0.0.1:8000/v1#coder"
    await model.close()


async def test_openai(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    model = open_model("openai:gpt-5-mini")
    assert model.identity == "served:gpt-5-mini"
    await model.close()


@pytest.mark.parametrize("name", ["", "#coder"])
async def test_a_replay(tmp_path, name):
    recorded = Completion("yes", 1, 0, 1, "stop", "coder", 0.1)
    with Journal.write(tmp_path) as journal:
        journal.record_completion("server#coder", "Well?", Sampling(), 0, recorded)
    model = open_model(f"replay:{tmp_path}{name}")
    assert model.identity == "server#coder"
    assert [drawn async for drawn in model.sample("Well?", Sampling(), [0])] == [(0, recorded)]
    await model.close()


def test_a_replay_of_nothing(tmp_path):
    with pytest.raises(JournalError):
        open_model(f"replay:{tmp_path}/nothing")


def test_a_file_that_is_not_there():
    with pytest.raises(ModelUnavailableError, match=r"no file \./missing\.gguf"):
        open_model("./missing.gguf")


@pytest.mark.model
async def test_a_file(smollm2):
    model = open_model(str(smollm2))
    assert model.identity == "sha256:b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
    await model.close()


def test_a_slip_of_the_pen_is_guessed():
    with pytest.raises(UsageError, match=r"qwen2\.5-coder-05b: did you mean qwen2\.5-coder-0\.5b\?"):
        open_model("qwen2.5-coder-05b")


def test_an_unknown_word_is_told_what_is_known():
    with pytest.raises(UsageError, match=r"the weight store has .*smollm2-135m") as caught:
        open_model("claude")
    assert all(kind in str(caught.value) for kind in KINDS)


@pytest.mark.parametrize("spec", ["ftp://host/v1#m", "http:///v1#m"])
def test_an_address_that_is_none(spec):
    with pytest.raises(UsageError, match="not a server's address"):
        open_model(spec)


def test_a_model_of_openai_is_suggested_with_its_prefix():
    with pytest.raises(UsageError, match=r"did you mean openai:gpt-4o\?"):
        open_model("gpt-4o")
