"""What models cost: a file of prices that the user keeps, and what a run has spent by them.

``SHARPEN_HOME/prices.toml`` (else the XDG data directory, under ``sharpen``)::

    ["gpt-5-mini"]            # the name that the server has for the model
    prompt = 0.25             # USD for a million tokens
    cached = 0.025            # of the prompt, where the server had them already; as prompt if not given
    completion = 2.00

Prices are recorded with a run when it begins or resumes, so a report shows what was paid then.
"""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from sharpen.errors import DataError, first_fault
from sharpen.files.disk import read_text
from sharpen.files.download import data_home
from sharpen.journal.keys import served_name
from sharpen.journal.rows import ModelTokens


class Price(BaseModel):
    """USD for a million tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    prompt: float = Field(ge=0)
    completion: float = Field(ge=0)
    cached: float | None = Field(default=None, ge=0)

    def usd(self, prompt_tokens: float, cached_tokens: float, completion_tokens: float) -> float:
        """Return the cost; cached tokens are some of the prompt's."""
        cached = self.prompt if self.cached is None else self.cached
        fresh = (prompt_tokens - cached_tokens) * self.prompt + cached_tokens * cached
        return (fresh + completion_tokens * self.completion) / 1e6


Prices = Mapping[str, Price]
"""By the name that a server has for the model, or a local model's own; see :func:`name_of`."""
_FILE: TypeAdapter[dict[str, Price]] = TypeAdapter(dict[str, Price])


def path() -> Path:
    """Return where the user's prices are."""
    return data_home() / "prices.toml"


def known(models: Iterable[str]) -> Prices:
    """Return the prices of those models that the user's file names.

    Raises:
        DataError: the file cannot be read.
    """
    file = path()
    if not file.is_file():
        return {}
    try:
        prices = _FILE.validate_python(tomllib.loads(read_text(file)))
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{file} is not TOML: {error}") from error
    except ValidationError as error:
        fault = first_fault(error)
        raise DataError(f"{file}: {fault}; a price is USD for a million tokens") from error
    return {name: prices[name] for name in map(name_of, models) if name in prices}


def name_of(model: str) -> str:
    """Return the name under which a model's price is: no address of a server is part of it."""
    return served_name(model) or model


def cost(prices: Prices, spent: Iterable[ModelTokens]) -> float:
    """Return what tokens cost, in USD; those of a model without a price cost nothing."""
    priced = [(prices[name], each) for each in spent if (name := name_of(each.model)) in prices]
    return sum(price.usd(each.prompt, each.cached, each.completion) for price, each in priced)


def recorded(given: object) -> Prices:
    """Return the prices that a run's configuration holds."""
    return _FILE.validate_python(given or {})
