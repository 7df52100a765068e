"""One model behind several servers: ``http://a:8000/v1,http://b:8000/v1#NAME``.

All samples of a call go to one server, the one with the fewest under way, so that it evaluates their prompt
once. A server that is gone is left out from then on, with a warning, and the others draw what it did not.
"""

import os
import warnings
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing

from sharpen.errors import ModelUnavailableError, UsageError
from sharpen.models.openai.client import OpenAIModel
from sharpen.models.openai.options import DEFAULT_OPTIONS, ServerOptions
from sharpen.types import Completion, Prompt, Sampling


class Servers:
    """Several servers of one model. It holds their connections: close it."""

    def __init__(self, spec: str, servers: Sequence[OpenAIModel]) -> None:
        self._spec = spec
        self._servers, self._all = list(servers), tuple(servers)
        self._under_way: Counter[OpenAIModel] = Counter()

    @classmethod
    def open(
        cls, spec: str, options: ServerOptions = DEFAULT_OPTIONS, environ: Mapping[str, str] = os.environ
    ) -> "Servers":
        """Return the servers that ``spec`` names.

        Raises:
            UsageError: the model is not named, or an address is none.
        """
        urls, _, name = spec.partition("#")
        if not name:
            raise UsageError(f"{spec} has to name the model of all servers, as in {urls}#NAME")
        return cls(
            spec, [OpenAIModel.open(f"{url.strip()}#{name}", options, environ) for url in urls.split(",")]
        )

    @property
    def name(self) -> str:
        """The spec string that a user typed."""
        return self._spec

    @property
    def identity(self) -> str:
        """The servers' name for the model: each of them serves the same."""
        return self._all[0].identity

    async def sample(
        self, prompt: Prompt, sampling: Sampling, indices: Sequence[int]
    ) -> AsyncGenerator[tuple[int, Completion], None]:
        """Draw the samples at one server; what it did not give when it went, at another.

        Raises:
            ContextOverflowError: the prompt does not fit.
            ModelUnavailableError: no server is left.
            ModelError: a server failed on this prompt.
        """
        missing = list(indices)
        while missing:
            server = min(self._servers, key=self._under_way.__getitem__)
            count = len(missing)
            self._under_way[server] += count
            try:
                async with aclosing(server.sample(prompt, sampling, tuple(missing))) as samples:
                    async for index, completion in samples:
                        missing.remove(index)
                        yield index, completion
            except ModelUnavailableError as error:
                self._leave_out(server, error)
            finally:
                self._under_way[server] -= count

    def _leave_out(self, server: OpenAIModel, error: ModelUnavailableError) -> None:
        """Ask a server no more. Raises ``error`` where it was the last."""
        if self._servers == [server]:
            raise error
        if server in self._servers:  # another call may have removed it
            self._servers.remove(server)
            warnings.warn(f"{server.name} is left out from here on: {error}", RuntimeWarning, stacklevel=2)

    async def close(self) -> None:
        """Close the connections."""
        for server in self._all:
            await server.close()
