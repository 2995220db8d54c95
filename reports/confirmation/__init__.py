"""Results of replicates: paired differences, intervals, finalists, verdict."""

from reports.confirmation._estimates import Estimates
from reports.confirmation._evidence import evidence
from reports.confirmation._finalists import FINALIST_COLUMNS, finalists
from reports.confirmation._intervals import INTERVAL_COLUMNS, intervals
from reports.confirmation._paired import Paired
from reports.confirmation._plan import Chosen, JudgingPlan, Judgment, choosing_seeds, rule_key, seeds_for, verdict_level
from reports.confirmation._replicates import replicates
from reports.confirmation._results import ReplicateResults, replicate_results
from reports.confirmation._section import ConfirmationSection, confirmation_section
from reports.confirmation._t_test import interval, p_values
from reports.confirmation._verdict import Verdict, decide, verdict

__all__ = [
    "FINALIST_COLUMNS",
    "INTERVAL_COLUMNS",
    "Chosen",
    "ConfirmationSection",
    "Estimates",
    "JudgingPlan",
    "Judgment",
    "Paired",
    "ReplicateResults",
    "Verdict",
    "choosing_seeds",
    "confirmation_section",
    "decide",
    "evidence",
    "finalists",
    "interval",
    "intervals",
    "p_values",
    "replicate_results",
    "replicates",
    "rule_key",
    "seeds_for",
    "verdict",
    "verdict_level",
]
