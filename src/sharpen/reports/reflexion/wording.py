"""Labels and sentences of Reflexion reports, the same in the terminal and on the page."""

from collections import Counter
from collections.abc import Mapping, Sequence

from sharpen.counts import plural
from sharpen.reports.figures import Rate
from sharpen.reports.reflexion.accounting import Accounting, AccountingLine, SuccessDifference, TrialSummary
from sharpen.reports.words import count, decimal, drawn, points, span

NAMES: Mapping[str, str] = {
    "self_tests": "submitted program",
    "oracle_first": "submitted, first one judged",
    "oracle_every": "best program",
}
"""What reports call the accountings."""
_ABOUT: Mapping[Accounting, str] = {
    "self_tests": "the chain ends when the model's own tests pass, and its final program is scored (pass@1)",
    "oracle_first": "the hidden tests decide about the first program: it ends the chain or is reflected on",
    "oracle_every": "any program that passes the hidden tests ends the chain (best of the chain that exists)",
}
STATUSES = {"solved": "solved", "failed": "unsolved", "error": "with an error", "unfinished": "unfinished"}


def heading(summary: TrialSummary) -> str:
    """Return the title of the run."""
    config = summary.record.config
    strategy = "" if config.strategy == "reflexion" else f" ({config.strategy})"
    return f"Reflexion{strategy} on {config.benchmark_name}"


def conclusion(summary: TrialSummary) -> str:
    """Return what the run shows, in one sentence."""
    if not summary.by_trial:
        return "No problem is finished, so there is nothing to conclude yet."
    if not summary.lines:
        return environment_result(summary)
    line = summary.lines[0]
    solved = f"The submitted programs solve {decimal(line.rate.value)} of the problems ({span(line.rate)})"
    if not line.gap.n:
        return f"{solved} with {count(line.tokens)} tokens each."
    at_most = "at most " if line.exhausted else ""
    cost = "as far as it was drawn, for fewer tokens," if line.exhausted else "at equal tokens"
    return f"{solved}, i.i.d. sampling {cost} {decimal(line.iid.value)}: {at_most}{points(line.gap)}."


def between(pair: SuccessDifference) -> str:
    """Return which of two runs solves more, in one sentence."""
    if pair.gap.low <= 0 <= pair.gap.high or not pair.gap.value:
        who = f"No difference is shown between {pair.a} and {pair.b}"
    else:
        who = f"{pair.a} solves {'more' if pair.gap.value > 0 else 'less'} than {pair.b}"
    return f"{who}: {points(pair.gap)} by submitted programs, each run at its own tokens."


def shape(summary: TrialSummary) -> str:
    """Return the number of trials, the memory and the temperature."""
    config = summary.record.config
    how = drawn(config.temperature, config.seed, config.server)
    if config.strategy == "simple":
        programs = plural(config.trials, "independent program")
        return f"{programs}, the submitted program is their mean, {how}"
    memory = "" if config.memory is None else f", memory of {config.memory}"
    gate = ", hidden tests decide about the first program" if config.oracle == "first" else ""
    judge = ", a model judges" if config.evaluator == "model" else ""
    return f"{plural(config.trials, 'trial')} at most{memory}{gate}{judge}, {how}"


def finished(summary: TrialSummary) -> str:
    """Return the problems by status."""
    counts = Counter(problem.status for problem in summary.record.problems)
    parts = [plural(len(summary.record.problems), "problem")]
    return ", ".join(parts + [f"{counts[key]:,} {name}" for key, name in STATUSES.items() if counts[key]])


def about(lines: Sequence[AccountingLine]) -> list[str]:
    """Return what each accounting of a run scores, in a sentence."""
    return [f"{NAMES[line.label].capitalize()}: {_ABOUT[line.label]}." for line in lines]


def by_trial(summary: TrialSummary) -> dict[str, tuple[Rate, ...]]:
    """Return the curves: for programs two, by their accounting."""
    if not summary.lines:
        return {"solved": summary.by_trial}
    curves = {"oracle_every": summary.by_trial}
    return ({summary.lines[0].label: summary.by_trial_self} if summary.by_trial_self else {}) | curves


def environment_result(summary: TrialSummary) -> str:
    """Return the final figure where the environment gives the reward."""
    rate, score = summary.by_trial[-1], summary.score
    finer = f", mean F1 of the last trial {decimal(score.value)} ({span(score)})" if score.n else ""
    return (
        f"{decimal(rate.value)} solved ({span(rate)}){finer}. The environment's reward ends a problem's "
        "trials, so later trials profit from an oracle."
    )


def baseline_note(summary: TrialSummary) -> str:
    """Return where the i.i.d. figures come from, or how to get them."""
    if not summary.baseline:
        return "To compare at equal tokens, report this run together with a sample run of the same model."
    exhausted = [NAMES[line.label] for line in summary.lines if line.exhausted]
    more = (
        f" {', '.join(exhausted)}: the baseline ran out of samples, so the gain is at most that."
        if exhausted
        else ""
    )
    ks = ", ".join(limit(line) for line in summary.lines)
    return (
        f"i.i.d.: pass@k at equal mean tokens (k: {ks}) from {summary.baseline}, with the same "
        f"rule for an early end.{more}"
    )


def limit(line: AccountingLine) -> str:
    """Return how many i.i.d. programs cost the same."""
    return f"> {line.k:.0f}" if line.exhausted else decimal(line.k, 1)
