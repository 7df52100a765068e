"""How figures are said, the same in the terminal and on the page: numbers, labels and plain conclusions."""

import math
from dataclasses import dataclass

from sharpen.journal.directory import RecordedConfig
from sharpen.reports.figures import Added, Cell, Estimates, Rate
from sharpen.reports.repair.results import Status
from sharpen.reports.repair.summary import Summary
from sharpen.reports.words import added, count, decimal, plural, span

STATUSES: dict[Status, str] = {
    "solved": "solved at first",
    "repaired": "repaired",
    "failed": "unsolved",
    "error": "with errors",
    "unfinished": "unfinished",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table of results: mean pass rate and mean completion tokens per problem."""

    label: str
    rate: Rate
    tokens: float


def title(summary: Summary) -> str:
    """Return what the run did, in a few words."""
    return f"{summary.layout.title} on {summary.config.benchmark_name}"


def shape(summary: Summary) -> str:
    """Return the widths of the run's trees, and what is unusual about its requests."""
    return "; ".join([*filter(None, [summary.layout.shape]), *requests(summary.config)])


def requests(config: RecordedConfig) -> list[str]:
    """Return what requests to a server left out or had in addition."""
    left_out = [
        f"no {name}"
        for name in ("temperature", "top_p", "seed")
        if name in config.model_fields_set and getattr(config, name) is None
    ]
    return left_out + added(config.server)


def widths(n_p: int, n_f: int, n_r: int, joint: bool) -> str:
    """Return the paper's name of a configuration: (n_p, n_fr) or (n_p, n_f, n_r)."""
    return f"({n_p}, {n_f})" if joint else f"({n_p}, {n_f}, {n_r})"


def line_label(n_f: int, n_r: int, joint: bool) -> str:
    """Return the name of a curve."""
    if not n_f:
        return "i.i.d."
    return f"n_fr = {n_f}" if joint else f"n_f = {n_f}, n_r = {n_r}"


def lines(summary: Summary) -> list[Line]:
    """Return the main results of a run, from cheap to dear."""
    found = summary.estimates
    if found is None:
        rounds = [Line(stage.label, stage.rate, stage.tokens) for stage in summary.rounds]
        return [Line("one program (pass@1)", summary.pass_at_1, _tokens_per_program(summary)), *rounds]
    first, last = found.baseline.points[0], found.baseline.points[-1]
    rows = [Line("one program (pass@1)", first.rate, first.tokens)]
    if last.n_p > 1:
        rows.append(Line(f"{last.n_p} i.i.d. programs (pass@{last.n_p})", last.rate, last.tokens))
    if found.curves:
        curve = found.curves[-1]
        point = curve.points[-1]
        name = widths(point.n_p, curve.n_f, curve.n_r, found.joint)
        rows.append(Line(f"self-repair {name}", point.rate, point.tokens))
    return rows


def _tokens_per_program(summary: Summary) -> float:
    answers = summary.answers.get("program")
    return answers.tokens / answers.sampled if answers else math.nan


def headline_cell(found: Estimates) -> Cell | None:
    """Return the dearest configuration with a baseline at equal tokens: chosen by cost, not by gain."""
    inside = [cell for cell in found.cells if not math.isnan(cell.ratio.low + cell.ratio.high)]
    return max(inside, key=lambda cell: cell.tokens, default=None)


def caution(summary: Summary) -> str:
    """Return what makes the figures of an unfinished run doubtful; empty when nothing does."""
    missing = len(summary.problems) - len(summary.finished)
    if not missing:
        return ""
    return (
        f"{missing:,} of {plural(len(summary.problems), 'problem')} are not finished and count nowhere. "
        "Those that finish first tend to be easier, so every figure may change: resume the run."
    )


def conclusion(summary: Summary) -> str:
    """Return the run's answer to the paper's question, plainly, or what it cannot say."""
    found = summary.estimates
    if summary.layout.independent or not summary.finished:
        return ""
    if found is None:
        return summary.layout.stopped
    if found.problems < 2:
        return "One problem says nothing about others: an interval needs at least two."
    cell = headline_cell(found)
    if found.added is None:
        return _answer(cell, found.joint, judged=True) if cell else _no_baseline(found)
    # The trees' own programs differ from the baseline's by luck, so the paired difference is what decides.
    paired = not math.isnan(found.added.difference.value)
    answer = _answer(cell, found.joint, judged=not paired) if cell else _no_baseline(found)
    return f"{answer} {_added(found.added)}"


def _added(added: Added) -> str:
    said = (
        f"To the very programs that they mend, repairs add {_gain(added.repairs)} "
        f"for {count(added.tokens)} tokens a problem"
    )
    if math.isnan(added.samples.value):
        return f"{said}."
    return (
        f"{said}; as many tokens on further i.i.d. samples add {_gain(added.samples)}. "
        f"Difference {_gain(added.difference)}: {_judgement(added.difference, 0)}."
    )


def _gain(rate: Rate) -> str:
    return f"{rate.value:+.3f} (95 % interval {span(rate)})"


def _no_baseline(found: Estimates) -> str:
    if found.baseline.points[-1].rate.value == 0:
        return "No i.i.d. sample solves any problem, so there is nothing to hold self-repair against."
    return (
        "Trees cost more tokens than the i.i.d. samples there are, so there is no baseline at equal tokens: "
        "give a sample run of the same model, with more samples, beside this one."
    )


def _answer(cell: Cell, joint: bool, *, judged: bool) -> str:
    ratio, name = cell.ratio, widths(cell.n_p, cell.n_f, cell.n_r, joint)
    verdict = f": {_judgement(ratio, 1)}" if judged else ""
    return (
        f"Self-repair {name} solves {decimal(cell.rate.value)} of the problems with {count(cell.tokens)} "
        f"tokens each; i.i.d. sampling at equal tokens {decimal(cell.rate.value / ratio.value)}. "
        f"Ratio {decimal(ratio.value)}, 95 % interval {span(ratio)}{verdict}."
    )


def _judgement(rate: Rate, even: float) -> str:
    if rate.low > even:
        return "self-repair is better"
    if rate.high < even:
        return "self-repair is worse"
    return "no difference is established"


def method_note(n: int) -> str:
    """Return how intervals and estimates were made, for captions."""
    return (
        f"Means over {plural(n, 'problem')}, exact on the recorded trees (unbiased); 95 % intervals from "
        "10,000 resamples of the problems, seed 0."
    )
