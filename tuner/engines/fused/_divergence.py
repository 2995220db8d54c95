"""What of a lane is no longer finite, in words."""

from __future__ import annotations

import numpy as np

from tuner.inputs import Training


def not_finite(training: Training, losses: np.ndarray, values: np.ndarray) -> str:
    """The first loss or objective of an epoch that is not finite, in words; empty where all are.

    Args:
        training: Names the outputs and objectives.
        losses: Sum over steps of each output's loss and the layers' own, shape (outputs + 1,).
        values: The objectives, shape (measures,).
    """
    for at, loss in enumerate(losses):
        if not np.isfinite(loss):
            outputs = training.outputs
            return f"the loss of output {outputs[at]!r}" if at < len(outputs) else "the layers' own loss"
    for measure, value in zip(training.measures, values, strict=True):
        if not np.isfinite(value):
            return f"objective {measure.objective.name}"
    return ""
