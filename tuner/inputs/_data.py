"""Training and validation data: what `Model.fit` takes, checked and brought into one form."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from search_spaces import InputError, Problems, nearest
from tuner._keras_internals import dataset_inputs

_HASHED_BYTES = 256 * 2**20
_SHOWN = 12


@dataclass(frozen=True)
class Arrays:
    """Rows held in memory.

    Attributes:
        x: Inputs in the structure that the model takes: an array, a list, or a dictionary by input name; rows first.
        targets: One array per output, in the order of the output names; rows first.
        weights: One array of shape (rows,) per output, or (rows, steps) for each step; None where every row counts alike.
        ordered: Whether the order of the rows is the data's own; a dataset may shuffle.
    """

    x: Any
    targets: tuple[np.ndarray, ...]
    weights: tuple[np.ndarray | None, ...]
    ordered: bool = True

    @property
    def rows(self) -> int:
        """Number of samples."""
        return len(self.targets[0])


@dataclass(frozen=True)
class TrainingData:
    """What is given to `Model.fit` for training.

    Attributes:
        x: As the user gave it: arrays, or a `tf.data.Dataset` or `keras.utils.PyDataset` that yields batches.
        y: As the user gave it; None with a dataset.
        arrays: The same rows in one form; None with a dataset.
        known: `arrays`, or of a dataset its first batch.
        fingerprint: Changes when the data change.
    """

    x: Any
    y: Any
    arrays: Arrays | None
    known: Arrays
    fingerprint: str


def is_dataset(x: Any) -> bool:
    """Whether the data yield batches of their own."""
    import keras
    import tensorflow as tf

    return isinstance(x, tf.data.Dataset | keras.utils.PyDataset)


def training_data(x: Any, y: Any, sample_weight: Any, outputs: Sequence[str]) -> TrainingData:
    """Reads the training data.

    Raises:
        InputError: All mistakes at once: missing or unknown outputs, different lengths, NaN, an infinite dataset.
    """
    if is_dataset(x):
        if y is not None or sample_weight is not None:
            raise InputError("x is a dataset, which yields its own targets: leave out y and sample_weight")
        _refuse_infinite(x, "the training data")
        first, again = _first_batch(x, outputs), _first_batch(x, outputs)
        return TrainingData(x, None, None, first, _of_dataset(x, first, again))
    arrays = read_arrays(x, y, sample_weight, outputs, "the training data")
    return TrainingData(x, y, arrays, arrays, fingerprint(arrays))


def validation_arrays(given: Any, outputs: Sequence[str], kind: str = "validation") -> Arrays:
    """Reads the validation data, or test data, wholly into memory.

    Args:
        given: (x, y), (x, y, sample_weight) or a finite dataset; the rows of one that shuffles come in an order of their own.
        outputs: Names of the outputs, in order.
        kind: `validation` or `test`, for the errors.

    Raises:
        InputError: Missing, of another form, or with mistakes of its own.
    """
    if given is None:
        raise InputError(
            "validation data are missing: every objective is measured on data that the training does not see; "
            "pass validation_data=(x_val, y_val)"
        )
    what = f"the {kind} data"
    if is_dataset(given):
        _refuse_infinite(given, what)
        rows = _joined([_unpack(batch, outputs, what) for batch in _batches(given)], what)
        return _in_own_order(rows) if _shuffles(given) else rows
    if not isinstance(given, list | tuple) or len(given) not in (2, 3):
        x, y = ("x_val", "y_val") if kind == "validation" else ("x_test", "y_test")
        form = f"({x}, {y}), ({x}, {y}, sample_weight) or a dataset"
        raise InputError(f"{kind}_data must be {form}, got {type(given).__name__}")
    return read_arrays(given[0], given[1], given[2] if len(given) == 3 else None, outputs, what)


def read_arrays(x: Any, y: Any, sample_weight: Any, outputs: Sequence[str], what: str) -> Arrays:
    """Brings arrays into one form.

    Raises:
        InputError: All mistakes at once.
    """
    problems = Problems(f"{what} cannot be used")
    inputs = _as_arrays(x, problems)
    targets = by_output(y, outputs, "y", problems)
    weights = [None] * len(outputs) if sample_weight is None else _weights(sample_weight, outputs, problems)
    _check_numbers(targets, weights, outputs, problems)
    problems.raise_any()
    _check_lengths(inputs, targets, weights, outputs, problems)
    _check_finite(inputs, targets, weights, outputs, problems)
    problems.raise_any()
    return Arrays(inputs, tuple(targets), tuple(weights))


def by_output(given: Any, outputs: Sequence[str], what: str, problems: Problems) -> list[np.ndarray]:
    """One array per output, from a dictionary by name, a list in order, or a bare array where there is one output."""
    if isinstance(given, Mapping):
        for name in [name for name in given if name not in outputs]:
            problems.add(f"{what} names an unknown output {name!r}; {nearest(str(name), outputs)}")
        for name in [name for name in outputs if name not in given]:
            problems.add(f"{what} has nothing for the output {name!r}; it has {list(given)}")
        return [_array(given[name], f"{what}[{name!r}]", problems) for name in outputs if name in given]
    if given is None:
        problems.add(f"{what} is missing; give one array per output: {list(outputs)}")
        return []
    if len(outputs) == 1 and not isinstance(given, list | tuple):
        return [_array(given, what, problems)]
    if not isinstance(given, list | tuple) or len(given) != len(outputs):
        got = f"{len(given)} arrays" if isinstance(given, list | tuple) else f"one {type(given).__name__}"
        problems.add(f"{what} must hold one array for each of the {len(outputs)} outputs {list(outputs)}, got {got}")
        return []
    return [_array(item, f"{what}[{name!r}]", problems) for name, item in zip(outputs, given, strict=True)]


def fingerprint(arrays: Arrays) -> str:
    """A short hash of shapes, types and values; above 256 MiB an array is sampled at regular rows.

    It does not depend on the order of rows that have none of their own.
    """
    if not arrays.ordered:
        return hashlib.blake2b(b"".join(sorted(_row_hashes(arrays))), digest_size=8).hexdigest()
    digest = hashlib.blake2b(digest_size=8)
    there = [weight is not None for weight in arrays.weights]
    if any(there) and not all(there):
        digest.update(repr(there).encode())
    for array in [*_leaves(arrays.x), *arrays.targets, *(w for w in arrays.weights if w is not None)]:
        digest.update(f"{array.dtype}{array.shape}".encode())
        step = 1 + array.nbytes // _HASHED_BYTES
        part = array[::step]
        digest.update(repr(part.tolist()).encode() if part.dtype.hasobject else np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()


def head(arrays: Arrays, rows: int) -> Arrays:
    """The first rows."""
    return take(arrays, slice(0, rows))


def take(arrays: Arrays, rows: Any) -> Arrays:
    """Some of the rows, by slice or index."""
    import keras

    return Arrays(
        keras.tree.map_structure(lambda array: array[rows], arrays.x),
        tuple(target[rows] for target in arrays.targets),
        tuple(None if weight is None else weight[rows] for weight in arrays.weights),
    )


def _as_arrays(x: Any, problems: Problems, name: str = "x") -> Any:
    """Arrays in the structure of `x`; lists of numbers, however nested, are one array."""
    if isinstance(x, Mapping):
        return {key: _as_arrays(value, problems, f"{name}[{key!r}]") for key, value in x.items()}
    if isinstance(x, list | tuple) and hasattr(_first_leaf(x), "shape"):
        return [_as_arrays(value, problems, f"{name}[{at}]") for at, value in enumerate(x)]
    return _array(x, name, problems)


def _first_leaf(x: Any) -> Any:
    while isinstance(x, list | tuple | Mapping) and x:
        x = next(iter(x.values())) if isinstance(x, Mapping) else x[0]
    return x


def _array(given: Any, name: str, problems: Problems) -> np.ndarray:
    try:
        return _text(np.asarray(given.to_numpy() if hasattr(given, "to_numpy") else given))
    except (TypeError, ValueError) as error:
        problems.add(f"{name} cannot be made an array of equal rows ({str(error).splitlines()[0]})")
        return np.zeros(0)


def _text(array: np.ndarray) -> np.ndarray:
    """Texts in whatever form as Keras takes them, objects of `str`; numbers as they are."""
    if array.dtype.kind in "US" or (array.dtype.hasobject and array.size and isinstance(array.flat[0], bytes)):
        texts = [text.decode(errors="replace") if isinstance(text, bytes) else str(text) for text in array.ravel().tolist()]
        made = np.empty(len(texts), object)
        made[:] = texts
        return made.reshape(array.shape)
    return array


def _leaves(x: Any) -> list[np.ndarray]:
    import keras

    return list(keras.tree.flatten(x))


def _named_leaves(x: Any) -> list[tuple[str, np.ndarray]]:
    if isinstance(x, Mapping):
        return [(f"x[{name!r}]", value) for name, value in x.items()]
    leaves = _leaves(x)
    return [("x", leaves[0])] if len(leaves) == 1 else [(f"x[{i}]", leaf) for i, leaf in enumerate(leaves)]


def _weights(given: Any, outputs: Sequence[str], problems: Problems) -> list[np.ndarray | None]:
    if isinstance(given, Mapping):
        for name in [name for name in given if name not in outputs]:
            problems.add(f"sample_weight names an unknown output {name!r}; {nearest(str(name), outputs)}")
        found = [given.get(name) for name in outputs]
    elif isinstance(given, list | tuple):
        if len(given) != len(outputs):
            by_output(given, outputs, "sample_weight", problems)
            return []
        found = list(given)
    else:
        found = [given] * len(outputs)
    named = zip(outputs, found, strict=True)
    return [None if weight is None else _array(weight, f"sample_weight[{name!r}]", problems) for name, weight in named]


def _check_numbers(targets: Any, weights: Any, outputs: Sequence[str], problems: Problems) -> None:
    for what, arrays in (("y", targets), ("sample_weight", weights)):
        for name, array in zip(outputs, arrays, strict=False):
            if array is not None and array.dtype.kind not in "biuf":
                hint = "; give classes as numbers or one-hot rows" if what == "y" else ""
                got = "texts or objects" if array.dtype.hasobject else f"an array of {array.dtype}"
                problems.add(f"{what}[{name!r}] must hold numbers, got {got}{hint}")


def _check_lengths(inputs: Any, targets: Any, weights: Any, outputs: Sequence[str], problems: Problems) -> None:
    named = _named_leaves(inputs) + [(f"y[{name!r}]", target) for name, target in zip(outputs, targets, strict=False)]
    named += [(f"sample_weight[{name!r}]", weight) for name, weight in zip(outputs, weights, strict=False) if weight is not None]
    lengths = {name: (len(array) if array.ndim else 0) for name, array in named}
    if len(set(lengths.values())) > 1:
        told = [f"{name} has {n}" for name, n in lengths.items()]
        more = f" and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
        problems.add(f"arrays of different lengths: {', '.join(told[:_SHOWN])}{more}")
    elif not any(lengths.values()):
        problems.add("there are no rows")


def _check_finite(inputs: Any, targets: Any, weights: Any, outputs: Sequence[str], problems: Problems) -> None:
    named = _named_leaves(inputs) + [(f"y[{name!r}]", target) for name, target in zip(outputs, targets, strict=False)]
    for name, array in named:
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            rows = int((~np.isfinite(array)).reshape(len(array), -1).any(axis=1).sum())
            hint = "; replace them, and give such rows a sample_weight of 0" if name.startswith("y") else "; replace them"
            problems.add(f"{name} holds NaN or infinite values in {rows} of {len(array)} rows{hint}")
    for name, weight in zip(outputs, weights, strict=False):
        if weight is not None and not (np.isfinite(weight).all() and (weight >= 0).all()):
            problems.add(f"sample_weight for {name!r} must be finite and not negative")


def _refuse_infinite(dataset: Any, what: str) -> None:
    import tensorflow as tf

    if isinstance(dataset, tf.data.Dataset) and int(dataset.cardinality()) == tf.data.INFINITE_CARDINALITY:
        raise InputError(f"{what} never end; limit the dataset with .take(steps)")


def _batches(dataset: Any) -> Iterator[Any]:
    import tensorflow as tf

    if isinstance(dataset, tf.data.Dataset):
        yield from dataset.as_numpy_iterator()
    else:
        yield from (dataset[i] for i in range(dataset.num_batches))


def _first_batch(dataset: Any, outputs: Sequence[str]) -> Arrays:
    batch = next(_batches(dataset), None)
    if batch is None:
        raise InputError("the training data hold no batches")
    return _unpack(batch, outputs, "the training data")


def _of_dataset(dataset: Any, first: Arrays, again: Arrays) -> str:
    """The fingerprint of a dataset: its first batch, or where that is another each time, the form of its batches."""
    if fingerprint(first) == fingerprint(again) and not _shuffles(dataset):
        return "first-batch:" + fingerprint(first)
    leaves = [*_leaves(first.x), *first.targets, *(weight for weight in first.weights if weight is not None)]
    length = dataset.num_batches if hasattr(dataset, "num_batches") else int(dataset.cardinality())
    form = [length, *((str(leaf.dtype), leaf.shape) for leaf in leaves)]
    return "form:" + hashlib.blake2b(repr(form).encode(), digest_size=8).hexdigest()


def _shuffles(dataset: Any) -> bool:
    """Whether one of the steps that make a `tf.data.Dataset` shuffles: the order may be another in the next process."""
    if "Shuffle" in type(dataset).__name__:
        return True
    return any(map(_shuffles, dataset_inputs(dataset)))


def _unpack(batch: Any, outputs: Sequence[str], what: str) -> Arrays:
    if not isinstance(batch, list | tuple) or len(batch) not in (2, 3):
        raise InputError(f"{what} must yield (x, y) or (x, y, sample_weight), got {type(batch).__name__}")
    return read_arrays(batch[0], batch[1], batch[2] if len(batch) == 3 else None, outputs, what)


def _in_own_order(arrays: Arrays) -> Arrays:
    """The rows sorted by their hashes, so that sums of them are the same each time."""
    hashes = _row_hashes(arrays)
    return replace(take(arrays, np.array(sorted(range(arrays.rows), key=hashes.__getitem__))), ordered=False)


def _row_hashes(arrays: Arrays) -> list[bytes]:
    columns = [*_leaves(arrays.x), *arrays.targets, *(weight for weight in arrays.weights if weight is not None)]
    return [_row_hash(row) for row in zip(*columns, strict=True)]


def _row_hash(row: Sequence[Any]) -> bytes:
    digest = hashlib.blake2b(digest_size=8)
    for value in map(np.asarray, row):
        digest.update(repr(value.tolist()).encode() if value.dtype.hasobject else value.tobytes())
    return digest.digest()


def _joined(parts: list[Arrays], what: str) -> Arrays:
    import keras

    if not parts:
        raise InputError(f"{what} hold no batches")
    columns = zip(*(part.weights for part in parts), strict=True)
    try:
        return Arrays(
            keras.tree.map_structure(lambda *leaves: np.concatenate(leaves), *(part.x for part in parts)),
            tuple(np.concatenate(column) for column in zip(*(part.targets for part in parts), strict=True)),
            tuple(None if column[0] is None else np.concatenate(column) for column in columns),
        )
    except ValueError as error:
        raise InputError(f"{what} must have rows of one shape in all batches: {error}; pad all batches alike") from error
