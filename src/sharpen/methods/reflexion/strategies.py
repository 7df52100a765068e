"""Every strategy of Reflexion by its name: which family, which loop, and what is recorded in the end."""

from sharpen.errors import UsageError
from sharpen.methods.reflexion import s_star, search
from sharpen.methods.reflexion.acting import Acting
from sharpen.methods.reflexion.loop import Reflexion, Trial, reflexion
from sharpen.methods.reflexion.programming import Programming, WrittenTests, feedback, judged, own_tests
from sharpen.run.method import Load, Method, World, each
from sharpen.run.run import Run
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
    if benchmark.environment and (cfg.oracle != "none" or cfg.evaluator != "tests"):
        raise UsageError(f"{benchmark.name} is judged by its environment: leave --oracle and --evaluator out")
    if cfg.strategy not in REFLECTIONS and (cfg.oracle != "none" or cfg.evaluator != "tests"):
        raise UsageError(
            f"--oracle and --evaluator are for {', '.join(REFLECTIONS)}, not for {cfg.strategy}: "
            "leave them out"
        )
    return benchmark, open_sandbox(cfg.sandbox)


async def solve(problem: Problem, run: Run, cfg: Reflexion) -> None:
    """Try, judge, reflect and try again, as the strategy says."""
    await (acting if run.benchmark.environment else programs)(problem, run, cfg)


async def acting(problem: Problem, run: Run, cfg: Reflexion) -> None:
    """Act in one problem's world."""
    assert run.benchmark.environment is not None
    recalls = cfg.strategy in ("last-attempt", "both")
    world = run.benchmark.environment(problem)
    reflects_with = cfg.reflection_model or ""
    actor = Acting(problem, run, world, repeats=cfg.repeats, recalls=recalls, reflection_model=reflects_with)
    omega = 1 if cfg.strategy == "both" else 3 if cfg.memory is None else cfg.memory
    await reflexion(actor, cfg.trials, omega, reflects=cfg.strategy in ("reflexion", "both"))


async def programs(problem: Problem, run: Run, cfg: Reflexion) -> None:
    """Solve one problem with programs."""
    if cfg.strategy == "simple":
        return await simple(problem, run, cfg)
    if cfg.strategy in ("s-star", "codet-read"):
        return await without_tests_first(problem, run, cfg)
    if cfg.strategy == "test-acc":
        return await test_accuracy(problem, run, cfg)
    _, tests = await own_tests(problem, run, cfg) if needs_tests(cfg) else ([], WrittenTests())
    coder = Programming(problem, run, tests, cfg, reflect=REFLECTIONS.get(cfg.strategy, "reflect"))
    trial = await _solved(coder, cfg)
    coder.submit(trial, cfg.strategy)
    return None


async def without_tests_first(problem: Problem, run: Run, cfg: Reflexion) -> None:
    """Solve one problem by a strategy that writes programs before it writes tests."""
    if cfg.strategy == "s-star":
        coder = Programming(problem, run, s_star.visible_tests(problem), cfg, reflect="reflect")
        trial = await s_star.s_star(coder, cfg.trials, cfg.width)
    else:
        nodes = await run.programs(problem, run.benchmark.prompt(problem), range(cfg.trials))
        _, tests = await own_tests(problem, run, cfg, read=nodes[0])
        coder = Programming(problem, run, tests, cfg, reflect="reflect")
        trial = await search.codet(coder, cfg.trials, cfg.agreement)
    coder.submit(trial, cfg.strategy)


def needs_tests(cfg: Reflexion) -> bool:
    """Whether a strategy looks at own tests: not where it omits them, nor where a model judges."""
    return cfg.strategy != "immediate-reflexion" and cfg.evaluator == "tests"


async def test_accuracy(problem: Problem, run: Run, cfg: Reflexion) -> None:
    """Run the model's own tests on the benchmark's reference program."""
    answers, tests = await own_tests(problem, run, cfg)
    verdicts = await judged(Program(problem.solution), tests.suites, run)
    reward = float(all(verdict.passed for verdict in verdicts)) if verdicts else None
    text = feedback(tests.suites, verdicts) if verdicts else "No test of its own can be used."
    run.note(problem, "observation", text, 0, answers[0], author=Observer.REFERENCE, reward=reward)


async def _solved(coder: Programming, cfg: Reflexion) -> Trial:
    match cfg.strategy:
        case "codet":
            return await search.codet(coder, cfg.trials, cfg.agreement)
        case "ucs":
            return await search.uniform_cost(coder, cfg.trials, cfg.width)
        case "rex":
            return await search.thompson(coder, cfg.trials, cfg.choice_seed)
        case "lats":
            return await search.tree_search(coder, cfg.trials, cfg.width)
    omega = 1 if cfg.memory is None else cfg.memory
    reflects, gated = cfg.strategy != "immediate-refinement", cfg.oracle == "first"
    return await reflexion(coder, cfg.trials, omega, reflects=reflects, gated=gated)


async def simple(problem: Problem, run: Run, cfg: Reflexion) -> None:
    """Draw independent programs and submit the first: the baseline, without tests of its own."""
    nodes = await run.programs(problem, run.benchmark.prompt(problem), range(cfg.trials))
    run.note(problem, "submission", cfg.strategy, 0, nodes[0], author=Observer.STRATEGY)


METHOD = Method(Reflexion, each(solve), kind="trials", open_world=open_world)
