"""What every run takes: the options of all methods, and budgets."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveInt,
    model_validator,
)

from sharpen import prices
from sharpen.errors import BudgetExhaustedError, UsageError
from sharpen.journal.rows import Spent
from sharpen.models.openai.endpoint import is_server, refuse_secrets
from sharpen.models.openai.options import ServerOptions
from sharpen.prices import Price, Prices
from sharpen.types import Sampling

NoneWord = BeforeValidator(lambda value: None if value == "none" else value)
"""Reads the word ``none`` of the command line: requests to a server leave the option out."""
Temperature = Annotated[float | None, Field(ge=0), NoneWord]
FAILING = 0.5
"""Share of programs that are taken to fail before any has run."""
TopP = Annotated[float | None, Field(gt=0, le=1), NoneWord]


def _check_shard(value: str) -> str:
    number, _, count = value.partition("/")
    if value and not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise ValueError("a shard is written 3/16: the third of sixteen parts")
    return value


Shard = Annotated[str, AfterValidator(_check_shard)]


class RunConfig(BaseModel):
    """The options of every method. A subclass adds those of one method."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )

    method: ClassVar[str]
    resumable: ClassVar[frozenset[str]] = frozenset({"limit", "ids", "shard", "concurrency", "sandbox"})
    """Options that may change when a run resumes: recorded answers stay valid under any value of them."""

    benchmark: str = ""
    """Name (humaneval, mbpp+, apps/competition) or PATH.jsonl in HumanEval's format."""
    model: str
    """The model that writes programs: a local model's name, FILE.gguf, openai:NAME or URL#NAME."""
    temperature: Temperature = 0.8
    """Sampling temperature, 0 is greedy; the self-repair paper uses 0.8. The word none: do not send it."""
    top_p: TopP = 0.95
    """Nucleus mass. The word none: do not send it."""
    max_tokens: PositiveInt = 512
    """Completion tokens per answer, at most."""
    seed: Annotated[int | None, NoneWord] = 0
    """Seed of all samples. The word none: do not send it."""
    limit: PositiveInt | None = None
    """Run N evenly spaced problems; raising N keeps the earlier ones. All if not given."""
    ids: tuple[str, ...] = ()
    """Only these problems."""
    shard: Shard = ""
    """3/16: the third of sixteen parts of the problems, in a run of its own; see `sharpen merge`."""
    concurrency: PositiveInt = 16
    """Problems that are worked on at once."""
    sandbox: Literal["local", "ray"] = "local"
    """Run programs on this machine or on a Ray cluster; verdicts are the same."""
    server: ServerOptions = ServerOptions()
    """Requests to OpenAI-compatible servers."""

    @model_validator(mode="after")
    def _check_server(self) -> Self:
        for spec in self.models:
            refuse_secrets(spec)
        if self.server.determining and not any(map(is_server, self.models)):
            raise ValueError("the options of --server are for servers, and the run asks none: leave them out")
        return self

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """Return every option that has a default, as plain data: a run recorded before it lacks it."""
        blank: dict[str, Any] = {name: "" for name, field in cls.model_fields.items() if field.is_required()}
        plain = cls.model_construct(**blank).model_dump(mode="json", warnings=False)
        return {name: value for name, value in plain.items() if name not in blank}

    @property
    def sampling(self) -> Sampling:
        """How every completion of the run is drawn."""
        return Sampling(
            self.temperature,
            self.top_p,
            self.max_tokens,
            seed=self.seed,
            fields=self.server.request_fields,
            headers=self.server.request_headers,
        )

    @property
    def choice_seed(self) -> int:
        """The seed of what sharpen itself draws (examples, arms): 0 where none is sent to the model."""
        return self.seed or 0

    @property
    def determining(self) -> dict[str, Any]:
        """The options that determine outcomes and are not at their default, as plain data.

        So an option that is added later leaves the outcomes of older runs as they are.
        """
        fixed = self.model_dump(mode="json", exclude={*RunConfig.resumable, "server"}, exclude_defaults=True)
        server = self.server.determining
        return fixed | ({"server": server} if server else {})

    @property
    def determining_files(self) -> tuple[Path, ...]:
        """The files whose content determines outcomes, as the options do."""
        return ()

    @property
    def answers_per_problem(self) -> float:
        """Completions that a problem is likely to take, before any is drawn: for progress and --dry-run."""
        return 1.0

    @property
    def models(self) -> frozenset[str]:
        """The specs of all models that the run asks."""
        return frozenset({self.model})


class Budget(BaseModel):
    """Caps for the whole run, over all the processes that ever worked on it, except ``seconds``."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    tokens: PositiveInt | None = None
    """Prompt and completion tokens."""
    executions: PositiveInt | None = None
    """Programs run on a suite of tests."""
    seconds: float | None = Field(default=None, gt=0)
    """Time on the clock of this process."""
    usd: float | None = Field(default=None, gt=0)
    """Money, by the prices below, or by those of the user's file of prices (docs/models.md)."""
    prompt_price: float = Field(default=0.0, ge=0)
    """USD per million prompt tokens."""
    completion_price: float = Field(default=0.0, ge=0)
    """USD per million completion tokens."""

    def prices(self, models: Collection[str]) -> Prices:
        """Return what models cost: by the prices given here, else by those of the user's file.

        Raises:
            UsageError: there is a budget of usd and a model on a server has no price.
            DataError: the file cannot be read.
        """
        if self.prompt_price or self.completion_price:
            price = Price(prompt=self.prompt_price, completion=self.completion_price)
            return dict.fromkeys(map(prices.name_of, models), price)
        known = prices.known(models)
        lacking = [model for model in models if prices.name_of(model) not in known and is_server(model)]
        if self.usd is not None and (lacking or not known):
            named = prices.name_of(min(lacking or models))
            raise UsageError(
                f"a budget of usd needs prices, or it never ends the run: add {named} to {prices.path()}, or "
                "give --budget.prompt-price and --budget.completion-price, in USD per million tokens"
            )
        return known

    def check(self, spent: Spent, seconds: float, usd: float = 0.0, *, executing: bool = False) -> None:
        """Raise BudgetExhaustedError, naming the cap, when one is reached.

        Before a program is run (``executing``) caps of tokens and money do not count: its answer is paid for.
        """
        tokens = spent.prompt_tokens + spent.completion_tokens
        for name, cap, value in (
            ("tokens", self.tokens, tokens),
            ("executions", self.executions, spent.executions),
            ("seconds", self.seconds, seconds),
            ("usd", self.usd, usd),
        ):
            if executing and name in ("tokens", "usd"):
                continue
            if cap is not None and value >= cap:
                raise BudgetExhaustedError(
                    f"the budget of {cap:g} {name} is spent; raise --budget.{name} to go on"
                )
