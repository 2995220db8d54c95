"""Checks on one batch, before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from search_spaces import LossSpec, Problems, SearchSpace, nearest
from tuner._data import Arrays
from tuner.engines._fit import by_name, matching

_SPARSE = ("SparseCategoricalCrossentropy", "CTC")
_ANY_SHAPE = (*_SPARSE, "Circle")


def check_outputs(space: SearchSpace, outputs: Sequence[str], problems: Problems) -> None:
    """The space must name the model's outputs, all of them."""
    for name in [name for name in space.outputs if name not in outputs]:
        problems.add(f"the search space names an unknown output {name!r}; {nearest(name, outputs)}")
    for name in [name for name in outputs if name not in space.outputs]:
        problems.add(f"the search space has nothing for the model's output {name!r}; add it to outputs=")


def check_inputs(model: keras.Model, arrays: Arrays, what: str, problems: Problems) -> None:
    """Inputs given by name must be those of the model."""
    if not isinstance(arrays.x, Mapping):
        return
    known = [tensor.name for tensor in model.inputs]
    for name in [name for name in known if name not in arrays.x]:
        problems.add(f"{what} have no input {name!r}; they have {sorted(arrays.x)}")


def check_batch(model: keras.Model, space: SearchSpace, outputs: Sequence[str], batch: Arrays, problems: Problems) -> None:
    """Every loss of every output is computed once, on the untrained model's predictions.

    Args:
        model: Untrained, with these outputs.
        space: Names the losses.
        outputs: Names, in the order of the batch's targets.
        batch: A few rows.
        problems: Where mistakes are noted.
    """
    try:
        predictions = by_name(model.predict_on_batch(batch.x), outputs)
    except Exception as error:  # noqa: BLE001  the model may raise anything; it is told as the person's mistake
        problems.add(f"the model does not take these inputs: {_first_line(error)}")
        return
    for output, target in zip(outputs, batch.targets, strict=True):
        if output not in space.outputs:
            continue
        _check_activation(model, output, space.outputs[output].losses[0], problems)
        for loss in space.outputs[output].losses:
            _check_loss(output, loss, target, np.asarray(predictions[output]), problems)


def _check_loss(output: str, loss: LossSpec, target: np.ndarray, prediction: np.ndarray, problems: Problems) -> None:
    where = f"output {output!r}, loss {loss.label}"
    target = matching(target, prediction)
    shapes = f"targets of shape {_rows(target)} and predictions of shape {_rows(prediction)}"
    if loss.family == "sparse":
        if not _are_classes(target, prediction.shape[-1]):
            problems.add(
                f"{where}: expected class numbers from 0 to {prediction.shape[-1] - 1} as targets, got {shapes}; "
                "with one-hot targets use CategoricalCrossentropy"
            )
            return
    elif not loss.custom and loss.class_name not in _ANY_SHAPE and target.shape != prediction.shape:
        hint = "; with class numbers as targets use SparseCategoricalCrossentropy" if loss.family == "categorical" else ""
        problems.add(f"{where}: it does not take the targets: {shapes} differ{hint}")
        return
    if loss.family in ("binary", "categorical") and not ((target >= 0) & (target <= 1)).all():
        problems.add(f"{where}: expected targets between 0 and 1, got {target.min():g} to {target.max():g}")
    if loss.predictions == "probabilities" and not ((prediction >= 0) & (prediction <= 1)).all():
        problems.add(
            f"{where}: it takes the predictions for probabilities, but they range from {prediction.min():.3g} to "
            f"{prediction.max():.3g}; set from_logits=True, or give the output a sigmoid or softmax activation"
        )
        return
    _try_loss(where, loss, target, prediction, problems)


def _try_loss(where: str, loss: LossSpec, target: np.ndarray, prediction: np.ndarray, problems: Problems) -> None:
    try:
        value = float(np.mean(keras.ops.convert_to_numpy(loss.build()(target, prediction))))
    except Exception as error:  # noqa: BLE001  a loss may raise anything; it is told as the person's mistake
        problems.add(f"{where}: {_first_line(error)}")
        return
    if not np.isfinite(value):
        problems.add(f"{where}: it is {value} on the first batch of the untrained model")


def _check_activation(model: keras.Model, output: str, loss: LossSpec, problems: Problems) -> None:
    names = [layer.name for layer in model.layers]
    activation = getattr(model.get_layer(output), "activation", None) if output in names else None
    name = getattr(activation, "__name__", "")
    if loss.predictions == "logits" and name in ("sigmoid", "softmax"):
        problems.add(
            f"output {output!r} has a {name} activation, so it gives probabilities, but its loss {loss.label} takes them "
            "for logits; use from_logits=False, or drop the activation"
        )


def _are_classes(target: np.ndarray, classes: int) -> bool:
    whole = bool(np.all(target == np.floor(target)))
    flat = target.ndim == 1 or target.shape[-1] == 1 or target.ndim > 2
    return flat and whole and bool(target.min() >= 0) and bool(target.max() < classes)


def _rows(array: np.ndarray) -> str:
    return "(rows" + "".join(f", {size}" for size in array.shape[1:]) + ("," if array.ndim == 1 else "") + ")"


def _first_line(error: Exception) -> str:
    lines: list[Any] = [line for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else ''}"
