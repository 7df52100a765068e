"""How the figures of Reflexion runs are said, the same in the terminal and on the page."""

from collections import Counter
from collections.abc import Mapping

from sharpen.reports.figures import Rate
from sharpen.reports.reflexion.accounting import Accounting, Line, TrialSummary
from sharpen.reports.words import decimal, drawn, plural, span

ABOUT: Mapping[Accounting, str] = {
    "self_tests": "own tests end the chain and what is stood by counts (pass@1)",
    "oracle_first": "a first program that passes the hidden tests ends it",
    "oracle_every": "any program that passes the hidden tests ends it (best of the chain)",
}
STATUSES = {"solved": "solved", "failed": "unsolved", "error": "with errors", "unfinished": "unfinished"}


def heading(summary: TrialSummary) -> str:
    """Return what the run did."""
    return f"Reflexion ({summary.record.config.strategy}) on {summary.record.config.benchmark_name}"


def shape(summary: TrialSummary) -> str:
    """Return how long and with which memory."""
    config = summary.record.config
    how = drawn(config.temperature, config.seed, config.server)
    if config.strategy == "simple":
        programs = plural(config.trials, "independent program")
        return f"{programs}, self_tests is their mean, {how}"
    memory = "" if config.memory is None else f", memory of {config.memory}"
    return f"{plural(config.trials, 'trial')} at most{memory}, {how}"


def finished(summary: TrialSummary) -> str:
    """Return the problems by status."""
    counts = Counter(problem.status for problem in summary.record.problems)
    parts = [plural(len(summary.record.problems), "problem")]
    return ", ".join(parts + [f"{counts[key]:,} {name}" for key, name in STATUSES.items() if counts[key]])


def by_trial(summary: TrialSummary) -> dict[str, tuple[Rate, ...]]:
    """Return the curves: for programs two, named by their accounting."""
    if not summary.lines:
        return {"solved": summary.by_trial}
    curves = {"oracle_every": summary.by_trial}
    return ({"self_tests": summary.by_trial_self} if summary.by_trial_self else {}) | curves


def stood_by(summary: TrialSummary) -> str:
    """Return the final figure where the world itself gives the reward."""
    rate, score = summary.by_trial[-1], summary.score
    finer = f", mean F1 of the last trial {decimal(score.value)} ({span(score)})" if score.n else ""
    return (
        f"{decimal(rate.value)} solved ({span(rate)}){finer}. The world's own reward ends a problem's "
        "trials, so later trials are tries with an oracle."
    )


def baseline_note(summary: TrialSummary) -> str:
    """Return where i.i.d. figures are from, or how to get them."""
    if not summary.baseline:
        return "For i.i.d. sampling at equal tokens give a sample run of the same model beside this one."
    bound = [line.label for line in summary.lines if line.bound]
    more = (
        f" {', '.join(bound)}: all samples there are cost less, so the gain is at most that." if bound else ""
    )
    ks = ", ".join(limit(line) for line in summary.lines)
    return (
        f"i.i.d.: pass@k at equal mean tokens (k: {ks}) from {summary.baseline}, ended by the hidden tests "
        f"as the chain is.{more}"
    )


def limit(line: Line) -> str:
    """Return how many i.i.d. programs at most cost the same."""
    return f"> {line.k:.0f}" if line.bound else decimal(line.k, 1)
