"""Every strategy of Reflexion by its name: which family, which loop, and what is recorded in the end."""

from sharpen.errors import UsageError
from sharpen.methods.reflexion import s_star, search
from sharpen.methods.reflexion.acting import Acting
from sharpen.methods.reflexion.loop import Reflexion, Trial, reflexion
from sharpen.methods.reflexion.programming import Programming, feedback, judged, own_tests
from sharpen.run.method import Load, Method, World, each
from sharpen.run.run import Run, together
from sharpen.sandbox.spec import open_sandbox
from sharpen.types import Observer, Problem, Program

REFLECTIONS = {
    "reflexion": "reflect",
    "immediate-reflexion": "reflect_unseen",
    "immediate-refinement": "reflect",
    "self-debug": "explain",
    "self-debug-trace": "trace",
}
"""Strategies that go through the loop, and the prompt with which they reflect on a program."""

SEARCHES = ("codet", "codet-read", "ucs", "rex", "lats", "s-star")
FOR_PROGRAMS = (*REFLECTIONS, "simple", "test-acc", *SEARCHES)
FOR_ACTORS = ("reflexion", "none", "last-attempt", "both")
"""What the next trial of an actor sees: reflections, nothing, its last attempt, that and one reflection."""


def open_world(cfg: Reflexion, load: Load) -> World:
    """Return the benchmark and the sandbox.

    Raises:
        UsageError: the benchmark is of a family that has no such strategy, or asks for a program in parts.
    """
    benchmark = load(cfg.benchmark)
    if benchmark.parts:
        raise UsageError(
            f"{benchmark.name} asks for a program in parts, which `sharpen reflexion` cannot do: "
            "choose another variant, or `sharpen sample`"
        )
    known = FOR_ACTORS if benchmark.environment else FOR_PROGRAMS
    if cfg.strategy not in known:
        raise UsageError(f"{benchmark.name} has no strategy {cfg.strategy}: choose one of {', '.join(known)}")
    return benchmark, open_sandbox(cfg.sandbox)


async def solve(problem: Problem, run: Run, cfg: Reflexion) -> None:
    """Try, judge, reflect and try again, as the strategy says."""
    await (acting if run.benchmark.environment else programs)(problem, run, cfg)


async def acting(problem: Problem, run: Run, cfg: Reflexion) -> None:
    """Act in one problem's world."""
    assert run.benchmark.environment is not None
    recalls = cfg.strategy in ("last-attempt", "both")
    world = run.benchmark.environment(problem)
    actor = Acting(problem, run, world, repeats=cfg.repeats, recalls=recalls)
    omega = 1 if cfg.strategy == "both" else 3 if cfg.memory is None else cfg.memory
    await reflexion(actor, cfg.trials, omega, reflects=cfg.strategy in ("reflexion", "both"))


async def programs(problem: Problem, run: Run, cfg: Reflexion) -> None:
    """Solve one problem with programs."""
    if cfg.strategy == "simple":
        return await simple(problem, run, cfg)
    if cfg.strategy in ("s-star", "codet-read"):
        return await without_tests_first(problem, run, cfg)
    answer, tests = await own_tests(problem, run)
    if cfg.strategy == "test-acc":
        verdicts = await judged(Program(problem.solution), tests, run)
        report, reward = feedback(tests, verdicts), float(all(verdict.passed for verdict in verdicts))
        text, right = (report, reward) if tests else ("No test of its own can be used.", None)
        run.note(problem, "observation", text, 0, answer, author=Observer.REFERENCE, reward=right)
        return None
    coder = Programming(problem, run, tests, reflect=REFLECTIONS.get(cfg.strategy, "reflect"))
    trial = await _solved(coder, cfg)
    coder.submit(trial, cfg.strategy)
    return None


async def without_tests_first(problem: Problem, run: Run, cfg: Reflexion) -> None:
    """Solve one problem by a strategy that writes programs before it writes tests."""
    if cfg.strategy == "s-star":
        coder = Programming(problem, run, s_star.visible_tests(problem), reflect="reflect")
        trial = await s_star.s_star(coder, cfg.trials, cfg.width)
    else:
        nodes = await run.programs(problem, run.benchmark.prompt(problem), range(cfg.trials))
        _, tests = await own_tests(problem, run, read=nodes[0])
        coder = Programming(problem, run, tests, reflect="reflect")
        trial = search.agreed(await together(coder.evaluate(node.index, (node,)) for node in nodes))
    coder.submit(trial, cfg.strategy)


async def _solved(coder: Programming, cfg: Reflexion) -> Trial:
    match cfg.strategy:
        case "codet":
            return await search.codet(coder, cfg.trials)
        case "ucs":
            return await search.uniform_cost(coder, cfg.trials, cfg.width)
        case "rex":
            return await search.thompson(coder, cfg.trials, cfg.choice_seed)
        case "lats":
            return await search.tree_search(coder, cfg.trials, cfg.width)
    omega = 1 if cfg.memory is None else cfg.memory
    return await reflexion(coder, cfg.trials, omega, reflects=cfg.strategy != "immediate-refinement")


async def simple(problem: Problem, run: Run, cfg: Reflexion) -> None:
    """Draw independent programs and submit the first: the baseline, without tests of its own."""
    nodes = await run.programs(problem, run.benchmark.prompt(problem), range(cfg.trials))
    run.note(problem, "submission", cfg.strategy, 0, nodes[0], author=Observer.STRATEGY)


METHOD = Method(Reflexion, each(solve), kind="trials", open_world=open_world)
