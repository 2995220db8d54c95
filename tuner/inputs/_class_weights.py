"""`class_weight`, for each output: `fit` takes it for a model with one output alone."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from search_spaces import Problems, nearest
from tuner._class_weights import classes_of, weights_of_rows
from tuner.inputs._arrays import Arrays

ClassWeights = Mapping[str, Mapping[int, float]]
_SHOWN = 8


def read_class_weight(
    given: Any, outputs: Sequence[str], sample_weight: Any, problems: Problems, untrained: Collection[str] = ()
) -> ClassWeights:
    """Weights by output and class.

    Args:
        given: `{output: {class: weight}}`; `{class: weight}` where one output has a loss; or None.
        outputs: Names of the outputs that have a loss.
        sample_weight: What was given as weights of rows.
        problems: Where mistakes are noted; the result is empty then.
        untrained: Names of the other outputs.
    """
    if given is None:
        return {}
    before = len(problems.lines)
    if sample_weight is not None:
        problems.add("class_weight and sample_weight both weigh the rows; give one of them, as Keras asks")
    by_output = _by_output(given, outputs, untrained, problems)
    for output, weights in by_output.items():
        _check_weights(output, weights, problems)
    if len(problems.lines) > before:
        return {}
    return {output: {int(one): float(weight) for one, weight in weights.items()} for output, weights in by_output.items()}


def weighted_by_class(rows: Arrays, class_weight: ClassWeights, outputs: Sequence[str], problems: Problems) -> Arrays:
    """The rows, weighted by the classes of their targets.

    Args:
        rows: Without weights.
        class_weight: What `read_class_weight` returned.
        outputs: Names of the outputs, in the order of the targets.
        problems: Targets that are no classes, and classes that no target can have, are noted here.
    """
    weights = list(rows.weights)
    for at, (output, target) in enumerate(zip(outputs, rows.targets, strict=True)):
        if output in class_weight and _are_classes(output, target, class_weight[output], problems):
            weights[at] = weights_of_rows(target, class_weight[output])
    return replace(rows, weights=tuple(weights))


def _by_output(given: Any, outputs: Sequence[str], untrained: Collection[str], problems: Problems) -> dict[str, Any]:
    if (
        isinstance(given, Mapping)
        and given
        and len(outputs) == 1
        and not any(isinstance(value, Mapping) for value in given.values())
    ):
        return {outputs[0]: given}
    if not isinstance(given, Mapping) or not all(isinstance(value, Mapping) for value in given.values()):
        example = f"{{{outputs[-1]!r}: {{0: 1.0, 1: 4.0}}}}"
        problems.add(f"class_weight must hold the weights of each output's classes, for example {example}, got {given!r:.80}")
        return {}
    for name in [name for name in given if name not in outputs]:
        problems.add(
            f"class_weight names the output {name!r}, which has no loss to weigh"
            if name in untrained
            else f"class_weight names an unknown output {name!r}; {nearest(str(name), outputs)}"
        )
    return dict(given)


def _check_weights(output: str, weights: Mapping[Any, Any], problems: Problems) -> None:
    for one, weight in weights.items():
        if isinstance(one, bool) or not isinstance(one, int | np.integer) or one < 0:
            problems.add(f"class_weight[{output!r}] must name classes by whole numbers from 0 up, got {one!r:.80}")
        if isinstance(weight, bool) or not isinstance(weight, int | float | np.number) or not 0 <= weight < math.inf:
            problems.add(f"class_weight[{output!r}][{one!r}] must be a finite number from 0 up, got {weight!r:.80}")


def _are_classes(output: str, target: np.ndarray, weights: Mapping[int, float], problems: Problems) -> bool:
    """Whether the targets are classes that have these weights; else what is wrong is noted."""
    instead = "weigh the rows yourself with sample_weight"
    if target.ndim > 2:
        problems.add(f"class_weight[{output!r}]: the targets have a class for each step, where Keras takes one a row; {instead}")
    elif not _is_one_class(target):
        problems.add(f"class_weight[{output!r}]: a row of the targets is of several classes or of none; {instead}")
    elif unknown := sorted(set(weights) - _known_classes(target)):
        known = sorted(_known_classes(target))
        shown = ", ".join(map(str, known[:_SHOWN])) + (" …" if len(known) > _SHOWN else "")
        problems.add(f"class_weight[{output!r}] names the class {unknown[0]}, which the targets do not have; they have {shown}")
    else:
        return True
    return False


def _is_one_class(target: np.ndarray) -> bool:
    """Whether each row is of one class: a whole number, or columns that sum to 1."""
    if target.ndim > 1 and target.shape[-1] > 1:
        return bool(np.allclose(target.sum(axis=-1), 1, atol=1e-3))
    return bool((target == np.round(target)).all())


def _known_classes(target: np.ndarray) -> set[int]:
    if target.ndim > 1 and target.shape[-1] > 1:
        return set(range(target.shape[-1]))
    return set(range(int(classes_of(target).max()) + 1))
