"""Computes the fixed part of a model once over all rows, and gives the training of the rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

import keras
import numpy as np
import tensorflow as tf

from search_spaces import LossSpec, Spec, held_variables
from tuner._errors import first_line
from tuner._keras_internals import standardized_inputs, without_wrapper
from tuner._memory import available_bytes
from tuner._progress import say
from tuner.inputs._architecture import Architecture
from tuner.inputs._arrays import Arrays, first_rows, take_rows
from tuner.inputs._graph_effects import graph_effects
from tuner.inputs._quiet import quiet_tensorflow
from tuner.inputs._training import Training
from tuner.inputs.fixed_part._graph import Graph, lay_out
from tuner.inputs.fixed_part._plan import FEW_ROWS, Plan, can_be_cut, find_fixed_calls, has_fixed, same, without_last
from tuner.inputs.fixed_part._trained_part import TrainedPart

_MEMORY_SHARE = 0.25
_ROWS_AT_A_TIME = 64
_STEPS_OF_FORWARD = 3.0
_SHARE_THAT_PAYS = 0.2
_SECONDS_THAT_PAY = 0.1
_SECONDS_TO_ANNOUNCE = 3.0


def with_fixed_part_computed(training: Training, specs: Iterable[Spec], seed: int, verbose: int = 1) -> Training:
    """The training of what is trained, on what the part of the model gives that is the same in all trials and epochs.

    Frozen layers and preprocessing in front of everything that is trained, drawn or updated give the same numbers for a row in
    each epoch of each trial. They are computed once. Trials train the rest of the model on them, with the results of `fit` of
    the whole model.

    Args:
        training: The training of whole models.
        specs: The losses and optimizers that there will be; a model whose loss holds variables is trained as a whole.
        seed: The study's seed.
        verbose: 0 says nothing.

    Returns:
        The training of the rest; the training as it is where there is no such part, or where computing it once does not pay.
    """
    if training.data.arrays is None or any(map(_holds_variables, specs)):
        return training
    try:
        model = training.architecture.build({}, seed)
    except Exception:  # noqa: BLE001  the first trial meets the same error, and tells it
        return training
    if not can_be_cut(model):
        return training
    try:
        with quiet_tensorflow():
            return _computed(training, model, verbose)
    except Exception as error:  # noqa: BLE001  whatever is peculiar about the model, it can be trained as a whole
        return _as_it_is(training, first_line(error), verbose)


def _as_it_is(training: Training, reason: str, verbose: int) -> Training:
    if verbose:
        say(f"The model is trained as a whole: its fixed part cannot be computed apart ({reason}).")
    return training


def _computed(training: Training, model: keras.Model, verbose: int) -> Training:
    arrays = training.data.arrays
    assert arrays is not None
    few = standardized_inputs(without_wrapper(model), first_rows(arrays, FEW_ROWS).inputs)
    plan = find_fixed_calls(model, few)
    plan = _that_fits(model, plan, few, arrays.rows + training.validation.rows + (training.test.rows if training.test else 0))
    if not has_fixed(plan):
        return training
    graph = lay_out(model, plan)
    if not _may_pay(graph):
        return training
    part = TrainedPart(training.architecture, graph, plan, few)
    in_training, in_inference = (_FixedPart(graph, training=mode) for mode in (True, False))
    if effect := in_training.effect(arrays):
        return _as_it_is(training, effect, verbose)
    seconds = in_training.seconds(arrays)
    if not _takes_text(graph) and not _pays(seconds, arrays, in_training, part):
        return training
    kept = _kept_results(part)
    verbose = verbose and not kept.has(arrays)
    began, expected = time.perf_counter(), seconds * (arrays.rows + training.validation.rows) / _ROWS_AT_A_TIME
    if verbose:
        say(_sentence(graph, expected))
    rest = _on_results(training, part, kept, in_training, in_inference)
    if verbose and expected > _SECONDS_TO_ANNOUNCE:
        say(f"Computed in {time.perf_counter() - began:.0f} s.")
    return rest


def _on_results(
    training: Training, part: TrainedPart, kept: _Results, in_training: _FixedPart, in_inference: _FixedPart
) -> Training:
    """The training of the rest, on what the fixed part gives for all rows."""
    arrays, test, watched = training.data.arrays, training.test, training.watched
    assert arrays is not None
    x = kept.of(arrays, in_training)
    rows = replace(arrays, x=x)
    return replace(
        training,
        architecture=part,
        data=replace(training.data, x=x, arrays=rows, checked=rows),
        validation=replace(training.validation, x=kept.of(training.validation, in_inference)),
        test=None if test is None else replace(test, x=kept.of(test, in_inference)),
        watched=None if watched is None else replace(watched, rows=replace(watched.rows, x=kept.of(watched.rows, in_inference))),
        whole=training,
    )


class _Results:
    """What one fixed part gave for all rows, so that replicates and models to keep need not compute it again.

    Args:
        part: The architecture of the rest.
    """

    def __init__(self, part: TrainedPart) -> None:
        self._weights, self._answers = part.weights, keras.tree.flatten(part.answers)
        self._known: list[tuple[Arrays, bool, list[np.ndarray]]] = []

    def are_of(self, part: TrainedPart) -> bool:
        """Whether the fixed part is still the same, in its weights and in what it gives for a few rows."""
        answers = keras.tree.flatten(part.answers)
        alike = part.weights == self._weights and len(answers) == len(self._answers)
        return alike and all(map(same, self._answers, answers))

    def has(self, rows: Arrays) -> bool:
        """Whether these very rows were met before."""
        return any(known is rows for known, *_ in self._known)

    def of(self, rows: Arrays, fixed: _FixedPart) -> list[np.ndarray]:
        """The tensors of the cut for all rows, computed where these very rows were not met before."""
        for known, training, values in self._known:
            if known is rows and training == fixed.training:
                return values
        values = fixed(rows)
        self._known.append((rows, fixed.training, values))
        return values


_RESULTS: WeakKeyDictionary[Architecture, _Results] = WeakKeyDictionary()


def _kept_results(part: TrainedPart) -> _Results:
    """The results for the models of an architecture, as long as their fixed part gives the same."""
    kept = _RESULTS.get(part.whole)
    if kept is None or not kept.are_of(part):
        kept = _RESULTS[part.whole] = _Results(part)
    return kept


class _FixedPart:
    """Computes the tensors of the cut, batch after batch.

    Args:
        graph: The calls of the model.
        training: Whether layers are called in training mode, as for the rows that models train on.
    """

    def __init__(self, graph: Graph, training: bool) -> None:
        functional, self.training = without_wrapper(graph.model), training
        self._function = tf.function(
            lambda x: graph.fixed_values(standardized_inputs(functional, x), training), autograph=False, reduce_retracing=True
        )

    def __call__(self, rows: Arrays) -> list[np.ndarray]:
        """The tensors of the cut for all rows."""
        parts = [self._batch(rows, at) for at in range(0, rows.rows, _ROWS_AT_A_TIME)]
        return [np.concatenate(column) for column in zip(*parts, strict=True)]

    def effect(self, rows: Arrays) -> str:
        """What it does beside giving results; empty where it does nothing."""
        return next(graph_effects(self._function.get_concrete_function(_tensors(rows, 0)).graph), "")

    def seconds(self, rows: Arrays) -> float:
        """Seconds that a batch takes."""
        x = _tensors(rows, 0)
        return _seconds(lambda: self._function(x))

    def _batch(self, rows: Arrays, at: int) -> list[np.ndarray]:
        return [value.numpy() for value in self._function(_tensors(rows, at))]


def _tensors(rows: Arrays, at: int) -> Any:
    batch = take_rows(rows, slice(at, at + _ROWS_AT_A_TIME))
    return keras.tree.map_structure(tf.convert_to_tensor, batch.inputs)


def _that_fits(model: keras.Model, plan: Plan, few: list[Any], rows: int) -> Plan:
    """The largest part of a plan whose results take no more than a share of the memory."""
    limit = _MEMORY_SHARE * available_bytes() * len(few[0]) / rows
    while has_fixed(plan) and sum(np.asarray(one).nbytes for one in lay_out(model, plan).fixed_values(few, True)) > limit:
        plan = without_last(plan)
    return plan


def _may_pay(graph: Graph) -> bool:
    """Whether it holds layers with weights or reads text, and gives numbers."""
    numbers = all(graph.tensors[slot].dtype != "string" for slot in graph.cut)
    weights = any(getattr(call.operation, "variables", ()) for call in graph.fixed_calls)
    return numbers and (weights or _takes_text(graph))


def _takes_text(graph: Graph) -> bool:
    return any(graph.tensors[slot].dtype == "string" for slot in graph.inputs)


def _pays(seconds: float, arrays: Arrays, fixed: _FixedPart, part: TrainedPart) -> bool:
    """Whether the fixed part takes a good share of the time of a step, and a time worth saving in each epoch."""
    if seconds * arrays.rows / _ROWS_AT_A_TIME < _SECONDS_THAT_PAY:
        return False
    rest, x = tf.function(part.example, autograph=False), fixed(first_rows(arrays, _ROWS_AT_A_TIME))
    return seconds > _SHARE_THAT_PAYS * (seconds + _STEPS_OF_FORWARD * _seconds(lambda: rest(x)))


def _seconds(call: Callable[[], Any]) -> float:
    """Seconds of the shorter of two calls, after a first one that traces."""
    times = []
    for _ in range(3):
        began = time.perf_counter()
        keras.tree.map_structure(np.asarray, call())
        times.append(time.perf_counter() - began)
    return min(times[1:])


def _holds_variables(spec: Spec) -> bool:
    return isinstance(spec, LossSpec) and spec.custom and bool(held_variables(spec.live))


def _sentence(graph: Graph, seconds: float) -> str:
    names = [call.operation.name for call in graph.fixed_calls]
    which = names[0] if len(names) == 1 else f"{len(names)} layers and operations, {names[0]} to {names[-1]}"
    return f"The same in all trials, computed once instead of at every step: {which} (about {max(seconds, 1):.0f} s)."
