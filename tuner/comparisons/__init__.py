"""What the search is compared with: baselines, weighting policies, replicates."""

from tuner.comparisons._baselines import baselines
from tuner.comparisons._policies import enqueue_policy_trials, shared_start, usable
from tuner.comparisons._replicates import enqueue_replicates, finalists, keep_test_data, trials_to_replicate

__all__ = [
    "baselines",
    "enqueue_policy_trials",
    "enqueue_replicates",
    "finalists",
    "keep_test_data",
    "shared_start",
    "trials_to_replicate",
    "usable",
]
