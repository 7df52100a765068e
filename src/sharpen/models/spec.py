"""The words that name a model, and the kinds of model behind them."""

import difflib
from pathlib import Path

from sharpen.errors import UsageError
from sharpen.files.download import DownloadProgress
from sharpen.installed import installed
from sharpen.models.base import Model
from sharpen.models.openai.endpoint import is_server
from sharpen.models.openai.options import DEFAULT_OPTIONS, ServerOptions

KINDS = (
    "a name of the weight store",
    "qwen2.5-coder-0.5b+repair",
    "FILE.gguf",
    "the directory of a training run",
    "torch: and one of these four",
    "openai:NAME",
    "http://host:port/v1#NAME",
    "several such addresses with commas before the #",
    "unix:/path/of/socket#NAME",
    "replay:RUN",
    "NAME:WORD of an installed package",
)

SERVED = ("gpt-", "chatgpt-", "o1", "o3", "o4")
"""How the names of OpenAI's models begin."""


def open_model(
    spec: str, progress: DownloadProgress | None = None, server: ServerOptions = DEFAULT_OPTIONS
) -> Model:
    """Return the model that ``spec`` names; only the module that this kind of model needs is loaded.

    ``progress`` hears how far a download of weights is, where one is needed; ``server`` is for models on
    servers.

    Raises:
        UsageError: nothing is called so.
        FetchError: its weights cannot be had.
        JournalError: the run to be replayed cannot be read.
        ModelError: the model cannot be loaded, or its server does not answer.
    """
    if is_server(spec):
        from sharpen.models.openai.client import OpenAIModel
        from sharpen.models.openai.pool import Servers

        several = "," in spec.partition("#")[0]
        return Servers.open(spec, server) if several else OpenAIModel.open(spec, server)
    if spec.startswith("replay:"):
        from sharpen.models.replay import Replay

        run, _, model = spec.removeprefix("replay:").partition("#")
        return Replay(Path(run), model or None)
    if (of_package := installed("models").get(spec.partition(":")[0])) is not None:
        from sharpen.models.function import as_model

        return as_model(of_package.load()(spec.partition(":")[2]), spec)
    return _embedded(spec, progress)


def _embedded(spec: str, progress: DownloadProgress | None) -> Model:
    from sharpen.models.batched import PREFIX
    from sharpen.models.finetuned import SHIPPED, directory_of
    from sharpen.models.weights import STORE

    weights = spec.removeprefix(PREFIX)
    if not weights.endswith(".gguf") and weights not in STORE and directory_of(weights) is None:
        raise _unknown(weights, [*STORE, *SHIPPED, *installed("models")])
    if spec.startswith(PREFIX):
        from sharpen.models.batched.model import Batched

        return Batched.open(weights, progress)
    from sharpen.models.llama.model import Llama

    return Llama.open(spec, progress)


def _unknown(spec: str, names: list[str]) -> UsageError:
    if spec.startswith(SERVED):
        return UsageError(f"no local model is called {spec}: did you mean openai:{spec}?")
    close = difflib.get_close_matches(spec, names, n=1)
    hint = f"did you mean {close[0]}?" if close else f"the weight store has {', '.join(sorted(names))};"
    return UsageError(f"no model is called {spec}: {hint} a model is {', '.join(KINDS[:-1])} or {KINDS[-1]}")
