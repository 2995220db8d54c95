"""What all trials of a study share."""

from __future__ import annotations

from dataclasses import dataclass

from tuner.inputs._architecture import Architecture
from tuner.inputs._arrays import Arrays, TrainingData
from tuner.inputs._measures import Measure


@dataclass(frozen=True)
class Training:
    """What all trials of a study share.

    Attributes:
        architecture: Builds the models.
        outputs: Names of the outputs, in the order of the targets.
        data: The rows that models train on.
        validation: The rows that objectives are measured on, in memory.
        measures: The objectives, in the order of a trial's values.
        epochs: Number of epochs of every trial.
        batch_size: Rows per step; None where the data come in batches of their own.
        shuffle: Whether the rows are shuffled before each epoch.
        test: None in a search. Where given, a trial that completes is measured on these rows too, once, after its last epoch.
            The values go into `Outcome.test_values`; nothing else may depend on them.
    """

    architecture: Architecture
    outputs: tuple[str, ...]
    data: TrainingData
    validation: Arrays
    measures: tuple[Measure, ...]
    epochs: int
    batch_size: int | None
    shuffle: bool = True
    test: Arrays | None = None
