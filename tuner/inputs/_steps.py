"""`steps_per_epoch`: epochs that are not whole passes over the rows."""

from __future__ import annotations

from search_spaces import Problems
from tuner.inputs._arrays import TrainingData


def steps_of_arrays(data: TrainingData, batch_size: int, epochs: int, steps: int | None, problems: Problems) -> int | None:
    """The number of steps of an epoch; None where an epoch is a pass over the rows.

    Keras goes on in the next epoch where the last one ended, and cuts an epoch short where the rows end: that is refused.

    Args:
        data: What was given for training; what yields batches has been checked.
        batch_size: Rows per step of arrays.
        epochs: Number of epochs of every trial.
        steps: What is asked for.
        problems: Where mistakes are noted.
    """
    if steps is None or data.order is not None or data.arrays is None:
        return steps
    rows = data.arrays.rows
    batches = -(-rows // batch_size)
    if steps == batches:
        return None
    if rows % (steps * batch_size) and epochs * steps * batch_size > rows:
        problems.add(
            f"steps_per_epoch={steps} of {batch_size} rows: {epochs} epochs need {epochs * steps * batch_size} rows, and fit "
            f"would cut an epoch short where the {rows} rows end; leave steps_per_epoch out, or give a dataset with .repeat()"
        )
    return steps
