"""Make code models better by running what they write.

``run = await sharpen.repair("humaneval", model="qwen2.5-coder-0.5b", n_p=4, n_fr=2, limit=20)``
"""

from sharpen.api import Results, align, reflexion, repair, run_sync, sample, structure
from sharpen.errors import SharpenError
from sharpen.methods.reflexion.loop import Reflexion
from sharpen.methods.repair import Repair
from sharpen.methods.sample import Sample
from sharpen.methods.structure import Structure
from sharpen.run.config import Budget
from sharpen.run.run import Run
from sharpen.selfcodealign.generate.pipeline import Align
from sharpen.types import Completion, Message, Node, Problem, Program, Sampling, Suite, Verdict

__all__ = [
    "Align",
    "Budget",
    "Completion",
    "Message",
    "Node",
    "Problem",
    "Program",
    "Reflexion",
    "Repair",
    "Results",
    "Run",
    "Sample",
    "Sampling",
    "SharpenError",
    "Structure",
    "Suite",
    "Verdict",
    "align",
    "reflexion",
    "repair",
    "run_sync",
    "sample",
    "structure",
]
