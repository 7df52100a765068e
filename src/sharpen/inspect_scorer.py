"""sharpen's sandbox as a scorer of Inspect; needs ``pip install 'sharpen[inspect]'``.

::

    Task(dataset=..., solver=generate(), scorer=passes("humaneval"))

The id of a sample is the problem's id in the benchmark, whose hidden tests decide.
"""

from sharpen.extras import extra
from sharpen.rewards import Reward

extra("inspect_ai", "inspect")

from inspect_ai.scorer import (  # noqa: E402 - after the sentence that says how to install it
    CORRECT,
    INCORRECT,
    Score,
    Scorer,
    Target,
    accuracy,
    scorer,
    stderr,
)
from inspect_ai.solver import TaskState  # noqa: E402


@scorer(metrics=[accuracy(), stderr()])
def passes(benchmark: str, service: str = "") -> Scorer:
    """Return a scorer: correct where the program in the answer passes the benchmark's hidden tests.

    Args:
        benchmark: its word.
        service: the address of a ``sharpen sandbox serve``; this process's sandbox if not given.

    Raises:
        UsageError: there is no such benchmark, or no token for the service.
    """
    reward = Reward(benchmark, service=service)

    async def score(state: TaskState, target: Target) -> Score | None:  # noqa: ARG001 - what Inspect calls
        answer = state.output.completion
        requests = reward.requests([answer], {"id": [str(state.sample_id)]})
        (value,) = await reward.rewards(requests)
        return None if value is None else Score(value=CORRECT if value else INCORRECT, answer=answer)

    return score
