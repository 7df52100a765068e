"""The two ends of the scale on household games: how many a random player and the packages' experts win.

    python bench/household.py alfworld@valid_unseen.jsonl.gz --games 12
    python bench/household.py textworld --games 5

Needs sharpen[household]. Games are spread over the file as ``--limit`` spreads problems.
"""

import argparse
from pathlib import Path

from sharpen.benchmarks.games import read
from sharpen.benchmarks.household import MOST_STEPS, Household
from sharpen.benchmarks.players import at_random, by_hand, by_policy
from sharpen.benchmarks.registry import load
from sharpen.run.subset import select

LONGEST = 150
"""Commands that a player may give in all; wins within 30 are counted apart."""


def main() -> None:
    """Play and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("benchmark")
    parser.add_argument("--games", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    benchmark = load(options.benchmark)
    assert benchmark.environment is not None
    _, _, path = options.benchmark.partition("@")
    games = {game.id: game for game in read(Path(path))} if path else {}
    won: dict[str, list[int | None]] = {"random": [], "expert": []}
    for number, problem in enumerate(select(benchmark.problems, options.games, ())):
        world = benchmark.environment(problem)
        assert isinstance(world, Household)
        won["random"].append(at_random(world, options.seed + number, LONGEST))
        if games:
            won["expert"].append(by_hand(games[problem.id], options.seed + number, LONGEST))
        else:
            won["expert"].append(by_policy(world, LONGEST))
        world.close()
        print(problem.id, problem.difficulty, *(f"{name} {steps[-1] or '-'}" for name, steps in won.items()))
    for name, steps in won.items():
        soon = sum(step is not None and step <= MOST_STEPS for step in steps)
        print(f"{name}: {soon} of {len(steps)} within {MOST_STEPS} commands, ", end="")
        print(f"{sum(step is not None for step in steps)} within {LONGEST}; seed {options.seed}")


if __name__ == "__main__":
    main()
