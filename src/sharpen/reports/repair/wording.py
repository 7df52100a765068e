"""Labels and sentences of the report, the same in the terminal and on the page."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sharpen.counts import plural
from sharpen.journal.directory import RecordedConfig
from sharpen.reports.comparison import PairedDifference
from sharpen.reports.figures import RESAMPLES, RESAMPLES_OF_PART, Estimates, HeatMapCell, Rate
from sharpen.reports.repair.results import Status
from sharpen.reports.repair.summary import RoundResult, Summary
from sharpen.reports.words import added, at_equal_tokens, count, decimal, points, span

STATUSES: dict[Status, str] = {
    "solved": "solved without repair",
    "repaired": "repaired",
    "failed": "unsolved",
    "error": "with an error",
    "unfinished": "unfinished",
}


def repairs(summary: Summary) -> bool:
    """Return whether failing programs of the run are repaired, so that words about repairs say something."""
    return summary.layout.feedback in ("visible", "hidden") or any(each.repairs for each in summary.problems)


def round_name(summary: Summary, counted: RoundResult) -> str:
    """Return what a row of solved problems counts: a round, or all programs where none is repaired."""
    return counted.label if repairs(summary) else "all programs"


def outcome_names(summaries: Sequence[Summary]) -> dict[Status, str]:
    """Return the names of outcomes; where no run repairs, solved is just solved."""
    return STATUSES if any(map(repairs, summaries)) else STATUSES | {"solved": "solved"}


AXES_NOTE = (
    "Published: the figures of the ICLR version are at equal samples, those of the preprint and of the ICLR "
    "version's appendix A at equal tokens, all by the paper's estimator."
)


RESTARTS_NOTE = (
    "One program is repaired, its repair is repaired ... up to the first success; after the given number of "
    "repairs a new program begins. Exact means over all such chains in the trees."
)


@dataclass(frozen=True, slots=True)
class ResultLine:
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


def lines(summary: Summary) -> list[ResultLine]:
    """Return the main results of a run, cheapest first."""
    estimates = summary.estimates
    if estimates is None:
        rounds = [
            ResultLine(round_name(summary, stage), stage.rate, stage.tokens) for stage in summary.rounds
        ]
        return [ResultLine("one program (pass@1)", summary.pass_at_1, _tokens_per_program(summary)), *rounds]
    first, last = estimates.baseline.points[0], estimates.baseline.points[-1]
    rows = [ResultLine("one program (pass@1)", first.rate, first.tokens)]
    full = estimates.curves[-1].points[-1] if estimates.curves else None
    gain = estimates.repair_gain
    if last.n_p > 1:
        rows.append(ResultLine(f"{last.n_p} i.i.d. programs (pass@{last.n_p})", last.rate, last.tokens))
    if full and gain and not math.isnan(gain.samples_rate.value):
        rows.append(ResultLine("i.i.d. programs, equal tokens", gain.samples_rate, full.tokens))
    if full:
        curve, point = estimates.curves[-1], full
        name = widths(point.n_p, curve.n_f, curve.n_r, estimates.joint)
        rows.append(ResultLine(f"self-repair {name}", point.rate, point.tokens))
    return rows


def _tokens_per_program(summary: Summary) -> float:
    answers = summary.answers.get("program")
    return answers.tokens / answers.sampled if answers else math.nan


def headline_cell(estimates: Estimates) -> HeatMapCell | None:
    """Return the most expensive configuration that the baseline reaches: chosen by cost, not by gain."""
    inside = [cell for cell in estimates.cells if not math.isnan(cell.ratio.low + cell.ratio.high)]
    return max(inside, key=lambda cell: cell.tokens, default=None)


def caution(summary: Summary) -> str:
    """Return a warning where problems are unfinished; else an empty text."""
    missing = len(summary.problems) - len(summary.finished)
    if not missing:
        return ""
    return (
        f"{missing:,} of {plural(len(summary.problems), 'problem')} are not finished and are left out. "
        "Those that finish first tend to be easier, so every figure may change: resume the run."
    )


def conclusion(summary: Summary) -> str:
    """Return what the run shows, in one sentence: whether repair paid, or how much was solved."""
    if not summary.finished:
        return "No problem is finished, so there is nothing to conclude yet."
    if summary.layout.independent:
        return _sampled(summary)
    if summary.estimates is None:
        return summary.layout.stopped or _counted(summary)
    if summary.layout.stopped and summary.estimates.repair_gain is None:
        return summary.layout.stopped
    return _paid(summary.estimates)


def _counted(summary: Summary) -> str:
    last = summary.rounds[-1]
    done = plural(len(summary.finished), "problem")
    return f"{last.solved:,} of {done} solved: {decimal(last.rate.value)} ({span(last.rate)})."


def _sampled(summary: Summary) -> str:
    first, last = lines(summary)[0], lines(summary)[-1]
    n = summary.layout.size.n_p if summary.layout.size else 1
    solved = f"One program solves {decimal(first.rate.value)} of the problems ({span(first.rate)})"
    if n == 1:
        return f"{solved}."
    return f"{solved}; at least one of {n} solves {decimal(last.rate.value)}."


def _paid(estimates: Estimates) -> str:
    if estimates.problems < 2:
        return "Whether repair paid is unknown: an interval needs at least two problems."
    if estimates.repair_gain is None:
        return "The run draws no repairs, so there is nothing to compare."
    difference = estimates.repair_gain.difference
    if math.isnan(difference.value):
        return (
            "Whether repair paid is unknown: it cost more tokens than the baseline's "
            f"{plural(estimates.baseline.points[-1].n_p, 'sample')}; run it again without --baseline none, "
            "or report it beside a sample run of the same model with more samples."
        )
    if math.isnan(difference.low):  # no spread between problems, so nothing to resample
        paid = "Repair paid" if difference.value > 0 else "Repair did not pay"
    else:
        paid = _verdict(difference)
    return f"{paid}: {at_equal_tokens(difference)}."


def _verdict(difference: Rate) -> str:
    if difference.low > 0:
        return "Repair paid"
    return "Repair did not pay" if difference.high < 0 else "No difference is shown"


def details(summary: Summary) -> str:
    """Return the figures behind the conclusion, in one or two sentences; empty without estimates."""
    estimates = summary.estimates
    if estimates is None or estimates.repair_gain is None or estimates.problems < 2:
        return ""
    gain = estimates.repair_gain
    text = f"Repairs solve {points(gain.repairs)} more for {count(gain.tokens)} extra tokens per problem"
    if not math.isnan(gain.samples.value):
        text += f"; more i.i.d. samples for the same tokens solve {points(gain.samples)} more"
    cell = headline_cell(estimates)
    return f"{text}. {_ratio(cell, estimates.joint)}" if cell else f"{text}."


def _ratio(cell: HeatMapCell, joint: bool) -> str:
    return (
        f"Pass rate of {widths(cell.n_p, cell.n_f, cell.n_r, joint)}: {decimal(cell.rate.value)} with "
        f"{count(cell.tokens)} tokens, {decimal(cell.ratio.value, 2)} times that of i.i.d. sampling at equal "
        f"tokens ({span(cell.ratio, 2)})."
    )


def part_note(n: int) -> str:
    """Return how the curves and heat maps of one difficulty were computed."""
    return method_note(n, RESAMPLES_OF_PART)


def feedback_with_code(summary: Summary) -> str:
    """Return how many explanations give a program, and whether they were cut there; empty without any."""
    feedback = summary.answers.get("feedback")
    if feedback is None or not feedback.with_code:
        return ""
    cut = "were cut there" if summary.layout.cuts else "were quoted whole (--cut-feedback on cuts them)"
    share = f"{feedback.with_code:,} of {plural(feedback.sampled, 'explanation')}"
    return f"{share} begin to give a program and {cut}."


def two_comparisons(summary: Summary) -> str:
    """Return why a heat map and the conclusion may differ; empty where they compare in the same way."""
    estimates = summary.estimates
    if estimates is None or estimates.repair_gain is None or estimates.baseline_run != summary.name:
        return ""
    if math.isnan(estimates.repair_gain.difference.value):
        return ""
    return (
        "The conclusion at the top compares at equal tokens on every problem, and further samples go only "
        "to problems that the first programs do not solve; the heat map compares at equal mean tokens, as "
        "in the paper, where samples also go to solved problems, so its baseline is easier to beat."
    )


def people_or_models(pair: PairedDifference) -> str:
    """Return whose feedback led to more passing repairs, in one sentence."""
    gap = pair.difference
    if gap.value == 0 or gap.low <= 0 <= gap.high:
        paid = "No difference is shown between people's feedback and models'"
    else:
        paid = f"{'People' if gap.value > 0 else 'Models'} explained better"
    rates = f"{100 * pair.rate_a.value:.1f} % of repairs pass after people's feedback"
    return (
        f"{paid}: {rates} and {100 * pair.rate_b.value:.1f} % after models', {points(gap)} on the same "
        f"{plural(pair.programs, 'program')}."
    )


def method_note(n: int, resamples: int = RESAMPLES) -> str:
    """Return how estimates and intervals were computed, for captions."""
    return (
        f"Means over {plural(n, 'problem')}: unbiased estimates in closed form. 95 % intervals: bootstrap "
        f"over problems, {resamples:,} resamples, seed 0."
    )


def cost(summary: Summary) -> str:
    """Return what the run cost, as a sentence; empty where no model had a price."""
    if summary.cost is None:
        return ""
    each = f"${decimal(summary.cost.per_problem, 4)} a problem"
    solved = f"${decimal(summary.cost.per_solved, 4)} a solved problem"
    return f"${summary.cost.usd:,.4f} by the prices recorded with the run: {each}, {solved}."
