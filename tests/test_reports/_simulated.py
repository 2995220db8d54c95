"""A study with replicates whose truth is known, made up without training."""

from benchmarks._simulated import Scenario, simulate

A, B = "a/auc", "b/mae"


def simulated(seed=0, **scenario):
    return next(simulate(Scenario(**({"effects": (3.0, 0.0)} | scenario)), 1, seed)).frame


def changed(frame, **columns):
    copy = frame.assign(**columns)
    copy.attrs = frame.attrs
    return copy
