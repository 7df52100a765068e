"""Runs of Reflexion against i.i.d. sampling: share of problems solved by mean completion tokens.

    python bench/solved.py RUN [RUN ...] --out docs/figures/reflexion.svg

The runs of one benchmark, among them one of the strategy ``simple``, make a panel. Lines are the best program
after each trial with 95 % intervals over problems, i.i.d. sampling likewise ended by the hidden tests; a
diamond is the submitted program. The file's suffix chooses svg or png. Needs sharpen[figures].
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import altair as alt

from sharpen.journal.directory import RecordedConfig, read_config
from sharpen.reports.reflexion.accounting import TrialSummary, summarise
from sharpen.reports.reflexion.equal_tokens import TokenPoint

COLOURS = {
    "i.i.d., pass@k": "#6b7280",
    "codet": "#1d4ed8",
    "reflexion": "#c2410c",
    "immediate-reflexion": "#7c3aed",
}


def rows(summary: TrialSummary) -> Iterator[dict[str, object]]:
    """Yield the points of a run, and of its baseline beside the plain strategy."""
    config = summary.record.config
    panel = f"{config.benchmark_name}, {len(summary.record.finished)} problems"

    def row(name: str, kind: str, point: TokenPoint) -> dict[str, object]:
        rate = point.rate
        return {"panel": panel, "strategy": name, "kind": kind, "tokens": point.tokens} | {
            "solved": rate.value, "low": rate.low, "high": rate.high
        }  # fmt: skip

    yield from (row(config.strategy, "line", point) for point in summary.against_tokens["oracle_every"])
    own = summary.lines[0]
    yield row(config.strategy, "self_tests", TokenPoint(own.tokens, own.rate))
    if config.strategy == "reflexion":
        yield from (row("i.i.d., pass@k", "line", point) for point in summary.iid)


def figure(points: list[dict[str, object]]) -> alt.FacetChart:
    """Return the panels side by side."""
    colour = alt.Color(
        "strategy:N",
        scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())),
        legend=alt.Legend(title=None, orient="top", labelLimit=300, symbolOpacity=1),
    )
    base = alt.Chart().encode(
        x=alt.X("tokens:Q", title="mean completion tokens a problem"),
        y=alt.Y("solved:Q", scale=alt.Scale(domain=[0, 1]), title="share solved"),
        color=colour,
    )
    trials, ends = (base.transform_filter(f"datum.kind == '{kind}'") for kind in ("line", "self_tests"))
    bands = trials.mark_area(opacity=0.12).encode(y=alt.Y("low:Q", title="share solved"), y2="high:Q")
    whiskers = ends.mark_rule(opacity=0.5).encode(y=alt.Y("low:Q", title="share solved"), y2="high:Q")
    diamonds = ends.mark_point(shape="diamond", filled=True, size=90, opacity=1)
    layers = (bands, trials.mark_line(point=True), whiskers, diamonds)
    panel = alt.layer(*layers, data=alt.InlineData(values=points)).properties(width=340, height=230)
    chart: alt.FacetChart = (
        panel.facet(facet=alt.Facet("panel:N", title=None), columns=2)
        .resolve_axis(x="independent")
        .properties(
            title="Lines: hidden tests end the chain (best program); diamonds: own tests (submitted program)"
        )
        .configure(background="white", font="sans-serif")
        .configure_view(stroke="#d1d5db")
    )
    return chart


def main() -> None:
    """Draw."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    by_benchmark: dict[str, list[Path]] = {}
    for run in args.runs:
        by_benchmark.setdefault(read_config(run, RecordedConfig).benchmark, []).append(run)
    points = [
        point
        for runs in by_benchmark.values()
        for summary in summarise(runs)[0]
        if summary.record.config.strategy in COLOURS
        for point in rows(summary)
    ]
    args.out.parent.mkdir(parents=True, exist_ok=True)
    figure(points).save(str(args.out), scale_factor=2 if args.out.suffix == ".png" else 1)
    print(f"wrote {args.out}")


if __name__ == "__main__":
    main()
