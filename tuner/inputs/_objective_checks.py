"""Checks on objectives: each is measured once on what the untrained model predicts, and its targets can tell candidates apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from search_spaces import InputError, Problems
from tuner._errors import first_line
from tuner.inputs._arrays import Arrays, first_rows
from tuner.inputs._counted import counted_targets
from tuner.inputs._measures import Measure
from tuner.inputs._quiet import quiet_tensorflow
from tuner.inputs._structures import by_output_name, match_rank

_ROUNDING = 1e-6
_BOTH = ("AUC", "Precision", "SensitivityAtSpecificity", "SpecificityAtSensitivity", "PrecisionAtRecall", "RecallAtPrecision")
_A_YES = ("Recall", "F1Score", "FBetaScore")
_YES_OR_NO = (*_BOTH, "Recall", "BinaryAccuracy")
_NOT_CONSTANT = ("R2Score", "PearsonCorrelation", "ConcordanceCorrelation")


def check_measures(
    model: keras.Model,
    measures: Sequence[Measure],
    outputs: Sequence[str],
    rows: Arrays,
    predictions: Mapping[str, Any],
    what: str,
    problems: Problems,
) -> None:
    """Every objective is measured once: Keras's metrics on the first rows, functions and metrics of the person's own on all.

    Args:
        model: Untrained.
        measures: The objectives.
        outputs: Names, in the order of the targets.
        rows: The rows to measure on, without what masks leave out.
        predictions: For the first rows, by output.
        what: `the validation data`, for the problems.
        problems: Where mistakes are noted.
    """
    on_first = first_rows(rows, len(next(iter(predictions.values()))))
    on_all = None if all(measure.traceable for measure in measures) else _predicted(model, rows, outputs)
    for measure in measures:
        at, where = list(outputs).index(measure.output), f"{what}: objective {measure.objective.name!r}"
        sentence = _about_targets(measure, rows.targets[at], rows.weights[at], predictions[measure.output])
        if sentence:
            problems.add(f"{where}: {sentence}")
        elif measure.traceable:
            _try(where, measure, on_first, at, predictions[measure.output], problems)
        elif on_all is not None:
            _try(where, measure, rows, at, on_all[measure.output], problems)


def check_targets(measures: Sequence[Measure], outputs: Sequence[str], rows: Arrays, what: str, problems: Problems) -> None:
    """The targets of these rows must be able to tell candidates apart by every objective.

    Args:
        measures: The objectives.
        outputs: Names, in the order of the targets.
        rows: The rows to measure on.
        what: Which rows they are, for the problems.
        problems: Where mistakes are noted.
    """
    for measure in measures:
        at = list(outputs).index(measure.output)
        if sentence := _same_for_all(measure, counted_targets(rows.targets[at], rows.weights[at])):
            problems.add(f"{what}: objective {measure.objective.name!r}: {sentence}")


def _predicted(model: keras.Model, rows: Arrays, outputs: Sequence[str]) -> dict[str, Any]:
    with quiet_tensorflow():
        return by_output_name(model.predict(rows.inputs, batch_size=256, verbose=0), outputs)


def _try(where: str, measure: Measure, rows: Arrays, at: int, prediction: Any, problems: Problems) -> None:
    try:
        value = measure.evaluate(match_rank(rows.targets[at], prediction), prediction, rows.weights[at])
    except InputError as error:
        problems.add(f"{where} {error}")
        return
    except Exception as error:  # noqa: BLE001  a metric may raise anything; it is reported as the person's mistake
        problems.add(f"{where} cannot be measured: {first_line(error)}")
        return
    if not measure.traceable and not np.isfinite(value):
        problems.add(f"{where} is {value} for the untrained model; it must be a finite number for all predictions")


def _about_targets(measure: Measure, target: np.ndarray, weight: Any, prediction: np.ndarray) -> str:
    """What is wrong with the targets of all rows for one of Keras's metrics; empty where nothing is."""
    counted = counted_targets(target, weight)
    if not measure.traceable or not counted.size:
        return _same_for_all(measure, counted)
    assert measure.make is not None
    metric = measure.make()
    return _not_yes_or_no(metric, counted) or _constant(metric, counted) or _no_probabilities(measure, metric, prediction)


def _same_for_all(measure: Measure, counted: np.ndarray) -> str:
    """Why every candidate would have the same value on these targets; empty where nothing is wrong."""
    if not counted.size:
        return "no row counts, since all weights are 0"
    return _constant(measure.make(), counted) if measure.traceable and measure.make is not None else ""


def _not_yes_or_no(metric: Any, counted: np.ndarray) -> str:
    name, nearest = type(metric).__name__, np.round(counted)
    if name not in _YES_OR_NO or (np.isin(nearest, (0, 1)).all() and np.abs(counted - nearest).max() <= _ROUNDING):
        return ""
    return (
        f"{name} counts targets as yes or no, 1 or 0, and they range from {counted.min():g} to {counted.max():g}; "
        "give 0 and 1, or name another metric"
    )


def _constant(metric: Any, counted: np.ndarray) -> str:
    name, start = type(metric).__name__, "every candidate would have the same value, since"
    if name in _BOTH and np.ptp(counted) == 0:
        return f"{start} {name} needs targets of both classes, and all are {counted.flat[0]:g}; hold out rows of both"
    if name in _A_YES and counted.max() == 0:
        return f"{start} {name} needs targets that are 1, and all are 0; hold out rows of both classes"
    if name in _NOT_CONSTANT and (np.ptp(counted, axis=0) == 0).any():
        return f"{name} needs targets that differ, and all are {np.ravel(counted[0])[0]:g}; hold out other rows"
    return ""


def _no_probabilities(measure: Measure, metric: Any, prediction: np.ndarray) -> str:
    name = type(metric).__name__
    by_name = isinstance(measure.objective.metric, str) and (name in _BOTH or "rossentropy" in name)
    if not (name == "AUC" or by_name) or metric.get_config().get("from_logits"):
        return ""
    linked = keras.ops.convert_to_numpy(measure.linked(prediction))
    if linked.min() >= -_ROUNDING and linked.max() <= 1 + _ROUNDING:
        return ""
    hint = ", or pass keras.metrics.AUC(from_logits=True) for logits" if name == "AUC" else ""
    return (
        f"{name} takes predictions for probabilities, and they range from {linked.min():.3g} to {linked.max():.3g}; "
        f"name another metric{hint}"
    )
