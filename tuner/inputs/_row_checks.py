"""Checks on rows of data with the untrained model: what it predicts, and every loss is computed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from search_spaces import Problems, SearchSpace
from tuner._errors import first_line
from tuner.inputs._arrays import Arrays, first_rows
from tuner.inputs._counted import bare_weight
from tuner.inputs._embedding_indices import beyond_embeddings
from tuner.inputs._input_shapes import input_mistakes
from tuner.inputs._loss_checks import check_loss
from tuner.inputs._masks import has_mask
from tuner.inputs._quiet import quiet_tensorflow
from tuner.inputs._shapes import shape_in_words, shape_without_rows
from tuner.inputs._structures import by_output_name
from tuner.inputs._unreadable import check_complex

_CHECKED_ROWS = 256


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
        rows: All rows of arrays, or the first batch of a dataset.
        batch_size: Rows that the model takes at a time.
        what: `the training data`, for the problems.
        problems: Where mistakes are noted.

    Returns:
        The predictions for the first rows, by output; empty where the model does not take the inputs.
    """
    check_complex(model, rows.x, what, problems)
    predictions = _predictions(model, outputs, rows, batch_size, what, problems)
    if not predictions:
        return {}
    for output, target, weight in zip(outputs, rows.targets, rows.weights, strict=True):
        _check_weight(f"{what}: sample_weight for {output!r}", weight, predictions[output], problems)
        if output not in space.outputs:
            continue
        if _is_squeezed(target, predictions[output]) and (_steps_weigh(weight) or has_mask(model, outputs, rows, output)):
            problems.add(
                f"{what}: output {output!r} has a mask or a weight for each step, and Keras averages over the steps before it "
                f"weighs them, as the targets have shape {shape_in_words(target)} and the predictions "
                f"{shape_in_words(predictions[output])}; give the targets a last axis of size 1"
            )
        for loss in space.outputs[output].losses:
            where = f"{what}: output {output!r}, loss {loss.label}"
            check_loss(where, loss, target, weight, predictions[output], problems)
    return predictions


def check_same_shapes(
    outputs: Sequence[str], training: Arrays, held_out: Arrays, shapes: Mapping[str, Any], what: str, problems: Problems
) -> None:
    """Targets must have the shape that they have in training, or they would be broadcast.

    Args:
        outputs: Names, in the order of the targets.
        training: The rows to train on.
        held_out: The rows to measure on.
        shapes: The shape of each output, without rows; outputs with an open size are not compared.
        what: `the validation data`, for the problems.
        problems: Where mistakes are noted.
    """
    for output, trained, target in zip(outputs, training.targets, held_out.targets, strict=True):
        if None not in shapes[output] and shape_without_rows(trained) != shape_without_rows(target):
            problems.add(
                f"{what}: targets of output {output!r} have shape {shape_in_words(target)}, "
                f"those of the training data {shape_in_words(trained)}"
            )


def _predictions(
    model: keras.Model, outputs: Sequence[str], rows: Arrays, batch_size: int, what: str, problems: Problems
) -> dict[str, np.ndarray]:
    if not _check_inputs(model, rows, what, problems):
        return {}
    try:
        with quiet_tensorflow():
            first = first_rows(rows, _CHECKED_ROWS).inputs
            predicted = model.predict(first, batch_size=min(batch_size, _CHECKED_ROWS), verbose=0)
            predictions = by_output_name(predicted, outputs)
            sentences = list(beyond_embeddings(model, rows.x))
    except Exception as error:  # noqa: BLE001  the model may raise anything; it is reported as the person's mistake
        problems.add(f"{what}: the model does not take these inputs: {first_line(error)}")
        return {}
    for sentence in sentences:
        problems.add(f"{what}: {sentence}")
    return {output: np.asarray(prediction) for output, prediction in predictions.items()}


def _check_inputs(model: keras.Model, rows: Arrays, what: str, problems: Problems) -> bool:
    """Whether inputs given by name are those of the model, and all have the shapes that it takes."""
    sentences = list(input_mistakes(model, rows.x))
    for sentence in sentences:
        problems.add(f"{what}{sentence}")
    return not sentences


def _check_weight(where: str, weight: np.ndarray | None, prediction: np.ndarray, problems: Problems) -> None:
    if weight is None:
        return
    shape = weight.shape[:-1] if weight.shape[-1] == 1 and weight.ndim > 1 else weight.shape
    if len(shape) > max(prediction.ndim - 1, 1) or shape[1:] != prediction.shape[1 : len(shape)]:
        steps = f", or for each step (rows, {', '.join(map(str, prediction.shape[1:-1]))})" if prediction.ndim > 2 else ""
        problems.add(f"{where} must have one number for each row, (rows,){steps}, got shape {shape_in_words(weight)}")


def _is_squeezed(target: np.ndarray, prediction: np.ndarray) -> bool:
    """Whether Keras squeezes predictions with steps, since the targets have no last axis."""
    return prediction.ndim > 2 and prediction.shape[-1] == 1 and target.ndim == prediction.ndim - 1


def _steps_weigh(weight: np.ndarray | None) -> bool:
    """Whether each step has a weight of its own."""
    return weight is not None and bare_weight(weight).ndim > 1
