"""Training, validation and test data: what `Model.fit` takes, checked and brought into one form."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import keras
import numpy as np

from search_spaces import InputError, Problems
from tuner.inputs._array_checks import check_finite, check_lengths, check_numbers
from tuner.inputs._arrays import Arrays, TrainingData
from tuner.inputs._conversion import to_array, to_arrays
from tuner.inputs._datasets import batches, dataset_fingerprint, is_dataset, joined, refuse_infinite, shuffles, sorted_rows
from tuner.inputs._fingerprints import fingerprint
from tuner.inputs._structures import targets_by_output, weights_by_output
from tuner.inputs._unreadable import in_words, refuse_generator


def training_data(
    x: Any, y: Any, sample_weight: Any, outputs: Sequence[str], keyed: bool = False, unused: Collection[str] = ()
) -> TrainingData:
    """Reads the training data.

    Args:
        x: Inputs, or a dataset.
        y: Targets; None with a dataset.
        sample_weight: Weights; None with a dataset.
        outputs: Names of the outputs, in order.
        keyed: Whether the model's outputs are a dictionary.
        unused: The outputs whose targets nothing is computed from; zeros take the place of what is given for them.

    Raises:
        InputError: All mistakes at once: missing or unknown outputs, different lengths, NaN, an infinite dataset.
    """
    refuse_generator(x, "the training data")
    if is_dataset(x):
        if y is not None or sample_weight is not None:
            raise InputError("x is a dataset, which yields its own targets: leave out y and sample_weight")
        refuse_infinite(x, "the training data")
        first, again = _first_batch(x, outputs, keyed, unused), _first_batch(x, outputs, keyed, unused)
        return TrainingData(x, None, None, first, dataset_fingerprint(x, first, again))
    arrays = read_arrays(x, y, sample_weight, outputs, "the training data", keyed, unused)
    return TrainingData(x, y, arrays, arrays, fingerprint(arrays))


def first_inputs(x: Any, rows: int) -> Any:
    """The first rows of the inputs, in the structure that the model takes.

    Args:
        x: Inputs, or a dataset: then the first rows of its first batch.
        rows: At most so many.

    Raises:
        InputError: They cannot be read.
    """
    refuse_generator(x, "the training data")
    if is_dataset(x):
        batch = next(batches(x), None)
        x = batch[0] if isinstance(batch, list | tuple) and batch else batch
    problems = Problems("the training data cannot be used")
    inputs = to_arrays(x, problems)
    problems.raise_any()
    return Arrays(keras.tree.map_structure(lambda array: array[:rows], inputs), (), ()).inputs


def validation_arrays(
    given: Any, outputs: Sequence[str], kind: str = "validation", keyed: bool = False, unused: Collection[str] = ()
) -> Arrays:
    """Reads all validation or test data into memory.

    Args:
        given: (x, y), (x, y, sample_weight) or a finite dataset; the rows of one that shuffles come in an order of their own.
        outputs: Names of the outputs, in order.
        kind: `validation` or `test`, for the errors.
        keyed: Whether the model's outputs are a dictionary.
        unused: As for `training_data`.

    Raises:
        InputError: Missing, of another form, or with mistakes of its own.
    """
    if given is None:
        raise InputError(
            "validation data are missing: every objective is measured on data that the training does not see; "
            "pass validation_data=(x_val, y_val), or validation_split=0.2"
        )
    what = f"the {kind} data"
    refuse_generator(given, what)
    if is_dataset(given):
        refuse_infinite(given, what)
        rows = joined([_read_batch(batch, outputs, what, keyed, unused) for batch in batches(given)], what)
        return sorted_rows(rows) if shuffles(given) else rows
    if not isinstance(given, list | tuple) or len(given) not in (2, 3):
        x, y = ("x_val", "y_val") if kind == "validation" else ("x_test", "y_test")
        form = f"({x}, {y}), ({x}, {y}, sample_weight) or a dataset"
        raise InputError(f"{kind}_data must be {form}, got {in_words(given)}")
    return read_arrays(given[0], given[1], given[2] if len(given) == 3 else None, outputs, what, keyed, unused)


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


def _first_batch(dataset: Any, outputs: Sequence[str], keyed: bool, unused: Collection[str]) -> Arrays:
    batch = next(batches(dataset), None)
    if batch is None:
        raise InputError("the training data hold no batches")
    return _read_batch(batch, outputs, "the training data", keyed, unused)


def _read_batch(batch: Any, outputs: Sequence[str], what: str, keyed: bool, unused: Collection[str]) -> Arrays:
    if not isinstance(batch, list | tuple) or len(batch) not in (2, 3):
        raise InputError(f"{what} must yield (x, y) or (x, y, sample_weight), got {in_words(batch)}")
    return read_arrays(batch[0], batch[1], batch[2] if len(batch) == 3 else None, outputs, what, keyed, unused)
