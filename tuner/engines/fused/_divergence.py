"""What of a lane is no longer finite, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tuner.inputs import Measure


def not_finite(trained: Sequence[str], measures: Sequence[Measure], losses: np.ndarray, values: np.ndarray) -> str:
    """The first loss or objective of an epoch that is not finite, in words; empty where all are.

    Args:
        trained: Names of the trained outputs.
        measures: The objectives.
        losses: Sum over steps of each output's loss and the layers' own, shape (outputs + 1,).
        values: The objectives, shape (measures,).
    """
    for at, loss in enumerate(losses):
        if not np.isfinite(loss):
            return f"the loss of output {trained[at]!r}" if at < len(trained) else "the layers' own loss"
    for measure, value in zip(measures, values, strict=True):
        if not np.isfinite(value):
            return f"objective {measure.objective.name}"
    return ""
