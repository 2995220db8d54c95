"""What a study computes, as a few numbers: two searches are alike where these are, whatever their functions are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

from search_spaces import LossSpec
from tuner.inputs import Arrays, Measure, Training, first_rows, match_rank
from tuner.production import output_shapes
from tuner.study._design import StudyDesign
from tuner.study._model_answers import answers, rounded

_ROWS = 32


def computation(design: StudyDesign, training: Training, model: keras.Model) -> dict[str, Any]:
    """The numbers, from the first rows; None for what is no finite number, or is another one at each call.

    The model is asked on training rows. Losses and objectives get predictions of fixed random numbers in place of the
    model's, so that they are the same on every machine.

    Args:
        design: What is searched.
        training: What all trials share.
        model: The model of the study's seed, with every hyperparameter at its default; it is not changed.
    """
    rows, held_out = (first_rows(part, _few(model)) for part in (_steady_rows(training), training.validation))
    shapes, losses = output_shapes(model), _losses(design)
    return {
        "half": "16" in str(model.compute_dtype),
        "trainable": "".join("01"[variable.trainable] for variable in model.weights),
        "inference": answers(model, rows, training.outputs, in_training=False),
        "training": answers(model, rows, training.outputs, in_training=True),
        "losses": {
            output: {spec.label: _loss(spec, *_target_and_prediction(output, rows, training, shapes, spec)) for spec in specs}
            for output, specs in losses.items()
        },
        "objectives": {
            m.objective.name: _objective(m, held_out, training, shapes, _first(losses, m.output)) for m in training.measures
        },
    }


def _few(model: keras.Model) -> int:
    """The size of a batch where the model fixes it."""
    return next((tensor.shape[0] for tensor in getattr(model, "inputs", None) or () if tensor.shape[0]), _ROWS)


def _steady_rows(training: Training) -> Arrays:
    """Training rows; validation rows where a dataset shuffles, since those keep their order."""
    return training.validation if training.data.fingerprint.startswith("form:") else training.data.checked


def _losses(design: StudyDesign) -> dict[str, list[LossSpec]]:
    """The losses of each output, today's among them."""
    own = {} if design.current is None else design.current.losses
    return {output: [*space.losses, *filter(None, [own.get(output)])] for output, space in design.space.outputs.items()}


def _first(losses: Mapping[str, list[LossSpec]], output: str) -> LossSpec | None:
    return losses[output][0] if output in losses else None


def _target_and_prediction(
    output: str, rows: Arrays, training: Training, shapes: Mapping[str, Any], loss: LossSpec | None
) -> tuple[np.ndarray, np.ndarray]:
    """The targets as `fit` gives them to a loss, and random numbers between 0 and 1, or around 0 in place of logits."""
    target = rows.targets[training.outputs.index(output)]
    sizes = [target.shape[axis] if size is None else size for axis, size in enumerate(shapes[output], start=1)]
    shares = np.random.default_rng(0).uniform(0.05, 0.95, (len(target), *sizes)).astype("float32")
    prediction = 4 * shares - 2 if loss is not None and loss.predictions == "logits" else shares
    return match_rank(target, prediction), prediction


def _loss(spec: LossSpec, target: np.ndarray, prediction: np.ndarray) -> float | None:
    tensors = keras.ops.convert_to_tensor(target), keras.ops.convert_to_tensor(prediction)
    return _steady(lambda: float(np.mean(keras.ops.convert_to_numpy(spec.build()(*tensors)))))


def _objective(
    measure: Measure, rows: Arrays, training: Training, shapes: Mapping[str, Any], loss: LossSpec | None
) -> float | None:
    target, prediction = _target_and_prediction(measure.output, rows, training, shapes, loss)
    weight = rows.weights[training.outputs.index(measure.output)]
    return _steady(lambda: measure.evaluate(target, prediction, weight))


def _steady(compute: Callable[[], float]) -> float | None:
    """The number that is computed; None where it cannot be on so few rows, or is another one each time."""
    try:
        first, second = compute(), compute()
    except Exception:  # noqa: BLE001  a person's function may raise anything
        return None
    return rounded(first) if first == second else None
