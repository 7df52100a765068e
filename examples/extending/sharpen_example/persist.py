from typing import ClassVar
from sharpen.run.config import RunConfig
from sharpen.run.method import Method, each
class Persist(RunConfig):
    method: ClassVar[str] = "persist"
    tries: int = 3
async def persist(problem, run, cfg):
    for index in range(cfg.tries):
        (node,) = await run.programs(problem, run.benchmark.prompt(problem), [index])
        if node.passed:
            return
METHOD = Method(Persist, each(persist))
