"""What the search is compared with: baselines, weighting policies, replicates."""

from tuner.comparisons._baselines import baselines, enqueue_baselines
from tuner.comparisons._judging import decide_judgment, decide_pick, plan_of
from tuner.comparisons._policies import check_policy_trials, enqueue_policy_trials, shared_start, usable_policies
from tuner.comparisons._replicates import (
    choose_finalists,
    enqueue_replicates,
    note_test_data,
    trials_to_replicate,
)

__all__ = [
    "baselines",
    "check_policy_trials",
    "choose_finalists",
    "decide_judgment",
    "decide_pick",
    "enqueue_baselines",
    "enqueue_policy_trials",
    "enqueue_replicates",
    "note_test_data",
    "plan_of",
    "shared_start",
    "trials_to_replicate",
    "usable_policies",
]
