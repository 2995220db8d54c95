"""Pandas tables and pictures of a finished or running study. Needs neither TensorFlow nor Keras."""

from reports._columns import describe_columns
from reports._compare import compare, write_comparison
from reports._compromise import compromise, hypervolume_history
from reports._evidence import evidence
from reports._figures import front_data, front_figure
from reports._finalists import finalists
from reports._frame import history_frame, study_frame
from reports._front import contributions, hypervolume, non_dominated
from reports._influence import choice_effects, importances, weight_effects
from reports._intervals import intervals
from reports._pick import choose, pick
from reports._policies import one_of_each_policy, policies
from reports._rank import front_summary, rank
from reports._replicates import replicates
from reports._source import compile_call
from reports._verdict import Verdict, verdict
from reports._words import comparison
from reports._write import markdown, report_html, write_report

__all__ = [
    "Verdict",
    "choice_effects",
    "choose",
    "compare",
    "comparison",
    "compile_call",
    "compromise",
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
