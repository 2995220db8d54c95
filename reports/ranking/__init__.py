"""One row a trial: table, scale, front, Δm, rank, compromise, influence."""

from reports.ranking._compromise import COMPROMISE_COLUMNS, HYPERVOLUME_COLUMNS, compromise, hypervolume_history
from reports.ranking._constant import constant_objectives
from reports.ranking._delta_m import relative_improvement
from reports.ranking._frame import HISTORY_COLUMNS, history_frame, is_policy_trial, study_frame
from reports.ranking._front import contributions, hypervolume, non_dominated
from reports.ranking._influence import (
    CHOICE_COLUMNS,
    IMPORTANCE_COLUMNS,
    WEIGHT_COLUMNS,
    choice_columns,
    choice_effects,
    importances,
    searched,
    weight_effects,
)
from reports.ranking._policies import POLICY_COLUMNS, one_of_each_policy, policies, policy_table
from reports.ranking._rank import front_summary, rank
from reports.ranking._rule import Rule, achievement, by_objective, check_trial, fronts, rule_of
from reports.ranking._scale import NO_SCALE, Scale, scale_of, signs
from reports.ranking._summary import comparison

__all__ = [
    "CHOICE_COLUMNS",
    "COMPROMISE_COLUMNS",
    "HISTORY_COLUMNS",
    "HYPERVOLUME_COLUMNS",
    "IMPORTANCE_COLUMNS",
    "NO_SCALE",
    "POLICY_COLUMNS",
    "WEIGHT_COLUMNS",
    "Rule",
    "Scale",
    "achievement",
    "by_objective",
    "check_trial",
    "choice_columns",
    "choice_effects",
    "comparison",
    "compromise",
    "constant_objectives",
    "contributions",
    "front_summary",
    "fronts",
    "history_frame",
    "hypervolume",
    "hypervolume_history",
    "importances",
    "is_policy_trial",
    "non_dominated",
    "one_of_each_policy",
    "policies",
    "policy_table",
    "rank",
    "relative_improvement",
    "rule_of",
    "scale_of",
    "searched",
    "signs",
    "study_frame",
    "weight_effects",
]
