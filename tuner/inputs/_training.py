"""What all trials of a study share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from search_spaces import LossSpec
from tuner.inputs._architecture import Architecture
from tuner.inputs._arrays import Arrays, TrainingData, take_rows
from tuner.inputs._callbacks import Callbacks
from tuner.inputs._folds import Fold
from tuner.inputs._measures import Measure
from tuner.inputs._row_order import RowOrder


@dataclass(frozen=True)
class Watched:
    """The validation rows that callbacks watch, as `fit` is given them.

    Attributes:
        rows: The rows with their weights.
        batch_size: Rows at a time.
        freq: `validation_freq`: after how many epochs they are measured each time, or the numbers of those epochs, from 1.
    """

    rows: Arrays
    batch_size: int
    freq: int | tuple[int, ...] = 1

    def measured_after(self, epoch: int) -> bool:
        """Whether they are measured after this epoch, counted from 1."""
        return epoch % self.freq == 0 if isinstance(self.freq, int) else epoch in self.freq


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
        batch_size: Rows per step; None where each trial reads batches itself.
        shuffle: Whether the rows are shuffled before each epoch.
        test: None in a search. Where given, a trial that completes is measured on these rows too, once, after its last epoch.
            The values go into `Outcome.test_values`; nothing else may depend on them.
        notes: Sentences that the person is told before the search begins.
        callbacks: The callbacks of every trial; None where there are none.
        watched: What callbacks watch; None where there are no callbacks.
        class_weight: Weights by output and class that the weights of the rows were made of.
        crossentropies: The losses that `"crossentropy"` means for these data, by output; the space is to have them in its place.
        whole: The training of whole models, where the architecture builds only what is trained of them; else None.
        steps_per_epoch: Number of steps of an epoch, where that is not a whole pass over the data.
        held_out: The validation rows as they were given, with the weights of the person alone; None in a cross-validation.
        folds: The folds of a cross-validation, whose rows are those of `data` and of `validation`; none without one.

    Example:
        >>> from tuner.inputs import training_data, validation_arrays
        >>> outputs = ("urgent", "kind")
        >>> data, held_out = training_data(x, y, None, outputs), validation_arrays(validation_data, outputs)
        >>> training = Training(Architecture(build), outputs, data, held_out, measures=(), epochs=2, batch_size=64)
        >>> training.data.arrays.rows, training.validation.rows, training.shuffle
        (240, 80, True)
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
    notes: tuple[str, ...] = ()
    callbacks: Callbacks | None = None
    watched: Watched | None = None
    class_weight: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    crossentropies: Mapping[str, LossSpec] = field(default_factory=dict)
    whole: Training | None = None
    steps_per_epoch: int | None = None
    held_out: Arrays | None = None
    folds: tuple[Fold, ...] = ()

    def of_fold(self, number: int) -> Training:
        """The training of one fold, from 0 up, as if its rows alone had been given."""
        fold, rows, watched = self.folds[number], self.data.arrays, self.watched
        assert rows is not None
        train = take_rows(rows, fold.train)
        return replace(
            self,
            data=replace(self.data, x=train.x, arrays=train, checked=train, order=self._order_of(train)),
            validation=take_rows(self.validation, fold.validate),
            watched=None if watched is None else replace(watched, rows=take_rows(watched.rows, fold.validate)),
            whole=None if self.whole is None else self.whole.of_fold(number),
            folds=(),
        )

    def objectives_watched(self, values: Sequence[float]) -> dict[str, float]:
        """Of the objectives' values, those that callbacks of epochs watch, by name."""
        monitors = () if self.callbacks is None else self.callbacks.monitors
        named = {measure.objective.name: value for measure, value in zip(self.measures, values, strict=True)}
        return {name: value for name, value in named.items() if name in monitors}

    @property
    def logs_watched(self) -> tuple[str, ...]:
        """What callbacks of epochs watch of what `fit` logs; they may watch objectives too, which `fit` does not log."""
        objectives = [measure.objective.name for measure in self.measures]
        monitors = () if self.callbacks is None else self.callbacks.monitors
        return tuple(name for name in monitors if name not in objectives)

    @property
    def order(self) -> RowOrder:
        """The order of the rows, which are in memory."""
        assert self.data.arrays is not None
        assert self.batch_size is not None
        steps = self.steps_per_epoch
        given = RowOrder(self.data.arrays.rows, self.batch_size, self.shuffle, steps, continues=steps is not None)
        return self.data.order or given

    def _order_of(self, rows: Arrays) -> RowOrder | None:
        """The order of some of the rows; None where arrays were given."""
        return None if self.data.order is None else replace(self.data.order, rows=rows.rows)
