"""Pandas tables and pictures of a finished or running study. Needs neither TensorFlow nor Keras."""

from reports._columns import describe_columns
from reports._figures import front_data, front_figure
from reports._frame import history_frame, study_frame
from reports._front import contributions, hypervolume, non_dominated
from reports._pick import pick
from reports._rank import front_summary, rank
from reports._source import compile_call
from reports._words import comparison
from reports._write import markdown, write_report

__all__ = [
    "comparison",
    "compile_call",
    "contributions",
    "describe_columns",
    "front_data",
    "front_figure",
    "front_summary",
    "history_frame",
    "hypervolume",
    "markdown",
    "non_dominated",
    "pick",
    "rank",
    "study_frame",
    "write_report",
]
