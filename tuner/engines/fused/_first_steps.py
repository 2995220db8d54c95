"""A few steps of training by compile and fit, as a person writes them: what every program must repeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from search_spaces import Candidate, with_own_losses
from tuner.engines._custom_gradients import forgetting_custom_gradients
from tuner.engines._fit import compile_candidate, fit_arguments
from tuner.engines.fused._unusable import Differs
from tuner.inputs import Training, all_layers, quiet_tensorflow, quiet_where_untrained, take_rows

_FULL_BATCHES = 3
_WANDERING = 0.01
_WANDERING_ON_GPU = 0.1
_TF32_UNIT = 2.0**-11
_BFLOAT16_UNIT = 2.0**-8


@dataclass(frozen=True)
class Run:
    """The values of a model's variables, the trainable ones first.

    Attributes:
        start: Before the first step.
        end: After the last one.
    """

    start: list[np.ndarray]
    end: list[np.ndarray]

    def only(self, places: Sequence[int]) -> Run:
        """Those of some of the variables, in the order of their places."""
        return Run([self.start[at] for at in places], [self.end[at] for at in places])


@dataclass(frozen=True)
class FirstSteps:
    """The first steps of a trial by compile and fit.

    Attributes:
        candidate: What was trained.
        paths: Path of each variable.
        exact: Trained from the trial's own initial values.
        moved: Trained from initial values that differ by one unit in the last place.
        spreads: How far each variable ends from `exact` where initial values differ so, or the inputs too.
    """

    candidate: Candidate
    paths: list[str]
    exact: Run
    moved: Run
    spreads: list[float]

    def only(self, places: Sequence[int]) -> FirstSteps:
        """Those of some of the variables, in the order of their places."""
        paths, spreads = [self.paths[at] for at in places], [self.spreads[at] for at in places]
        return FirstSteps(self.candidate, paths, self.exact.only(places), self.moved.only(places), spreads)


def full_batches(training: Training) -> int:
    """Number of full batches among the first steps."""
    return min(_FULL_BATCHES, _rows(training) // _batch_size(training))


def step_count(training: Training) -> int:
    """Number of the first steps: some full batches, and the last batch of the epoch where it is smaller."""
    return full_batches(training) + (_rows(training) % _batch_size(training) > 0)


def first_steps(training: Training, candidate: Candidate, seed: int, as_compiled: bool, thorough: bool = True) -> FirstSteps:
    """Builds, compiles and fits a candidate on the first rows of its first epoch.

    Args:
        training: What all trials share; its data are arrays.
        candidate: What to train.
        seed: Seed of the trial.
        as_compiled: Whether the model comes compiled as the candidate says, so that it is fitted as it comes.
        thorough: Whether fit is repeated to see that it ends alike, and from inputs that differ in the last place.

    Raises:
        Differs: Fit ends elsewhere when it is repeated.
    """
    untrained = quiet_where_untrained(candidate.losses, training.outputs)
    with forgetting_custom_gradients(), quiet_tensorflow(), untrained:
        model = training.architecture.build(candidate.hyperparameters, seed)
        if not as_compiled:
            compile_candidate(model, with_own_losses(candidate, model, training.outputs), training.outputs)
        model.jit_compile = False  # XLA draws other random numbers
        model.optimizer.build(model.trainable_variables)
        return _fitted(training, model, candidate, seed, thorough)


def _fitted(training: Training, model: keras.Model, candidate: Candidate, seed: int, thorough: bool) -> FirstSteps:
    variables, random, unit = [*model.trainable_variables, *model.non_trainable_variables], np.random.default_rng(0), _unit(model)
    start, slots = _values(variables), _values(model.optimizer.variables)
    assert training.data.arrays is not None
    rows = fit_arguments(model, take_rows(training.data.arrays, _first_rows(training, seed)), training.outputs)

    def run(start: list[np.ndarray], x: Any) -> Run:
        _assign(variables, start)
        _assign(model.optimizer.variables, slots)
        model.fit(**(rows | {"x": x}), batch_size=training.batch_size, shuffle=False, verbose=0)
        return Run(start, _values(variables))

    nudged = [_nudged(value, unit, random) for value in start]
    nudged_x = keras.tree.map_structure(lambda array: _nudged(array, unit, random), rows["x"])
    exact, moved = run(start, rows["x"]), run(nudged, rows["x"])
    others = [moved]
    if thorough:
        _check_repeatable(variables, exact, run(start, rows["x"]), step_count(training))
        others.append(run(nudged, nudged_x))
    spreads = [max(map(partial(distance, end), ends)) for end, *ends in zip(exact.end, *(one.end for one in others), strict=True)]
    return FirstSteps(candidate, [variable.path for variable in variables], exact, moved, spreads)


def _check_repeatable(variables: Sequence[keras.Variable], first: Run, second: Run, steps: int) -> None:
    """Raises `Differs` where fit ends elsewhere when it is repeated, by more than a hundredth of the way that it went.

    On a GPU sums may come in another order each time, and gradients that are nothing but rounding move a few variables at will.
    """
    gaps = list(map(distance, first.end, second.end))
    ways = map(distance, first.start, first.end)
    wandering = [at for at, (gap, way) in enumerate(zip(gaps, ways, strict=True)) if gap > _WANDERING * way]
    if len(wandering) > (_WANDERING_ON_GPU * len(gaps) if tf.config.list_physical_devices("GPU") else 0):
        worst = max(wandering, key=lambda at: gaps[at])
        raise Differs(
            f"compile and fit end elsewhere each time that they are repeated from one start: after {steps} steps "
            f"{variables[worst].path!r} by {gaps[worst]:.1g}"
        )


def distance(ours: Any, theirs: Any) -> float:
    """The largest difference of two arrays; infinite where one is finite and the other is not."""
    ours, theirs = np.asarray(ours, "float64"), np.asarray(theirs, "float64")
    finite = np.isfinite(ours)
    if not np.array_equal(finite, np.isfinite(theirs)):
        return float("inf")
    return float(np.max(np.abs(np.where(finite, ours - theirs, 0.0)), initial=0.0))


def _first_rows(training: Training, seed: int) -> np.ndarray:
    """The rows of the first full batches of the first epoch, and those of its last, smaller batch."""
    order = training.order.of(seed, 0)
    last = _rows(training) % _batch_size(training)
    return np.concatenate([order[: full_batches(training) * _batch_size(training)], order[len(order) - last :]])


def _unit(model: keras.Model) -> float:
    """One unit in the last place of what the model computes in, relative to a value."""
    if any(getattr(layer, "compute_dtype", "") == "bfloat16" for layer in all_layers(model)):
        return _BFLOAT16_UNIT
    if tf.config.list_physical_devices("GPU") and tf.config.experimental.tensor_float_32_execution_enabled():
        return _TF32_UNIT
    return float(np.finfo(keras.config.floatx()).eps)


def _nudged(value: Any, unit: float, random: np.random.Generator) -> Any:
    """The values of an array or tensor, each one unit larger or smaller; whole numbers and text stay."""
    array = np.asarray(value)
    if array.dtype.kind != "f":
        return value
    return (array * (1 + unit * random.choice([-1.0, 1.0], array.shape))).astype(array.dtype)


def _values(variables: Sequence[keras.Variable]) -> list[np.ndarray]:
    return [variable.numpy() for variable in variables]


def _assign(variables: Sequence[keras.Variable], values: Sequence[np.ndarray]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _rows(training: Training) -> int:
    return training.order.rows_per_epoch


def _batch_size(training: Training) -> int:
    assert training.batch_size is not None
    return training.batch_size
