"""What the rows of a run mean to its report: their sizes, and what may be said of them."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Size:
    """The widths of a full tree.

    Attributes:
        n_p: programs.
        n_f: feedback texts per failing program; n_fr in the joint form.
        n_r: repairs per feedback text; 1 in the joint form.
        joint: whether one completion holds the feedback and its repair.
    """

    n_p: int
    n_f: int
    n_r: int
    joint: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """What a method declares about the rows of one of its runs.

    The defaults claim nothing: a report then counts rows and estimates nothing.

    Attributes:
        title: what the run did, in a word or two.
        authors: who wrote programs and feedback.
        shape: the widths of its trees, in the paper's words; empty where it has none.
        size: of every tree, where trees grow to one size whatever passes; else None, as no estimate is
            unbiased then.
        stopped: why trees have no fixed size, or may have none, in a sentence for the report; empty where
            they have one.
        feedback: the tests whose errors a prompt quotes.
        independent: whether all programs of a problem are independent draws, which makes them a baseline.
        all_count: whether every program counts in pass@1; else only the first of each problem, because how
            many there are depends on which pass.
        baseline: whether i.i.d. samples were drawn to the tokens of the repairs.
        rounds: how often a failing repair is repaired again, with the first round.
        cuts: whether explanations are cut where they begin to give code.
    """

    title: str
    authors: str
    shape: str = ""
    size: Size | None = None
    stopped: str = ""
    feedback: Literal["none", "visible", "hidden", "unknown"] = "unknown"
    independent: bool = False
    all_count: bool = False
    baseline: bool = False
    rounds: int = 1
    cuts: bool = False
