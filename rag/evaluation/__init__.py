"""Question sets to figures: how well the assistant finds, answers, cites and refuses.

`evaluate` runs a set and gives a `Report`; `table` and `plot` show it. The formulas are in
docs/evaluation.md. Sees the assistant from outside, as any caller does.
"""

from rag.evaluation.plot import plot
from rag.evaluation.questions import EvalQuestion, load
from rag.evaluation.report import Estimate, Report
from rag.evaluation.run import evaluate
from rag.evaluation.support import bundled_judge
from rag.evaluation.table import table

__all__ = [
    "Estimate",
    "EvalQuestion",
    "Report",
    "bundled_judge",
    "evaluate",
    "load",
    "plot",
    "table",
]
