"""Pandas tables and pictures of a finished or running study. Needs neither TensorFlow nor Keras."""

from reports._agreement import agreement
from reports._columns import describe_columns
from reports._pick import choose, pick
from reports.confirmation import Verdict, evidence, finalists, intervals, replicates, verdict
from reports.page import compare, compile_call, front_data, front_figure, markdown, report_html, write_comparison, write_report
from reports.ranking import (
    choice_effects,
    comparison,
    compromise,
    constant_objectives,
    contributions,
    front_summary,
    history_frame,
    hypervolume,
    hypervolume_history,
    importances,
    non_dominated,
    one_of_each_policy,
    policies,
    rank,
    study_frame,
    weight_effects,
)

__all__ = [
    "Verdict",
    "agreement",
    "choice_effects",
    "choose",
    "compare",
    "comparison",
    "compile_call",
    "compromise",
    "constant_objectives",
    "contributions",
    "describe_columns",
    "evidence",
    "finalists",
    "front_data",
    "front_figure",
    "front_summary",
    "history_frame",
    "hypervolume",
    "hypervolume_history",
    "importances",
    "intervals",
    "markdown",
    "non_dominated",
    "one_of_each_policy",
    "pick",
    "policies",
    "rank",
    "replicates",
    "report_html",
    "study_frame",
    "verdict",
    "weight_effects",
    "write_comparison",
    "write_report",
]
