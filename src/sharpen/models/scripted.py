"""A model with a script of answers, for unit tests. It does not imitate a real one."""

import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

from sharpen.errors import ModelError, NotRecordedError
from sharpen.types import Completion, Prompt, Sampling

Answer = str | ModelError
Script = Mapping[str, Answer | Sequence[Answer]] | Callable[[Prompt, int], Answer]


class Scripted:
    """Answers by the last message, or by the string, of a prompt; or by a function of prompt and index.

    Sample ``i`` gets answer ``i`` of a list, over and over; an answer that is an exception is raised.
    A "token" here is a run of characters without white space: deterministic, and like no real engine's.

    Attributes:
        asked: every prompt and sample index, in the order of the requests.
    """

    def __init__(self, script: Script, name: str = "scripted") -> None:
        self._script = script
        self._name = name
        self.requests: list[tuple[Prompt, int]] = []

    @property
    def name(self) -> str:
        """The name given."""
        return self._name

    @property
    def identity(self) -> str:
        """The name given: two scripts of one name are one model to a journal."""
        return f"scripted:{self._name}"

    async def sample(
        self, prompt: Prompt, sampling: Sampling, indices: Sequence[int]
    ) -> AsyncGenerator[tuple[int, Completion], None]:
        """Yield the answers in the order of ``indices``, cut after ``max_tokens`` words.

        Raises:
            NotRecordedError: the script has no answer to the prompt.
            ModelError: the script's answer is one.
        """
        for index in indices:
            self.requests.append((prompt, index))
            answer = self._answer(prompt, index)
            if isinstance(answer, ModelError):
                raise answer
            yield index, self._completion(prompt, sampling, answer)

    async def close(self) -> None:
        """Do nothing: nothing is held."""

    def _answer(self, prompt: Prompt, index: int) -> Answer:
        if callable(self._script):
            return self._script(prompt, index)
        question = prompt if isinstance(prompt, str) else prompt[-1].content
        if question not in self._script:
            raise NotRecordedError(f"the script of {self._name} has no answer to {question!r}")
        answer = self._script[question]
        return answer if isinstance(answer, str | ModelError) else answer[index % len(answer)]

    def _completion(self, prompt: Prompt, sampling: Sampling, answer: str) -> Completion:
        texts = [prompt] if isinstance(prompt, str) else [message.content for message in prompt]
        ends = [word.end() for word in re.finditer(r"\S+", answer)]
        cut = len(ends) > sampling.max_tokens
        return Completion(
            text=answer[: ends[sampling.max_tokens - 1]] if cut else answer,
            prompt_tokens=sum(len(text.split()) for text in texts),
            cached_tokens=0,
            completion_tokens=min(len(ends), sampling.max_tokens),
            finish_reason="length" if cut else "stop",
            model=self._name,
            seconds=0.0,
        )
