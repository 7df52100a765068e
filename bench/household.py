"""Household games: what players win, our engine's speed against ALFWorld's packages, and its memory.

    python bench/household.py players alfworld@valid_unseen.jsonl.gz --games 67
    python bench/household.py players textworld --games 5
    python bench/household.py speed alfworld@valid_unseen.jsonl.gz --games 3
    python bench/household.py memory alfworld@valid_unseen.jsonl.gz --games 134

``speed`` and ``players textworld`` need the packages of sharpen[household]. Games are spread over the file as
``--limit`` spreads problems; ``memory`` begins again where the file ends.
"""

import argparse
import itertools
import json
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sharpen.benchmarks.household.alfworld import AlfredWorld, game_environment
from sharpen.benchmarks.household.engine import Definition
from sharpen.benchmarks.household.environment import MOST_STEPS, Household
from sharpen.benchmarks.household.games import Game, read
from sharpen.benchmarks.household.players import at_random, by_hand, by_policy
from sharpen.benchmarks.registry import load
from sharpen.run.subset import select

LONGEST = 150
"""Commands that a player may give in all; wins within 30 are counted apart."""
STEPS = 30
"""Commands of a walk that is timed."""
TRIALS = 15
Begin = Callable[[], tuple[Any, list[str]]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("players", "speed", "memory"))
    parser.add_argument("benchmark")
    parser.add_argument("--games", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    {"players": players, "speed": speed, "memory": memory}[options.what](
        options.benchmark, options.games, options.seed
    )


def players(word: str, number: int, seed: int) -> None:
    """Print how many games a random player and an expert win."""
    benchmark = load(word)
    assert benchmark.environment is not None
    files = _games(word)
    won: dict[str, list[int | None]] = {"random": [], "expert": []}
    for place, problem in enumerate(select(benchmark.problems, number, ())):
        environment = benchmark.environment(problem)
        assert isinstance(environment, Household)
        won["random"].append(at_random(environment, seed + place, LONGEST))
        expert = by_hand(files[problem.id], LONGEST) if files else by_policy(environment, LONGEST)
        won["expert"].append(expert)
        environment.close()
        print(problem.id, problem.difficulty, *(f"{name} {steps[-1] or '-'}" for name, steps in won.items()))
    for name, results in won.items():
        soon = sum(steps is not None and steps <= MOST_STEPS for steps in results)
        print(f"{name}: {soon} of {len(results)} within {MOST_STEPS} commands, ", end="")
        print(f"{sum(steps is not None for steps in results)} within {LONGEST}; seed {seed}")


def speed(word: str, number: int, seed: int) -> None:
    """Print the processor time of a start and of a step on the same walks, ours and the packages'."""
    starts: dict[str, list[float]] = {"ours": [], "packages": []}
    steps: dict[str, list[float]] = {"ours": [], "packages": []}
    for game in _spread(word, number):
        with tempfile.TemporaryDirectory(prefix="sharpen-game-") as folder:
            path = Path(folder) / "game.tw-pddl"
            path.write_text(json.dumps(game.data))
            walks = []
            for name, begin in (("ours", _ours(path)), ("packages", _package(str(path)))):
                start, step, walk = _timed(begin, seed)
                starts[name].append(start)
                steps[name] += step
                walks.append(walk)
            assert walks[0] == walks[1], f"{game.id}: the engines answer the same walk in other ways"
    for what, times in (("start", starts), ("step", steps)):
        ours, packages = (statistics.median(times[name]) for name in ("ours", "packages"))
        print(f"{what}: ours {ours * 1e3:.1f} ms, packages {packages * 1e3:.0f} ms", end="")
        print(f" ({packages / ours:.0f} times; medians of {len(times['ours'])}, processor time, seed {seed})")


def memory(word: str, number: int, seed: int) -> None:
    """Print the resident memory as games are played over and over."""
    for place, game in zip(range(number), itertools.cycle(_spread(word, number)), strict=False):
        environment = game_environment(game)
        for trial in range(TRIALS):
            at_random(environment, seed + trial, MOST_STEPS)
            environment.close()
        if place % max(1, number // 8) == 0 or place == number - 1:
            print(f"{place + 1} games x {TRIALS} trials: {_resident():.1f} MiB")
    print(f"at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.1f} MiB")


def _ours(path: Path) -> Begin:
    def begin() -> tuple[Any, list[str]]:
        world = AlfredWorld(Definition(json.loads(path.read_text())))
        return lambda command: (world.step(command), world.admissible, world.won), world.admissible

    return begin


def _package(path: str) -> Begin:
    from alfworld.agents.environment.alfred_tw_env import AlfredDemangler
    from textworld.core import EnvInfos
    from textworld.envs.pddl import PddlEnv

    def begin() -> tuple[Any, list[str]]:
        environment = AlfredDemangler(PddlEnv(EnvInfos(won=True, admissible_commands=True)))
        environment.load(path)

        def step(command: str) -> tuple[str, list[str], bool]:
            state, _, _ = environment.step(command)
            return state.feedback, state["admissible_commands"], bool(state["won"])

        return step, environment.reset()["admissible_commands"]

    return begin


def _timed(begin: Begin, seed: int) -> tuple[float, list[float], list[Any]]:
    """Return the seconds of a start and of each step of a random walk, and what was seen on it."""
    chance = random.Random(seed)
    before = time.process_time()
    step, admissible = begin()
    start = time.process_time() - before
    seconds, walk = [], []
    for _ in range(STEPS):
        command = chance.choice(admissible)
        before = time.process_time()
        seen, admissible, won = step(command)
        seconds.append(time.process_time() - before)
        walk.append((command, seen, admissible, won))
    return start, seconds, walk


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def _games(word: str) -> dict[str, Game]:
    _, _, path = word.partition("@")
    return {game.id: game for game in read(Path(path))} if path else {}


def _spread(word: str, number: int) -> Iterable[Game]:
    games = _games(word)
    return [games[problem.id] for problem in select(load(word).problems, number, ())]


if __name__ == "__main__":
    main()
