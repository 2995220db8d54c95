"""Training, validation and test data: what `Model.fit` takes, checked and brought into one form."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Any

import keras
import numpy as np

from search_spaces import InputError, Problems
from tuner._memory import DATA_SHARE, available_bytes
from tuner.inputs._array_checks import check_finite, check_lengths, check_numbers
from tuner.inputs._arrays import Arrays, TrainingData, first_rows
from tuner.inputs._conversion import to_array, to_arrays
from tuner.inputs._datasets import batches, first_batch, has_no_end, in_batches, is_dataset, joined, shuffles, sorted_rows
from tuner.inputs._fingerprints import fingerprint
from tuner.inputs._passes import Pipeline, read_pipeline
from tuner.inputs._structures import targets_by_output, weights_by_output
from tuner.inputs._unreadable import in_words


def training_data(
    x: Any,
    y: Any,
    sample_weight: Any,
    outputs: Sequence[str],
    keyed: bool = False,
    unused: Collection[str] = (),
    epochs: int = 1,
    steps_per_epoch: int | None = None,
    shuffle: bool = True,
) -> TrainingData:
    """Reads the training data.

    Args:
        x: Inputs, or what yields batches.
        y: Targets; None where x yields them.
        sample_weight: Weights; None where x yields them.
        outputs: Names of the outputs, in order.
        keyed: Whether the model's outputs are a dictionary.
        unused: The outputs whose targets nothing is computed from; zeros take the place of what is given for them.
        epochs: Number of epochs that batches are read for.
        steps_per_epoch: Number of batches of an epoch; None where that is all of them.
        shuffle: Whether the batches of a `PyDataset` are shuffled.

    Raises:
        InputError: All mistakes at once: missing or unknown outputs, different lengths, NaN, data that never end.
    """
    x = in_batches(x)
    if not is_dataset(x):
        arrays = read_arrays(x, y, sample_weight, outputs, "the training data", keyed, unused)
        return TrainingData(x, y, arrays, arrays, fingerprint(arrays))
    if y is not None or sample_weight is not None:
        raise InputError("x is a dataset, which yields its own targets: leave out y and sample_weight")

    def read(batch: Any, number: int) -> Arrays:
        what = f"batch {number + 1} of the training data" if number else "the training data"
        return _read_batch(batch, outputs, what, keyed, unused)

    return read_pipeline(Pipeline(x, read, epochs, steps_per_epoch, shuffle))


def first_inputs(x: Any, rows: int) -> Any:
    """The first rows of the inputs, in the structure that the model takes.

    Args:
        x: Inputs, or what yields batches: then the first rows of its first batch.
        rows: At most so many.

    Raises:
        InputError: They cannot be read.
    """
    if is_dataset(x):
        batch = first_batch(x)
        x = batch[0] if isinstance(batch, list | tuple) and batch else batch
    problems = Problems("the training data cannot be used")
    inputs = to_arrays(x, problems)
    problems.raise_any()
    return Arrays(keras.tree.map_structure(lambda array: array[:rows], inputs), (), ()).inputs


def validation_arrays(
    given: Any,
    outputs: Sequence[str],
    kind: str = "validation",
    keyed: bool = False,
    unused: Collection[str] = (),
    steps: int | None = None,
    batch_size: int = 32,
) -> Arrays:
    """Reads all validation or test data into memory.

    Args:
        given: (x, y), (x, y, sample_weight) or what yields batches; the rows of a dataset that shuffles come in an order of
            their own.
        outputs: Names of the outputs, in order.
        kind: `validation` or `test`, for the errors.
        keyed: Whether the model's outputs are a dictionary.
        unused: As for `training_data`.
        steps: Number of batches that are taken, the first ones; all where left out.
        batch_size: Rows of a batch of arrays.

    Raises:
        InputError: Missing, of another form, or with mistakes of its own.
    """
    if given is None:
        raise InputError(
            "validation data are missing: every objective is measured on data that the training does not see; "
            "pass validation_data=(x_val, y_val), or validation_split=0.2"
        )
    what, given = f"the {kind} data", in_batches(given)
    if is_dataset(given):
        rows = joined(list(_held_out_batches(given, outputs, what, keyed, unused, steps)), what)
        return sorted_rows(rows) if shuffles(given) else rows
    if not isinstance(given, list | tuple) or len(given) not in (2, 3):
        x, y = ("x_val", "y_val") if kind == "validation" else ("x_test", "y_test")
        form = f"({x}, {y}), ({x}, {y}, sample_weight) or a dataset"
        raise InputError(f"{kind}_data must be {form}, got {in_words(given)}")
    rows = read_arrays(given[0], given[1], given[2] if len(given) == 3 else None, outputs, what, keyed, unused)
    if steps is None:
        return rows
    _check_steps(-(-rows.rows // batch_size), steps, what)
    return first_rows(rows, steps * batch_size)


def _held_out_batches(
    given: Any, outputs: Sequence[str], what: str, keyed: bool, unused: Collection[str], steps: int | None
) -> Iterator[Arrays]:
    """The batches of validation or test data, as many as are asked for."""
    if has_no_end(given) and steps is None:
        raise InputError(f"{what} never end; say how many batches are measured, with validation_steps, or limit them yourself")
    limit, size, count = DATA_SHARE * available_bytes(), 0, 0
    for batch in islice(batches(given), steps):
        rows = _read_batch(batch, outputs, what, keyed, unused)
        size, count = size + sum(column.nbytes for column in rows.columns), count + 1
        if size > limit:
            raise InputError(
                f"{what} take more than {DATA_SHARE:.0%} of the memory that is free, and had no end after {count} batches; "
                "they are held in memory: give fewer of them"
            )
        yield rows
    if count and steps is not None:
        _check_steps(count, steps, what)


def _check_steps(count: int, steps: int, what: str) -> None:
    if count < steps:
        raise InputError(f"{what} end after {count} batches, and validation_steps={steps} asks for more; leave it out")


def read_arrays(
    x: Any, y: Any, sample_weight: Any, outputs: Sequence[str], what: str, keyed: bool = False, unused: Collection[str] = ()
) -> Arrays:
    """Brings arrays into one form.

    Args:
        x: Inputs.
        y: Targets.
        sample_weight: Weights, or None.
        outputs: Names of the outputs, in order.
        what: `the training data`, for the errors.
        keyed: Whether the model's outputs are a dictionary.
        unused: As for `training_data`.

    Raises:
        InputError: All mistakes at once.
    """
    problems = Problems(f"{what} cannot be used")
    inputs = to_arrays(x, problems)
    targets = {
        output: to_array(target, f"y[{output!r}]", problems)
        for output, target in targets_by_output(y, outputs, keyed, problems, unused).items()
    }
    weights = {
        output: None if weight is None or output in unused else to_array(weight, f"sample_weight[{output!r}]", problems)
        for output, weight in weights_by_output(sample_weight, outputs, keyed, problems).items()
    }
    check_numbers(targets, weights, problems)
    problems.raise_any()
    check_lengths(inputs, targets, weights, problems)
    check_finite(inputs, targets, weights, problems)
    problems.raise_any()
    targets |= {output: np.zeros(len(next(iter(targets.values()))), keras.config.floatx()) for output in unused}
    return Arrays(inputs, tuple(targets[output] for output in outputs), tuple(weights[output] for output in outputs))


def _read_batch(batch: Any, outputs: Sequence[str], what: str, keyed: bool, unused: Collection[str]) -> Arrays:
    if not isinstance(batch, list | tuple) or len(batch) not in (2, 3):
        raise InputError(f"{what} must yield (x, y) or (x, y, sample_weight), got {in_words(batch)}")
    return read_arrays(batch[0], batch[1], batch[2] if len(batch) == 3 else None, outputs, what, keyed, unused)
