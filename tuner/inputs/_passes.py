"""Training data that come in batches are read once, and trained from memory.

What one pass yields beside the next tells in which order trials are to meet the rows: in their own, with batches or rows shuffled
by the trial's seed, or exactly as they were yielded, where every pass yields other rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, NamedTuple

import keras
import numpy as np

from search_spaces import InputError
from tuner._keras_internals import shuffle_buffer
from tuner._memory import DATA_SHARE, available_bytes
from tuner.inputs._arrays import Arrays, TrainingData, take_rows
from tuner.inputs._datasets import ReadOnce, batches, dataset_fingerprint, has_no_end, length_of, name_of, shuffles, sorted_rows
from tuner.inputs._fingerprints import batch_form, fingerprint
from tuner.inputs._kept_rows import KeptRows, UnevenRowsError, sorted_batches
from tuner.inputs._row_order import RowOrder


class LeftToFitError(Exception):
    """Why the rows are not kept, in a clause: each trial reads the pipeline itself."""


@dataclass(frozen=True)
class Pipeline:
    """What yields batches, and how `fit` would be told to read it.

    Attributes:
        given: A `tf.data.Dataset`, a `keras.utils.PyDataset`, or what can be read only once.
        read: Brings a batch, of a number from 0 up, into one form.
        epochs: Number of epochs of every trial.
        steps_per_epoch: Number of steps of an epoch; None where an epoch is a pass.
        shuffle: Whether the batches of a `PyDataset` are shuffled.
    """

    given: Any
    read: Callable[[Any, int], Arrays]
    epochs: int
    steps_per_epoch: int | None = None
    shuffle: bool = True

    @property
    def once(self) -> bool:
        """Whether it can be read only once."""
        return isinstance(self.given, ReadOnce)

    @property
    def shuffles_batches(self) -> bool:
        """Whether `fit` shuffles the batches, as it does those of a `PyDataset`."""
        return self.shuffle and isinstance(self.given, keras.utils.PyDataset)

    @property
    def acts_between_epochs(self) -> bool:
        """Whether a `PyDataset` has an `on_epoch_begin` or `on_epoch_end` of its own."""
        kind, stock = type(self.given), keras.utils.PyDataset
        hooks = ("on_epoch_begin", "on_epoch_end")
        return issubclass(kind, stock) and any(getattr(kind, name) is not getattr(stock, name) for name in hooks)

    def a_pass(self) -> Iterator[Arrays]:
        """One pass over the batches."""
        return (self.read(batch, number) for number, batch in enumerate(batches(self.given)))


class Recording(NamedTuple):
    """Batches that were read.

    Attributes:
        places: Places of the rows, shape (rows,), int32.
        sizes: Number of rows of each batch.
        ended: Whether there were no more batches.
    """

    places: np.ndarray
    sizes: list[int]
    ended: bool

    @property
    def batch_size(self) -> int:
        """Rows of a batch; the last one may have fewer."""
        return self.sizes[0]

    def check_sizes(self) -> None:
        """Raises `LeftToFitError` where other batches than the last have other sizes."""
        if any(size != self.batch_size for size in self.sizes[:-1]) or self.sizes[-1] > self.batch_size:
            raise LeftToFitError("batches differ in their number of rows")


def read_pipeline(pipeline: Pipeline) -> TrainingData:
    """Reads the batches, and finds the order in which trials are to train the rows.

    Raises:
        InputError: There are no batches, they differ in form, they never end and nothing says how many make an epoch, or there
            are too few of them.
    """
    given, steps = pipeline.given, pipeline.steps_per_epoch
    if has_no_end(given) and steps is None:
        raise InputError("the training data never end; say how many batches make an epoch, with steps_per_epoch")
    try:
        return _kept(pipeline)
    except LeftToFitError as reason:
        if pipeline.once:
            raise InputError(
                f"the training data can be read only once, as {given.name}, and cannot be kept for all trials: {reason}; "
                "pass arrays, a keras.utils.PyDataset or tf.data.Dataset.from_generator(...)"
            ) from None
        first, again = (next(pipeline.a_pass()) for _ in range(2))
        return TrainingData(given, None, None, first, dataset_fingerprint(given, first, again), unread=str(reason))


def _kept(pipeline: Pipeline) -> TrainingData:
    kept, epochs, steps = KeptRows(), pipeline.epochs, pipeline.steps_per_epoch
    if steps not in (None, length_of(pipeline.given)) and pipeline.acts_between_epochs:
        raise LeftToFitError(f"{name_of(pipeline.given)} acts between epochs, which are not its passes")
    whole = steps is None or (pipeline.shuffles_batches and not has_no_end(pipeline.given))
    began = pipeline.a_pass()
    first = _recorded(began, kept, None if whole or steps is None else epochs * steps)
    if not first.sizes:
        raise InputError("the training data hold no batches")
    if not first.ended:
        assert steps is not None
        return _endless(pipeline, kept, first, steps)
    _check_steps(len(first.sizes), pipeline)
    first.check_sizes()
    if steps is not None and steps < len(first.sizes) and len(set(first.sizes)) > 1:
        raise LeftToFitError("epochs end within a pass, whose last batch is smaller")
    if pipeline.once:
        return _in_own_order(pipeline, kept, first)
    return _by_second_pass(pipeline, kept, first)


def _recorded(passed: Iterator[Arrays], kept: KeptRows, count: int | None = None) -> Recording:
    """At most `count` batches of a pass; all of them where left out."""
    limit, places, sizes = DATA_SHARE * available_bytes(), [], []
    try:
        for batch in passed if count is None else islice(passed, count):
            places.append(kept.places(batch))
            sizes.append(batch.rows)
            if kept.nbytes > limit:
                raise LeftToFitError(f"they take more than {DATA_SHARE:.0%} of the memory that is free")
    except UnevenRowsError:
        raise LeftToFitError("rows of different batches differ in shape") from None
    return Recording(np.concatenate(places) if places else np.zeros(0, np.int32), sizes, count is None or len(sizes) < count)


def _check_steps(count: int, pipeline: Pipeline) -> None:
    """Epochs of `steps_per_epoch` must fit into passes of `count` batches, or Keras would shorten some."""
    steps = pipeline.steps_per_epoch
    if steps is None or pipeline.epochs * steps <= count:
        return
    begins_again = length_of(pipeline.given) is not None  # `fit` begins a pass of unknown length again only after an empty epoch
    if begins_again and count % steps == 0:
        return
    instead = f"or a steps_per_epoch that divides {count}" if begins_again else "or leave steps_per_epoch out"
    raise InputError(
        f"the training data end after {count} batches, and {pipeline.epochs} epochs of steps_per_epoch={steps} need "
        f"{pipeline.epochs * steps}: fit would cut an epoch short; let them go on without end, as .repeat() does, {instead}"
    )


def _by_second_pass(pipeline: Pipeline, kept: KeptRows, first: Recording) -> TrainingData:
    second = _recorded(pipeline.a_pass(), kept)
    if np.array_equal(first.places, second.places) and first.sizes == second.sizes:
        return _in_own_order(pipeline, kept, first)
    if np.array_equal(np.sort(first.places), np.sort(second.places)):
        return _shuffled(pipeline, kept, first, _batches_of(first) == _batches_of(second))
    return _other_rows(pipeline, kept, first, second)


def _batches_of(passed: Recording) -> list[bytes]:
    return sorted(part.tobytes() for part in np.split(passed.places, np.cumsum(passed.sizes)[:-1]))


def _in_own_order(pipeline: Pipeline, kept: KeptRows, first: Recording) -> TrainingData:
    """Each pass yields the same batches in the same order."""
    arrays = kept.arrays(first.places)
    order = RowOrder(arrays.rows, first.batch_size, "batches" if pipeline.shuffles_batches else False)
    mark = fingerprint(replace(arrays, ordered=not shuffles(pipeline.given)))
    note = (
        f"x can be read only once, as {pipeline.given.name}: each epoch trains the {arrays.rows} rows that it gave."
        if pipeline.once and pipeline.epochs > 1 and pipeline.steps_per_epoch is None
        else ""
    )
    return _data(pipeline, arrays, _of_steps(order, first, pipeline), mark, note)


def _shuffled(pipeline: Pipeline, kept: KeptRows, first: Recording, by_batches: bool) -> TrainingData:
    """Each pass yields the same rows in another order, which is the trial's own: by its seed, from one order in all processes."""
    arrays, note = kept.arrays(first.places), ""
    mark = fingerprint(replace(arrays, ordered=False))
    if by_batches:
        arrays = take_rows(arrays, sorted_batches(arrays, first.sizes))
    else:
        arrays, buffer = replace(sorted_rows(arrays), ordered=True), shuffle_buffer(pipeline.given)
        if buffer is not None and buffer < arrays.rows:
            note = f"The dataset shuffles within {buffer} of its {arrays.rows} rows at a time; trials shuffle all of them."
    order = RowOrder(arrays.rows, first.batch_size, "batches" if by_batches else True)
    return _data(pipeline, arrays, _of_steps(order, first, pipeline), mark, note)


def _of_steps(order: RowOrder, first: Recording, pipeline: Pipeline) -> RowOrder:
    """The order with the epochs that are asked for."""
    steps = pipeline.steps_per_epoch
    return order if steps in (None, len(first.sizes)) else replace(order, steps_per_epoch=steps, continues=True)


def _other_rows(pipeline: Pipeline, kept: KeptRows, first: Recording, second: Recording) -> TrainingData:
    """Passes yield other rows, as augmentation does: all of a training are read."""
    steps, passes = pipeline.steps_per_epoch or len(first.sizes), [first, second]
    needed = -(-pipeline.epochs * steps // len(first.sizes))
    if kept.nbytes / 2 * needed > DATA_SHARE * available_bytes():
        raise LeftToFitError(f"passes yield other rows each time, and {needed} of them take more memory than is free for data")
    passes += [_recorded(pipeline.a_pass(), kept) for _ in range(needed - 2)]
    if any(one.sizes != first.sizes for one in passes):
        raise LeftToFitError("passes differ in their number of rows")
    size, rows = first.batch_size, len(first.places)
    once_each = rows % size == 0 and all(len(np.unique(one.places)) == rows for one in passes)
    whole = steps == len(first.sizes)
    if whole and once_each and rows < kept.count < rows + size and _is_another_order(first, second):
        arrays = replace(sorted_rows(kept.arrays()), ordered=True)  # a shuffle that leaves out what does not fill a batch
        order = RowOrder(kept.count, size, shuffle=True, steps_per_epoch=len(first.sizes))
        return _data(pipeline, arrays, order, _form(pipeline, arrays, len(first.sizes)))
    places = np.concatenate([one.places for one in passes[:needed]])
    return _as_recorded(pipeline, kept, places[: pipeline.epochs * (rows if whole else steps * size)], size, steps)


def _is_another_order(first: Recording, second: Recording) -> bool:
    """Whether the rows that both passes have come in another order."""
    of_first = first.places[np.isin(first.places, second.places)]
    return not np.array_equal(of_first, second.places[np.isin(second.places, first.places)])


def _endless(pipeline: Pipeline, kept: KeptRows, passed: Recording, steps: int) -> TrainingData:
    """The batches of all epochs, of what has no end or was not read to its end."""
    epochs, size = pipeline.epochs, passed.batch_size
    if any(passed.sizes[at : at + steps] != passed.sizes[:steps] for at in range(0, epochs * steps, steps)):
        raise LeftToFitError("a batch within an epoch is smaller than the others (full ones come from .repeat() before .batch())")
    Recording(passed.places, passed.sizes[:steps], True).check_sizes()
    even = passed.sizes[steps - 1] == size
    rows = kept.count
    if len(passed.places) >= 2 * rows and (even or rows * epochs == len(passed.places)):
        cycles = np.split(passed.places, range(rows, len(passed.places), rows))
        if all(len(np.unique(cycle)) == len(cycle) for cycle in cycles):  # passes over the same rows
            shuffled = any(not np.array_equal(cycle, cycles[0][: len(cycle)]) for cycle in cycles)
            arrays = replace(sorted_rows(kept.arrays()), ordered=True) if shuffled else kept.arrays()
            order = RowOrder(rows, size, shuffled)
            mark = fingerprint(replace(arrays, ordered=not shuffled))
            return _data(pipeline, arrays, replace(order, steps_per_epoch=steps, continues=True) if even else order, mark)
    return _as_recorded(pipeline, kept, passed.places, size, steps)


def _as_recorded(pipeline: Pipeline, kept: KeptRows, places: np.ndarray, size: int, steps: int) -> TrainingData:
    """Every trial trains the batches as they came."""
    arrays, recorded = kept.arrays(), places.reshape(pipeline.epochs, -1)
    order = RowOrder(arrays.rows, size, "batches" if pipeline.shuffles_batches else False, recorded=recorded)
    note = (
        f"The batches of {pipeline.epochs} epochs were read once, and all trials train on them. Intervals say nothing of what "
        "another reading, with other augmentation, would change."
    )
    return _data(pipeline, arrays, order, _form(pipeline, arrays, steps), note)


def _form(pipeline: Pipeline, arrays: Arrays, steps: int) -> str:
    """A fingerprint of rows that are others in the next process."""
    return "form:" + batch_form(take_rows(arrays, slice(0, 1)), steps * pipeline.epochs)


def _data(pipeline: Pipeline, arrays: Arrays, order: RowOrder, mark: str, note: str = "") -> TrainingData:
    return TrainingData(pipeline.given, None, arrays, arrays, mark, order=order, notes=(note,) if note else ())
