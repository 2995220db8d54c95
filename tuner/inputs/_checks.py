"""Checks on arguments and data, before anything is trained."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from search_spaces import LossSpec, Problems, SearchSpace, names, nearest
from tuner._errors import first_line
from tuner.inputs._data import Arrays, head
from tuner.inputs._embedding_indices import beyond_embeddings, input_names
from tuner.inputs._objectives import Measure
from tuner.inputs._quiet import quiet_tensorflow
from tuner.inputs._structures import by_name, matching

_SPARSE = ("SparseCategoricalCrossentropy", "CTC")
_ANY_SHAPE = (*_SPARSE, "Circle")
_CHECKED_ROWS, _ROUNDING = 256, 1e-6


def check_whole(name: str, value: Any, least: int, problems: Problems, most: float = math.inf) -> None:
    """A whole number from `least` up, or to `most`."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        problems.add(f"{name} must be a whole number from {least} {'up' if most == math.inf else f'to {most}'}, got {value!r}")


def check_seconds(name: str, value: Any, problems: Problems) -> None:
    """A number of seconds from 0 up, or None."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if value is not None and not (number and value >= 0):
        problems.add(f"{name} must be a number of seconds from 0 up, or None, got {value!r}")


def check_name(what: str, value: Any, problems: Problems) -> None:
    """The name of a study, which is the name of its folder too."""
    if not names.is_project_name(value):
        problems.add(f"{what} must be a name that a folder can have, without / and \\, got {value!r:.80}")


def check_outputs(space: SearchSpace, outputs: Sequence[str], problems: Problems) -> None:
    """The space must name the model's outputs, all of them."""
    for name in [name for name in space.outputs if name not in outputs]:
        problems.add(f"the search space names an unknown output {name!r}; {nearest(name, outputs)}")
    for name in [name for name in outputs if name not in space.outputs]:
        problems.add(f"the search space has nothing for the model's output {name!r}; add it to outputs=")


def check_rows(
    model: keras.Model,
    space: SearchSpace,
    outputs: Sequence[str],
    rows: Arrays,
    batch_size: int,
    what: str,
    problems: Problems,
) -> dict[str, Any]:
    """Every loss of every output is computed once, on the untrained model's predictions; targets are checked in all rows.

    Args:
        model: Untrained, with these outputs.
        space: Names the losses.
        outputs: Names, in the order of the targets.
        rows: All of them, or of a dataset one batch.
        batch_size: Rows that the model takes at a time.
        what: `the training data`, for the problems.
        problems: Where mistakes are noted.

    Returns:
        The predictions for the first rows, by output; empty where the model does not take the inputs.
    """
    if not _check_inputs(model, rows, what, problems):
        return {}
    try:
        with quiet_tensorflow():
            few = head(rows, _CHECKED_ROWS).x
            predictions = by_name(model.predict(few, batch_size=min(batch_size, _CHECKED_ROWS), verbose=0), outputs)
            beyond = list(beyond_embeddings(model, rows.x))
    except Exception as error:  # noqa: BLE001  the model may raise anything; it is told as the person's mistake
        problems.add(f"{what}: the model does not take these inputs: {first_line(error)}")
        return {}
    for line in beyond:
        problems.add(f"{what}: {line}")
    for output, target, weight in zip(outputs, rows.targets, rows.weights, strict=True):
        if output not in space.outputs:
            continue
        prediction = predictions[output] = np.asarray(predictions[output])
        _check_weight(f"{what}: sample_weight for {output!r}", weight, prediction, problems)
        for loss in space.outputs[output].losses:
            _check_loss(f"{what}: output {output!r}, loss {loss.label}", loss, target, weight, prediction, problems)
    return predictions


def check_alike(
    outputs: Sequence[str], one: Arrays, other: Arrays, shapes: Mapping[str, Any], what: str, problems: Problems
) -> None:
    """Targets must have the shape that they have in training, or they would be broadcast.

    Args:
        outputs: Names, in the order of the targets.
        one: To train on.
        other: To measure on.
        shapes: Of the outputs without rows; those with an open size are not compared.
        what: `the validation data`, for the problems.
        problems: Where mistakes are noted.
    """
    for output, target, held_out in zip(outputs, one.targets, other.targets, strict=True):
        if None not in shapes[output] and _bare(target) != _bare(held_out):
            problems.add(
                f"{what}: targets of output {output!r} have shape {_rows(held_out)}, those of the training data {_rows(target)}"
            )


def check_measures(
    measures: Sequence[Measure],
    outputs: Sequence[str],
    rows: Arrays,
    predictions: Mapping[str, Any],
    what: str,
    problems: Problems,
) -> None:
    """Every metric is measured once, on the untrained model's predictions for the first rows; a function may want all rows."""
    for measure in measures:
        at, name = list(outputs).index(measure.output), measure.objective.name
        prediction, few = predictions[measure.output], head(rows, _CHECKED_ROWS)
        weight = few.weights[at]
        if measure.function is not None:
            if weight is not None and set(weight.shape[1:]) - {1}:
                problems.add(
                    f"{what}: objective {name!r} is a function, which is given every step, and output {measure.output!r} has a "
                    "mask or a weight for each step; use a keras.Metric"
                )
            continue
        try:
            measure.evaluate(matching(few.targets[at], prediction), prediction, weight)
        except Exception as error:  # noqa: BLE001  a metric may raise anything; it is told as the person's mistake
            problems.add(f"{what}: objective {name!r} cannot be measured: {first_line(error)}")


def check_activations(model: keras.Model, space: SearchSpace, outputs: Sequence[str], problems: Problems) -> None:
    """An output with a sigmoid or softmax activation must not have a loss that expects logits."""
    known = [layer.name for layer in model.layers]
    for output in [output for output in outputs if output in known and output in space.outputs]:
        name = getattr(getattr(model.get_layer(output), "activation", None), "__name__", "")
        loss = space.outputs[output].losses[0]
        if loss.predictions == "logits" and name in ("sigmoid", "softmax"):
            problems.add(
                f"output {output!r} has a {name} activation, so it gives probabilities, but its loss {loss.label} takes them "
                "for logits; use from_logits=False, or drop the activation"
            )


def _check_inputs(model: keras.Model, rows: Arrays, what: str, problems: Problems) -> bool:
    """Whether inputs given by name are those of the model."""
    if not isinstance(rows.x, Mapping):
        return True
    missing = [name for name in input_names(model) if name not in rows.x]
    for name in missing:
        problems.add(f"{what} have no input {name!r}; they have {sorted(rows.x)}")
    return not missing


def _check_weight(where: str, weight: np.ndarray | None, prediction: np.ndarray, problems: Problems) -> None:
    if weight is None:
        return
    shape = weight.shape[:-1] if weight.shape[-1] == 1 and weight.ndim > 1 else weight.shape
    if len(shape) > max(prediction.ndim - 1, 1) or shape[1:] != prediction.shape[1 : len(shape)]:
        steps = f", or for each step (rows, {', '.join(map(str, prediction.shape[1:-1]))})" if prediction.ndim > 2 else ""
        problems.add(f"{where} must have one number for each row, (rows,){steps}, got shape {_rows(weight)}")


def _check_loss(
    where: str, loss: LossSpec, target: np.ndarray, weight: np.ndarray | None, prediction: np.ndarray, problems: Problems
) -> None:
    target = matching(target, prediction)
    shapes = f"targets of shape {_rows(target)} and predictions of shape {_rows(prediction)}"
    if loss.family == "sparse":
        if not _are_classes(target, prediction, loss.config.get("ignore_class")):
            problems.add(
                f"{where}: expected class numbers from 0 to {prediction.shape[-1] - 1} as targets, got "
                f"{target.min():g} to {target.max():g}, {shapes}; with one-hot targets use CategoricalCrossentropy"
            )
            return
    elif not loss.custom and loss.class_name not in _ANY_SHAPE and target.shape[1:] != prediction.shape[1:]:
        hint = "; with class numbers as targets use SparseCategoricalCrossentropy" if loss.family == "categorical" else ""
        problems.add(f"{where}: it does not take the targets: {shapes} differ{hint}")
        return
    counted = _counted(target, weight)
    low, high = (counted.min(), counted.max()) if counted.size else (0, 0)
    if loss.family in ("binary", "categorical") and not (low >= -_ROUNDING and high <= 1 + _ROUNDING):
        problems.add(f"{where}: expected targets between 0 and 1, got {low:g} to {high:g}")
    if loss.predictions == "probabilities" and not ((prediction >= 0) & (prediction <= 1)).all():
        problems.add(
            f"{where}: it takes the predictions for probabilities, but they range from {prediction.min():.3g} to "
            f"{prediction.max():.3g}; set from_logits=True, or give the output a sigmoid or softmax activation"
        )
        return
    _try_loss(where, loss, target[: len(prediction)], prediction, problems)


def _try_loss(where: str, loss: LossSpec, target: np.ndarray, prediction: np.ndarray, problems: Problems) -> None:
    try:
        tensors = keras.ops.convert_to_tensor(target), keras.ops.convert_to_tensor(prediction)
        value = float(np.mean(keras.ops.convert_to_numpy(loss.build()(*tensors))))
    except Exception as error:  # noqa: BLE001  a loss may raise anything; it is told as the person's mistake
        problems.add(f"{where}: {first_line(error)}")
        return
    if not np.isfinite(value):
        problems.add(f"{where}: it is {value} on the first batch of the untrained model")


def _counted(target: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """The targets that have a weight above 0."""
    if weight is None:
        return target
    bare = weight[..., 0] if weight.ndim > 1 and weight.shape[-1] == 1 else weight
    return target[bare > 0] if bare.shape == target.shape[: bare.ndim] else target


def _are_classes(target: np.ndarray, prediction: np.ndarray, ignored: int | None = None) -> bool:
    flat = target.ndim == prediction.ndim - 1 or (target.ndim == prediction.ndim and target.shape[-1] == 1)
    counted = target if ignored is None else target[target != ignored]
    if not flat or not counted.size:
        return flat
    whole = counted.dtype.kind in "biu" or bool(np.all(counted == np.floor(counted)))
    return whole and bool(counted.min() >= 0) and bool(counted.max() < prediction.shape[-1])


def _bare(target: np.ndarray) -> tuple[int, ...]:
    """The shape without rows; (rows, 1) is the same as (rows,)."""
    return () if target.shape[1:] == (1,) else target.shape[1:]


def _rows(array: np.ndarray) -> str:
    return "(rows" + "".join(f", {size}" for size in array.shape[1:]) + ("," if array.ndim == 1 else "") + ")"
