"""Recorded completions in place of a model: exact, free, and with the same keys as the original run."""

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from sharpen.errors import NotRecordedError, UsageError
from sharpen.journal.journal import Journal
from sharpen.journal.keys import is_same_model, served_name
from sharpen.types import Completion, Prompt, Sampling


class Replay:
    """A model of an earlier run, behind the ``Model`` protocol.

    Its identity is the recorded one, so that a journal written from a replay has the original's keys.
    """

    def __init__(self, directory: Path, name: str | None = None) -> None:
        """Open the journal in ``directory``; ``name`` chooses among several models that answered there.

        Raises:
            JournalError: there is no run.
            UsageError: no model of that name answered, or several did and none is named. One model at several
                addresses is one.
        """
        self._journal = Journal.read(directory)
        known = self._journal.models()
        chosen = [one for one in known if name in (None, one)]
        chosen = chosen or [one for one in known if is_same_model(one, str(name))]
        if not chosen or len({served_name(known[one]) or known[one] for one in chosen}) > 1:
            self._journal.close()
            raise UsageError(
                f"{directory} holds answers of {', '.join(sorted(known)) or 'no model'}: "
                "name one as replay:RUN#MODEL"
            )
        self.name = chosen[0]
        self.identity = known[self.name]

    async def sample(
        self, prompt: Prompt, sampling: Sampling, indices: Sequence[int]
    ) -> AsyncGenerator[tuple[int, Completion], None]:
        """Yield the recorded samples.

        Raises:
            NotRecordedError: one of them was never drawn.
        """
        recorded = self._journal.completions(self.identity, prompt, sampling, indices)
        for index in indices:
            if index not in recorded:
                raise NotRecordedError(
                    f"{self._journal.path} holds no sample {index} of {self.name} for this prompt and "
                    "sampling: replay with the run's own configuration"
                )
            yield index, recorded[index]

    async def close(self) -> None:
        """Close the journal."""
        self._journal.close()
