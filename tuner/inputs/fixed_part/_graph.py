"""The calls of a functional model, those of partly fixed nested models among them, divided into a fixed part and the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from search_spaces import keras_output_names, output_structure
from tuner._keras_internals import with_training, without_wrapper
from tuner.inputs._short_hash import short_hash
from tuner.inputs.fixed_part._plan import Plan, calls_of, nested

_NewSlots = Callable[[Sequence[Any]], "list[Slot]"]


@dataclass(frozen=True)
class Slot:
    """Stands for a tensor; numbered in the order of the calls, so that two builds of one model number alike."""

    number: int


@dataclass(frozen=True)
class Call:
    """One call of a layer or operation.

    Attributes:
        operation: What is called.
        args: Its arguments, with slots in place of tensors.
        kwargs: Its named arguments, with slots in place of tensors.
        results: The slots of what it gives.
        fixed: Whether it gives the same in every trial and epoch.
    """

    operation: Any
    args: Any
    kwargs: Any
    results: tuple[Slot, ...]
    fixed: bool

    @property
    def needs(self) -> list[Slot]:
        """The slots that it takes."""
        return [leaf for leaf in keras.tree.flatten((self.args, self.kwargs)) if isinstance(leaf, Slot)]

    def made(self, values: Mapping[Slot, Any], training: bool | None = None) -> dict[Slot, Any]:
        """What it gives for these values, by slot; `training` None leaves to Keras in which mode."""

        def filled(structure: Any) -> Any:
            return keras.tree.map_structure(lambda leaf: values[leaf] if isinstance(leaf, Slot) else leaf, structure)

        kwargs = filled(self.kwargs)
        if training is not None:
            kwargs = with_training(self.operation, kwargs, training)
        results = self.operation(*filled(self.args), **kwargs)
        return dict(zip(self.results, keras.tree.flatten(results), strict=True))


@dataclass
class Graph:
    """The calls of a model, divided by a plan.

    Attributes:
        model: The model.
        inputs: The slots of its inputs, in Keras's flat order.
        outputs: The slots of its outputs, in Keras's flat order.
        calls: Its calls, each after those that it needs.
        tensors: The symbolic tensor of each slot.
    """

    model: keras.Model
    inputs: list[Slot] = field(default_factory=list)
    outputs: list[Slot] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    tensors: dict[Slot, Any] = field(default_factory=dict)

    @property
    def fixed_calls(self) -> list[Call]:
        """The calls of the fixed part."""
        return [call for call in self.calls if call.fixed]

    @property
    def fixed_weights(self) -> str:
        """A short hash of all values that layers of the fixed part hold in variables."""
        variables = [variable for call in self.fixed_calls for variable in getattr(call.operation, "variables", ())]
        return short_hash(np.ascontiguousarray(variable.numpy()).tobytes() for variable in variables)

    @property
    def cut(self) -> list[Slot]:
        """The tensors that the rest takes, in order: fixed ones, and inputs of the model that it takes as they are."""
        known = {*self.inputs, *(slot for call in self.fixed_calls for slot in call.results)}
        needed = {slot for call in self.calls if not call.fixed for slot in call.needs} | set(self.outputs)
        return sorted(needed & known, key=lambda slot: slot.number)

    def fixed_values(self, flat_inputs: Sequence[Any], training: bool) -> list[Any]:
        """The tensors of the cut.

        Args:
            flat_inputs: Rows of each input, as the model's calls take them.
            training: Whether the layers are called in training mode.
        """
        values = dict(zip(self.inputs, flat_inputs, strict=True))
        for call in self.fixed_calls:
            values |= call.made(values, training)
        return [values[slot] for slot in self.cut]

    def rest(self) -> keras.Model:
        """A model of the same layers that takes the tensors of the cut, and gives the outputs under their names."""
        inputs = {slot: self._input(at, self.tensors[slot]) for at, slot in enumerate(self.cut)}
        values = dict(inputs)
        for call in self.calls:
            if not call.fixed:
                values |= call.made(values)
        outputs = [self._output(slot, name, inputs, values) for slot, name in zip(self.outputs, self._names(), strict=True)]
        return keras.Model(list(inputs.values()), keras.tree.pack_sequence_as(output_structure(self.model), outputs))

    def _input(self, at: int, tensor: Any) -> Any:
        return keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=f"fixed_{at + 1}")

    def _output(self, slot: Slot, name: str, inputs: Mapping[Slot, Any], values: Mapping[Slot, Any]) -> Any:
        return keras.layers.Identity(name=name, dtype=inputs[slot].dtype)(inputs[slot]) if slot in inputs else values[slot]

    def _names(self) -> list[str]:
        """Keras's names of the outputs, in its flat order."""
        names, structure = keras_output_names(self.model), output_structure(self.model)
        return [names[list(structure).index(key)] for key in sorted(structure)] if isinstance(structure, Mapping) else names


def lay_out(model: keras.Model, plan: Plan) -> Graph:
    """The calls of a model, divided as the plan says.

    Raises:
        ValueError: The plan is that of a model with other calls.
    """
    functional, graph = without_wrapper(model), Graph(model)

    def new(tensors: Sequence[Any]) -> list[Slot]:
        slots = [Slot(len(graph.tensors) + at) for at in range(len(tensors))]
        graph.tensors |= dict(zip(slots, tensors, strict=True))
        return slots

    graph.inputs = new(functional.inputs)
    frame = dict(zip(map(id, functional.inputs), graph.inputs, strict=True))
    _add_calls(graph, functional, plan, frame, new)
    graph.outputs = [frame[id(tensor)] for tensor in functional.outputs]
    return graph


def _add_calls(
    graph: Graph, functional: Any, plan: Plan, frame: dict[int, Slot], new: Callable[[Sequence[Any]], list[Slot]]
) -> None:
    for node, decision in zip(calls_of(functional), plan, strict=True):
        args, kwargs = node.arguments.fill_in(frame)
        if isinstance(decision, bool):
            results = new(node.outputs)
            frame |= dict(zip(map(id, node.outputs), results, strict=True))
            graph.calls.append(Call(node.operation, args, kwargs, tuple(results), decision))
            continue
        inner = nested(node.operation, (node.arguments.args, node.arguments.kwargs))
        if inner is None:
            raise ValueError("a nested model has become a layer")
        within = dict(zip(map(id, inner.inputs), keras.tree.flatten(args), strict=True))
        _add_calls(graph, inner, decision, within, new)
        frame |= {id(theirs): within[id(mine)] for theirs, mine in zip(node.outputs, inner.outputs, strict=True)}
