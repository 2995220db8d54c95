"""Which calls of a functional model give the same result in every trial and epoch: tried out on a few rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from tuner._keras_internals import input_structure, mask_of, nodes_of, with_training, without_wrapper
from tuner.inputs._layers import own_loop

FEW_ROWS = 4
_FEWER_ROWS = 2
_AMONG_OTHER_ROWS, _AGAIN = 1e-4, 1e-6

Plan = list["bool | Plan"]
"""For each call of a model, in its order: whether it is fixed, or the plan of the nested model that it calls."""


def can_be_cut(model: keras.Model) -> bool:
    """Whether its calls are known: a functional model without a training loop of its own, for batches of any size."""
    functional = without_wrapper(model)
    plain = type(functional).__module__.startswith("keras.") and bool(nodes_of(functional)) and not own_loop(model)
    return plain and all(tensor.shape[0] is None and not tensor.sparse for tensor in functional.inputs)


def find_fixed_calls(model: keras.Model, flat_inputs: Sequence[Any]) -> Plan:
    """The calls that need not be repeated for each trial and epoch.

    A call is fixed where, in training mode, its result stays the same whatever is trained: with all trainable variables and all
    variables that a step changes set to other values, when it is repeated, and for part of the batch. It changes no variable,
    adds no loss and gives no mask.

    Args:
        model: One that `can_be_cut`; its values do not change.
        flat_inputs: A few rows of each input, as the model's calls take them.
    """
    functional = without_wrapper(model)
    search = _Search(_moved_variables(model, flat_inputs), len(flat_inputs[0]))
    frame = dict(zip(map(id, functional.inputs), flat_inputs, strict=True))
    return search.plan(functional, frame, {id(tensor) for tensor in functional.outputs})


def nested(operation: Any, arguments: tuple[Any, Any]) -> Any:
    """The functional model that a call of this operation runs through; None where its inside is not known."""
    inner = without_wrapper(operation) if isinstance(operation, keras.Model) else None
    if inner is None or not nodes_of(inner) or own_loop(operation) or not type(inner).__module__.startswith("keras."):
        return None
    args, kwargs = arguments
    named = {name for name, value in kwargs.items() if value is not None}
    given = keras.tree.flatten(args[0]) if len(args) == 1 and named <= {"training"} else []
    return inner if len(given) == len(inner.inputs) and all(map(_alike, given, inner.inputs)) else None


def calls_of(functional: Any) -> Iterator[Any]:
    """The calls of a functional model, each after those that it needs."""
    return (node for node in nodes_of(functional) if node.operation and not node.is_input)


class _Search:
    """Goes through the calls of a model with a few rows.

    Args:
        moved: Other values for the variables that training changes.
        rows: Number of rows.
    """

    def __init__(self, moved: Sequence[tuple[keras.Variable, Any]], rows: int) -> None:
        self._moved, self._rows = moved, rows

    def plan(self, functional: Any, frame: dict[int, Any], kept: set[int]) -> Plan:
        """The plan of one model.

        Args:
            functional: The model.
            frame: The known tensors, by identity of the symbolic ones; completed.
            kept: Symbolic tensors whose layer keeps its name: a nested model that gives one of them is not looked into.
        """
        found: Plan = []
        for node in calls_of(functional):
            results = self._fixed_results(node, frame)
            inner = None if results is not None else self._inside(node, kept)
            children = [] if inner is None else self._plan_of_nested(node, inner, frame)
            if results is not None:
                frame |= dict(zip(map(id, node.outputs), results, strict=True))
            found.append(children if has_fixed(children) else results is not None)
        return found

    def _inside(self, node: Any, kept: set[int]) -> Any:
        if any(id(tensor) in kept for tensor in node.outputs):
            return None
        return nested(node.operation, (node.arguments.args, node.arguments.kwargs))

    def _plan_of_nested(self, node: Any, inner: Any, frame: dict[int, Any]) -> Plan:
        given = keras.tree.flatten(node.arguments.args[0])
        within = {id(mine): frame[id(theirs)] for mine, theirs in zip(inner.inputs, given, strict=True) if id(theirs) in frame}
        children = self.plan(inner, within, set())
        outer = zip(node.outputs, inner.outputs, strict=True)
        frame |= {id(theirs): within[id(mine)] for theirs, mine in outer if id(mine) in within}
        return children

    def _fixed_results(self, node: Any, frame: Mapping[int, Any]) -> list[Any] | None:
        """The results of a call that is fixed; None of any other."""
        if any(id(tensor) not in frame for tensor in node.input_tensors) or _trains(node.operation):
            return None
        try:
            first = self._call(node, frame, ())
            again, few = self._call(node, frame, self._moved), self._call(node, frame, self._moved, _FEWER_ROWS)
        except Exception:  # noqa: BLE001  the person's layers may raise anything: what cannot be tried out is not fixed
            return None
        if first is None or again is None or few is None:
            return None
        alike = all(map(same, first, again)) and all(len(one) == self._rows for one in first)
        return (
            first
            if alike and all(same(one[:_FEWER_ROWS], other, _AMONG_OTHER_ROWS) for one, other in zip(first, few, strict=True))
            else None
        )

    def _call(self, node: Any, frame: Mapping[int, Any], values: Any, rows: int | None = None) -> list[Any] | None:
        """What a call gives in training mode; None where it does anything besides."""
        known = {id(tensor): frame[id(tensor)][:rows] for tensor in node.input_tensors}
        args, kwargs = node.arguments.fill_in(known)
        with keras.StatelessScope(list(values), collect_losses=True) as scope:
            before = dict(scope.state_mapping)
            results = keras.tree.flatten(node.operation(*args, **with_training(node.operation, kwargs, True)))
        changed = any(before.get(key) is not value for key, value in scope.state_mapping.items())
        plain = all(keras.ops.is_tensor(one) and len(one.shape) > 0 and mask_of(one) is None for one in results)
        return results if plain and not changed and not scope.losses else None


def has_fixed(plan: Plan) -> bool:
    """Whether any call is fixed."""
    return any(has_fixed(one) if isinstance(one, list) else one for one in plan)


def without_last(plan: Plan) -> Plan:
    """The plan without the last of its fixed calls."""
    last = max(at for at, one in enumerate(plan) if has_fixed([one]))
    one = plan[last]
    return [*plan[:last], without_last(one) if isinstance(one, list) else False, *plan[last + 1 :]]


def _trains(operation: Any) -> bool:
    return bool(getattr(operation, "trainable_variables", ()))


def _moved_variables(model: keras.Model, flat_inputs: Sequence[Any]) -> list[tuple[keras.Variable, Any]]:
    """The variables that a step of training changes, each with a value that it does not have."""
    structure = keras.tree.pack_sequence_as(input_structure(without_wrapper(model)), list(flat_inputs))
    with keras.StatelessScope(collect_losses=True) as scope:
        model(structure, training=True)
    changed = set(scope.state_mapping)
    return [(variable, _other(variable)) for variable in model.variables if variable.trainable or id(variable) in changed]


def _other(variable: keras.Variable) -> Any:
    value = keras.ops.convert_to_tensor(variable)
    kind = keras.backend.standardize_dtype(variable.dtype)
    if kind.startswith(("float", "bfloat")):
        return value * 1.25 + keras.ops.cast(0.125, kind)
    return value if kind in ("bool", "string") else value + keras.ops.cast(1, kind)


def same(one: Any, other: Any, tolerance: float = _AGAIN) -> bool:
    """Whether two results are the same but for rounding, relative to their largest value."""
    ours, theirs = np.asarray(one), np.asarray(other)
    if ours.shape != theirs.shape or ours.dtype.kind in "OSUb":
        return ours.shape == theirs.shape and bool(np.all(ours == theirs))
    ours, theirs = ours.astype("float64"), theirs.astype("float64")
    largest = float(np.max(np.abs(ours), initial=0.0, where=np.isfinite(ours)))
    return bool(np.allclose(ours, theirs, 0.0, tolerance * largest, equal_nan=True))


def _alike(given: Any, wanted: Any) -> bool:
    """Whether a nested model takes a tensor as it is, without another type or rank."""
    same = isinstance(given, keras.KerasTensor) and given.dtype == wanted.dtype
    return same and len(given.shape) == len(wanted.shape) and not wanted.sparse
