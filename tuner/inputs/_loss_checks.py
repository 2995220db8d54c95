"""Whether a loss takes an output's targets and predictions."""

from __future__ import annotations

import keras
import numpy as np

from search_spaces import LossSpec, Problems
from tuner._errors import first_line
from tuner.inputs._counted import counted_targets
from tuner.inputs._shapes import shape_in_words
from tuner.inputs._structures import match_rank

_ANY_SHAPE = ("SparseCategoricalCrossentropy", "CTC", "Circle")
"""Losses whose targets have another shape than the predictions."""

_ROUNDING = 1e-6


def check_loss(
    where: str, loss: LossSpec, target: np.ndarray, weight: np.ndarray | None, prediction: np.ndarray, problems: Problems
) -> None:
    """The loss must take the targets of all rows, and be finite on the first rows.

    Args:
        where: Names data, output and loss, for the problems.
        loss: One that the output may have.
        target: All rows.
        weight: All rows, or None; targets with the weight 0 may hold any number.
        prediction: The untrained model's, for the first rows.
        problems: Where mistakes are noted.
    """
    matched = match_rank(target, prediction)
    if not _check_shapes(where, loss, matched, prediction, problems):
        return
    if _check_values(where, loss, matched, weight, prediction, problems):
        value = _try_loss(where, loss, matched[: len(prediction)], prediction, problems)
        if value is not None and loss.custom and matched.ndim != target.ndim:
            _check_rank(where, loss, target[: len(prediction)], prediction, value, problems)


def _check_shapes(where: str, loss: LossSpec, target: np.ndarray, prediction: np.ndarray, problems: Problems) -> bool:
    shapes = f"targets of shape {shape_in_words(target)} and predictions of shape {shape_in_words(prediction)}"
    if loss.family == "sparse":
        if are_classes(target, prediction, loss.config.get("ignore_class")):
            return True
        problems.add(
            f"{where}: expected class numbers from 0 to {prediction.shape[-1] - 1} as targets, got "
            f"{target.min():g} to {target.max():g}, {shapes}; with one-hot targets use CategoricalCrossentropy"
        )
        return False
    if loss.custom or loss.class_name in _ANY_SHAPE or target.shape[1:] == prediction.shape[1:]:
        return True
    hint = "; with class numbers as targets use SparseCategoricalCrossentropy" if loss.family == "categorical" else ""
    problems.add(f"{where}: it does not take the targets: {shapes} differ{hint}")
    return False


def _check_values(
    where: str, loss: LossSpec, target: np.ndarray, weight: np.ndarray | None, prediction: np.ndarray, problems: Problems
) -> bool:
    counted = counted_targets(target, weight)
    low, high = (counted.min(), counted.max()) if counted.size else (0, 0)
    if loss.family in ("binary", "categorical") and not (low >= -_ROUNDING and high <= 1 + _ROUNDING):
        problems.add(f"{where}: expected targets between 0 and 1, got {low:g} to {high:g}")
    if loss.predictions != "probabilities" or ((prediction >= 0) & (prediction <= 1)).all():
        return True
    problems.add(
        f"{where}: it takes the predictions for probabilities, but they range from {prediction.min():.3g} to "
        f"{prediction.max():.3g}; set from_logits=True, or give the output a sigmoid or softmax activation"
    )
    return False


def _try_loss(where: str, loss: LossSpec, target: np.ndarray, prediction: np.ndarray, problems: Problems) -> float | None:
    """The loss on the first rows; None where it has none."""
    try:
        returned = loss.build()(keras.ops.convert_to_tensor(target), keras.ops.convert_to_tensor(prediction))
    except Exception as error:  # noqa: BLE001  a loss may raise anything; it is reported as the person's mistake
        problems.add(f"{where}: {first_line(error)}")
        return None
    if not keras.ops.is_tensor(returned) and not isinstance(returned, int | float | np.ndarray | np.generic):
        problems.add(f"{where}: it must return a number, or one for each row, got {returned!r:.80}")
        return None
    value = float(np.mean(keras.ops.convert_to_numpy(returned)))
    if not np.isfinite(value):
        problems.add(f"{where}: it is {value} on the first batch of the untrained model")
        return None
    return value


def _check_rank(
    where: str, loss: LossSpec, target: np.ndarray, prediction: np.ndarray, expected: float, problems: Problems
) -> None:
    """A class of the person's own gets the targets as they are, and may broadcast them into something else."""
    if not isinstance(loss.build(), keras.losses.Loss):
        return  # Keras matches the ranks before it calls a function
    value = _try_loss(where, loss, target, prediction, problems)
    if value is not None and not np.isclose(value, expected, rtol=1e-4, atol=1e-7):
        problems.add(
            f"{where}: it broadcasts targets of shape {shape_in_words(target)} against predictions of shape "
            f"{shape_in_words(prediction)}; give targets of the predictions' shape"
        )


def are_classes(target: np.ndarray, prediction: np.ndarray, ignored: int | None = None) -> bool:
    """Whether targets are class numbers of predictions with one score per class on their last axis.

    Args:
        target: One number per prediction; a last axis of size 1 may be there or not.
        prediction: Scores, the classes on the last axis.
        ignored: A number that is no class and counts for nothing.
    """
    one_each = target.ndim == prediction.ndim - 1 or (target.ndim == prediction.ndim and target.shape[-1] == 1)
    counted = target if ignored is None else target[target != ignored]
    if not one_each or not counted.size:
        return one_each
    integers = counted.dtype.kind in "biu" or bool(np.all(counted == np.floor(counted)))
    return integers and bool(counted.min() >= 0) and bool(counted.max() < prediction.shape[-1])
