"""An engine without training, for tests of what stands around it."""

import numpy as np

from search_spaces import names
from tuner.engines import Outcome


class Instant:
    """Reports and finishes each trial at once, with values that depend on its candidate and its seed alone."""

    bad_seed = None

    def __init__(self, training):
        self.training = training

    def run(self, trials):
        while (trial := trials.next()) is not None:
            trials.finish(trial, self.outcome(trial, trials))

    def outcome(self, trial, trials):
        if trial.seed == self.bad_seed:
            return Outcome(names.FAILED, reason="no")
        shares = list(trial.candidate.shares.values())
        noise = np.random.default_rng([trial.seed, int(1e6 * shares[0])]).normal(size=len(shares))
        values = [0.5 + 0.3 * np.sqrt(share) + 0.002 * z for share, z in zip(shares, noise, strict=True)]
        if not trials.report(trial, 1, values):
            return Outcome(names.PRUNED, [values], 0.1, "instant", "stopped by the pruner")
        tested = None if self.training.test is None else [value - 0.01 for value in values]
        return Outcome(names.COMPLETE, [values], 0.1, "instant", "", tested)
