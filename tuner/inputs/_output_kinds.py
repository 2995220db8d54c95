"""What an output predicts and what its targets are: in this light the name of a metric is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from search_spaces import LossSpec, OutputSpace, SearchSpace
from tuner._keras_internals import logits_behind
from tuner.inputs._arrays import Arrays, first_rows
from tuner.inputs._counted import counted_targets
from tuner.inputs._loss_checks import are_classes
from tuner.inputs._structures import by_output_name, match_rank

_ROUNDING = 1e-6
UNKNOWN = ""


@dataclass(frozen=True)
class OutputKind:
    """What a metric must know of an output.

    Attributes:
        loss: The first loss that tells what its targets are; the first loss where none does. None for an output without a loss.
        family: `binary`, `categorical`, `sparse`, `regression`, `margin` or `other`, of the targets.
        predictions: `logits`, `probabilities` or `values`; empty where neither losses nor data tell.
        activated: Whether the predictions come from a sigmoid or softmax.
        by_data: The family that targets and predictions tell, where the losses are of `regression`, or tell none; empty before
            data are seen.
    """

    loss: LossSpec | None
    family: str
    predictions: str
    activated: bool = False
    by_data: str = UNKNOWN

    @property
    def takes_logits_behind(self) -> bool:
        """Whether Keras's cross-entropy takes the logits behind the activation, though it is set to `from_logits=True`."""
        return self.activated and self.loss is not None and self.loss.predictions == "logits"


def kind_by_loss(space: OutputSpace) -> OutputKind:
    """What the losses alone tell.

    Example:
        >>> kind_by_loss(OutputSpace("mse")).family
        'regression'
    """
    loss = next((loss for loss in space.losses if loss.family != "other"), space.losses[0])
    return OutputKind(loss, loss.family, UNKNOWN if loss.family == "other" else loss.predictions)


def kind_without_loss() -> OutputKind:
    """What is known of an output that has no loss: nothing, before data are seen.

    Example:
        >>> kind_without_loss().family
        'other'
    """
    return OutputKind(None, "other", UNKNOWN)


def kinds_by_data(
    model: keras.Model, space: SearchSpace, outputs: Sequence[str], rows: Arrays, predictions: Mapping[str, np.ndarray]
) -> dict[str, OutputKind]:
    """What losses, targets and the untrained model's predictions tell, by output.

    Args:
        model: Untrained.
        space: Names the losses.
        outputs: Names, in the order of the targets.
        rows: The rows to measure on.
        predictions: For the first rows.
    """
    activated = _activated(model, outputs, first_rows(rows, 2).inputs)
    return {
        output: _kind(_before_data(space, output), target, weight, predictions[output], activated[output])
        for output, target, weight in zip(outputs, rows.targets, rows.weights, strict=True)
    }


def _before_data(space: SearchSpace, output: str) -> OutputKind:
    return kind_by_loss(space.outputs[output]) if output in space.outputs else kind_without_loss()


def _kind(by_loss: OutputKind, target: np.ndarray, weight: Any, prediction: np.ndarray, activated: bool) -> OutputKind:
    family, predicted, by_data = by_loss.family, by_loss.predictions, UNKNOWN
    if family in ("other", "regression"):
        target = match_rank(target, prediction)
        by_data = _family(target, weight, prediction)
    if family == "other":
        family = by_data
        predicted = _predicted(by_loss.loss, family, target[: len(prediction)], prediction)
    return OutputKind(by_loss.loss, family, "probabilities" if activated else predicted, activated, by_data)


def _predicted(loss: LossSpec | None, family: str, target: np.ndarray, prediction: np.ndarray) -> str:
    """What the predictions of an output without sigmoid or softmax are, for a loss that does not tell."""
    if family not in ("binary", "categorical", "sparse"):
        return "values"
    if loss is None:
        return UNKNOWN
    inside = bool(prediction.min() >= -_ROUNDING and prediction.max() <= 1 + _ROUNDING)
    if not _falls_beyond_one(loss, target, prediction):
        return "probabilities" if inside else "values"
    return UNKNOWN if inside else "logits"


def _falls_beyond_one(loss: LossSpec, target: np.ndarray, prediction: np.ndarray) -> bool:
    """Whether the loss is lower for right predictions of ±6 than of ±1, as it is for logits alone."""
    classes = prediction.shape[-1]
    yes = target if target.shape == prediction.shape else np.eye(classes)[target.astype("int64").reshape(prediction.shape[:-1])]
    try:
        right = [np.asarray((2 * yes - 1) * size, prediction.dtype) for size in (1, 6)]
        low, high = (float(np.mean(keras.ops.convert_to_numpy(loss.build()(target, sure)))) for sure in right)
    except Exception:  # noqa: BLE001  a loss may raise anything where it gets other predictions than it expects
        return False
    return high < low - _ROUNDING


def _family(target: np.ndarray, weight: Any, prediction: np.ndarray) -> str:
    """The family of losses that takes such targets, for predictions of this shape."""
    counted, classes = counted_targets(target, weight), prediction.shape[-1] if prediction.ndim > 1 else 1
    if target.shape[1:] == prediction.shape[1:]:
        if not np.isin(counted, (0, 1)).all():
            return "regression"
        return "categorical" if classes > 1 and (counted.sum(-1) == 1).all() else "binary"
    places = prediction.shape[1:-1]
    one_each = classes > 1 and target.shape[1:] in (places, (*places, 1))
    of_all = np.broadcast_to(prediction[:1], (len(counted), *prediction.shape[1:]))
    return "sparse" if one_each and are_classes(counted, of_all) else "other"


def _activated(model: keras.Model, outputs: Sequence[str], x: Any) -> dict[str, bool]:
    """Whether Keras finds logits behind the prediction of each output, as it looks for them in training."""
    seen: dict[str, bool] = {}

    def trace(x: Any) -> Any:
        for output, prediction in by_output_name(model(x, training=False), outputs).items():
            seen[output] = logits_behind(prediction) is not None
        return tf.zeros(())

    tf.function(trace, autograph=False).get_concrete_function(keras.tree.map_structure(tf.constant, x))
    return seen
