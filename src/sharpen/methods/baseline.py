"""The i.i.d. baseline of self-repair: what the tokens of the repairs buy when they are spent on more samples.

The first n_p programs of a repair tree are i.i.d. samples already, and where one of them passes there is
nothing to repair. So only problems that they leave unsolved need further samples, which are drawn until they
cost as many tokens as the feedback and the repairs. :mod:`sharpen.estimate.equal_tokens` says how the two
compare.
"""

from sharpen.estimate import tokens_below
from sharpen.journal.layout import Size
from sharpen.journal.trees import grow
from sharpen.run.run import Run
from sharpen.types import Problem, Prompt


async def draw_baseline(problem: Problem, run: Run, size: Size, prompt: Prompt) -> None:
    """Draw samples of ``problem`` to the tokens of all feedback and repairs in its recorded tree.

    ``prompt`` is that of the first programs.
    """
    tree = grow(run.journal.nodes(problem.id), size, run.directory.name, problem.id)
    left, per_sample = float(tokens_below(tree)), max(1.0, float(tree.tokens.mean()))
    index = size.n_p
    while left > 0:
        wanted = range(index, index + max(1, int(left / per_sample)))
        drawn = await run.programs(problem, prompt, wanted, stage="baseline")
        left -= sum(max(1, node.tokens) for node in drawn)
        index = wanted.stop
