"""The self-repair paper's heat maps on both axes from one run, and what its estimator makes of each.

Simulated problems have a difficulty, and programs and repairs alike pass with that chance and cost one token.
At equal samples (the ICLR version's axis, k = n_p (1 + n_fr)) a tree is then worth exactly as much as i.i.d.
samples: every cell is 1 in truth. At equal mean tokens (the preprint's axis) it is worth more, because
a tree with a passing program draws no repairs. Trees have the paper's size, 50 programs and 10 repairs each.

    python bench/axes.py [--problems 300] [--a 0.3] [--b 0.7] [--seed 0]

Prints for each axis the cells in truth, by the unbiased estimator, and by the paper's (with replacement).
"""

import argparse

import numpy as np
from numpy.typing import NDArray

from sharpen.estimate import Estimator, PassAtT, Tree, pass_at_t, ratio_to_baseline

Float = NDArray[np.float64]
N_P, N_FR, SAMPLED, REPAIRS = (1, 2, 5, 10, 25), (1, 3, 5, 10), 50, 10
PUBLISHED = {
    1: (0.91, 0.95, 0.98, 1.00, 1.04),
    3: (0.87, 0.92, 0.96, 1.01, None),
    5: (0.85, 0.90, 0.96, None, None),
    10: (0.83, 0.89, None, None, None),
}
"""GPT-3.5 on APPS by n_fr, for n_p = 1, 2, 5, 10, 25: the ICLR version's figure, read second-hand."""


def main() -> None:
    """Simulate one run and print its heat maps."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--problems", type=int, default=300)
    parser.add_argument("--a", type=float, default=0.3)
    parser.add_argument("--b", type=float, default=0.7)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    chance = rng.beta(options.a, options.b, options.problems)
    tree = simulated(chance, rng)
    for axis in ("samples", "tokens"):
        truth = cells(in_truth(chance), baseline_in_truth(chance), axis)
        tables = [cells(*estimated(tree, estimator), axis) for estimator in ("unbiased", "plug_in")]
        print(f"\nat equal {axis}: in truth / unbiased / paper's estimator")
        show(truth, *tables)
    print("\npublished, GPT-3.5 on APPS, at equal samples, paper's estimator (n/a: no baseline)")
    for row, n_p in enumerate(N_P):
        values = (PUBLISHED[n_fr][row] for n_fr in N_FR)
        print(f"n_p = {n_p:2}  " + "  ".join("n/a " if v is None else f"{v:.2f}" for v in values))


def simulated(chance: Float, rng: np.random.Generator) -> Tree:
    """Return trees whose programs and repairs of problem d pass with chance[d]."""
    below = (len(chance), SAMPLED, REPAIRS, 1)
    passed = rng.random(below[:2]) < chance[:, None]
    return Tree(
        passed=passed,
        tokens=np.ones(passed.shape),
        repairable=~passed,
        feedback_tokens=np.zeros(below[:-1]),
        repair_passed=rng.random(below) < chance[:, None, None, None],
        repair_tokens=np.ones(below),
    )


def estimated(tree: Tree, estimator: Estimator) -> tuple[PassAtT, PassAtT]:
    """Return the cells (D, n_p, n_fr) and the baseline (D, k) of recorded trees."""
    return (
        pass_at_t(tree, N_P, N_FR, estimator=estimator),
        pass_at_t(tree, range(1, SAMPLED + 1), 0, estimator=estimator),
    )


def in_truth(chance: Float) -> PassAtT:
    """Return the same of the chances themselves."""
    fails = 1 - chance[:, None, None]
    n_p, n_fr = np.array(N_P)[:, None], np.array(N_FR)
    return PassAtT(1 - fails ** (n_p * (1 + n_fr)), n_p + n_p * n_fr * fails**n_p)


def baseline_in_truth(chance: Float) -> PassAtT:
    """Return pass@k of the chances themselves; k samples cost k tokens."""
    k = np.arange(1, SAMPLED + 1)
    rate = 1 - (1 - chance[:, None]) ** k
    return PassAtT(rate, np.broadcast_to(k.astype(float), rate.shape))


def cells(points: PassAtT, baseline: PassAtT, axis: str) -> Float:
    """Return the ratios (n_p, n_fr) at equal samples or at equal tokens."""
    if axis == "samples":
        k = np.array([[n_p * (1 + n_fr) for n_fr in N_FR] for n_p in N_P], dtype=float)
        points = PassAtT(points.pass_rate, np.broadcast_to(k, points.tokens.shape))
        numbers = np.arange(1.0, SAMPLED + 1)
        baseline = PassAtT(baseline.pass_rate, np.broadcast_to(numbers, baseline.tokens.shape))
    return ratio_to_baseline(points, baseline, resamples=1).value


def show(truth: Float, unbiased: Float, paper: Float) -> None:
    """Print three heat maps cell by cell."""
    print("          " + "  ".join(f"n_fr = {n_fr:<13}" for n_fr in N_FR))
    for row, n_p in enumerate(N_P):
        line = zip(truth[row], unbiased[row], paper[row], strict=True)
        texts = ["n/a" if np.isnan(t) else f"{t:.3f} {u:.3f} {p:.3f}" for t, u, p in line]
        print(f"n_p = {n_p:2}  " + "  ".join(f"{text:<20}" for text in texts))


if __name__ == "__main__":
    main()
