"""Make code models better by running what they write.

``run = await sharpen.repair("humaneval", model="qwen2.5-coder-0.5b", n_p=4, n_fr=2, limit=20)``

Every verb of the command line is a function here: ``sharpen models pull`` is :func:`models_pull`. Names are
imported when they are first used, so that ``import sharpen`` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sharpen.align_verbs import (
        align,
        align_concepts,
        align_instructions,
        align_responses,
        align_seeds,
        align_select,
        align_train,
        align_validate,
    )
    from sharpen.api import (
        benchmarks_list,
        benchmarks_pull,
        benchmarks_show,
        compare,
        demo,
        doctor,
        export,
        merge,
        models_list,
        models_pull,
        push,
        recorded,
        replay,
        report,
        runs,
        sandbox_serve,
        schema,
        score,
        show,
        validate,
        verify,
        view,
    )
    from sharpen.errors import SharpenError
    from sharpen.execution import run_sync
    from sharpen.improve_verbs import improve, improve_rows
    from sharpen.improvement.plan import Improve
    from sharpen.methods.reflexion.loop import Reflexion
    from sharpen.methods.repair import Repair
    from sharpen.methods.sample import Sample
    from sharpen.methods.structure import Structure
    from sharpen.models.function import Answer
    from sharpen.results import Results
    from sharpen.run.config import Budget
    from sharpen.run.method import Method
    from sharpen.run.run import Run
    from sharpen.selfcodealign.generate.pipeline import Align
    from sharpen.selfcodealign.train.recipe import Train
    from sharpen.selfcodealign.validate.gates import Rules
    from sharpen.serve.options import Serve
    from sharpen.types import Completion, Message, Node, Problem, Program, Sampling, Suite, Verdict
    from sharpen.verbs import reflexion, repair, sample, structure
    from sharpen.viewer.options import View

_HOMES = {
    "sharpen.align_verbs": (
        "align",
        "align_concepts",
        "align_instructions",
        "align_responses",
        "align_seeds",
        "align_select",
        "align_train",
        "align_validate",
    ),
    "sharpen.api": (
        "benchmarks_list",
        "benchmarks_pull",
        "benchmarks_show",
        "compare",
        "demo",
        "doctor",
        "export",
        "merge",
        "models_list",
        "models_pull",
        "push",
        "recorded",
        "replay",
        "report",
        "runs",
        "sandbox_serve",
        "schema",
        "score",
        "show",
        "validate",
        "verify",
        "view",
    ),
    "sharpen.errors": ("SharpenError",),
    "sharpen.execution": ("run_sync",),
    "sharpen.improve_verbs": ("improve", "improve_rows"),
    "sharpen.improvement.plan": ("Improve",),
    "sharpen.methods.reflexion.loop": ("Reflexion",),
    "sharpen.methods.repair": ("Repair",),
    "sharpen.methods.sample": ("Sample",),
    "sharpen.methods.structure": ("Structure",),
    "sharpen.models.function": ("Answer",),
    "sharpen.results": ("Results",),
    "sharpen.run.config": ("Budget",),
    "sharpen.run.method": ("Method",),
    "sharpen.run.run": ("Run",),
    "sharpen.selfcodealign.generate.pipeline": ("Align",),
    "sharpen.selfcodealign.train.recipe": ("Train",),
    "sharpen.selfcodealign.validate.gates": ("Rules",),
    "sharpen.serve.options": ("Serve",),
    "sharpen.viewer.options": ("View",),
    "sharpen.types": (
        "Completion",
        "Message",
        "Node",
        "Problem",
        "Program",
        "Sampling",
        "Suite",
        "Verdict",
    ),
    "sharpen.verbs": ("reflexion", "repair", "sample", "structure"),
}
"""Where each public name is defined."""
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Align",
    "Answer",
    "Budget",
    "Completion",
    "Improve",
    "Message",
    "Method",
    "Node",
    "Problem",
    "Program",
    "Reflexion",
    "Repair",
    "Results",
    "Rules",
    "Run",
    "Sample",
    "Sampling",
    "Serve",
    "SharpenError",
    "Structure",
    "Suite",
    "Train",
    "Verdict",
    "View",
    "align",
    "align_concepts",
    "align_instructions",
    "align_responses",
    "align_seeds",
    "align_select",
    "align_train",
    "align_validate",
    "benchmarks_list",
    "benchmarks_pull",
    "benchmarks_show",
    "compare",
    "demo",
    "doctor",
    "export",
    "improve",
    "improve_rows",
    "merge",
    "models_list",
    "models_pull",
    "push",
    "recorded",
    "reflexion",
    "repair",
    "replay",
    "report",
    "run_sync",
    "runs",
    "sample",
    "sandbox_serve",
    "schema",
    "score",
    "show",
    "structure",
    "validate",
    "verify",
    "view",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a public name, or the verb of a method of another package
    if name in _HOME_OF:
        return getattr(import_module(_HOME_OF[name]), name)
    if not name.startswith("_") and name in import_module("sharpen.registry").METHODS:
        return getattr(import_module("sharpen.verbs"), name)
    raise AttributeError(f"module 'sharpen' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
