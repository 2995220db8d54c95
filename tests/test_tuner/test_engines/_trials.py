"""A list of trials in place of a study."""

from tuner.engines import RunningTrial


class OneTrial:
    """A list of trials, and what an engine said of them."""

    def __init__(self, *candidates, keep=True):
        self.waiting = [RunningTrial(n, candidate, 3) for n, candidate in enumerate(candidates)]
        self.reported, self.outcomes, self.keep = [], [], keep

    def next(self):
        return self.waiting.pop(0) if self.waiting else None

    def report(self, trial, epoch, values):
        self.reported.append((trial.number, epoch, values))
        return self.keep

    def finish(self, trial, outcome):
        self.outcomes.append(outcome)
