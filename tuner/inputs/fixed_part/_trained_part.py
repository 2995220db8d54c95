"""Models of the part that is trained, each with the whole model that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any
from weakref import WeakKeyDictionary

import keras

from search_spaces import compile_like
from tuner.inputs._architecture import Architecture
from tuner.inputs.fixed_part._graph import Graph, lay_out
from tuner.inputs.fixed_part._plan import Plan, same

_MODES = (False, True)


class OtherFixedPart(Exception):  # noqa: N818  no mistake of anybody
    """The fixed part of a model is another one than that which was computed."""


class TrainedPart(Architecture):
    """Builds what is trained of the models of another architecture: they take what the fixed part gives.

    Args:
        whole: Builds the whole models.
        graph: The calls of the model of the study's seed.
        plan: Which of them are fixed.
        flat_inputs: A few rows of the inputs.

    Attributes:
        whole: Builds the whole models.
        weights: A hash of all values that layers of the fixed part hold.
        answers: What the fixed part gives for the few rows, in inference and in training mode.
        example: What is trained of the model of the study's seed.
        places: The place of each variable of what is trained among those of the whole model, the trainable ones first in both.
    """

    def __init__(self, whole: Architecture, graph: Graph, plan: Plan, flat_inputs: Sequence[Any]) -> None:
        super().__init__(whole.source)
        self.whole, self._plan, self._flat_inputs = whole, plan, flat_inputs
        self.weights = graph.fixed_weights
        self.answers = [graph.fixed_values(flat_inputs, training) for training in _MODES]
        self._wholes: WeakKeyDictionary[keras.Model, keras.Model] = WeakKeyDictionary()
        self._seen: set[Any] = set()
        self.example = self._rest(graph)
        self._shared = self.example if self.given else None
        self.places = _places(graph.model, self.example)

    def build(self, hyperparameters: Mapping[str, Any], seed: int) -> keras.Model:
        """The trained part of the model with these hyperparameters and the initial values of this seed.

        Raises:
            OtherFixedPart: The fixed part of the model is not what was computed.
        """
        model = self.whole.build(hyperparameters, seed)
        return self._shared or self._checked_rest(model, (seed, repr(sorted(hyperparameters.items()))))

    def sample(self) -> keras.Model:
        """A model to look at."""
        return self.example

    def alone(self) -> AbstractContextManager[Any]:
        """While the block runs, no other thread is in such a block, where the models that are built share variables."""
        return self.whole.alone()

    def completed(self, model: keras.Model) -> keras.Model:
        """The whole model of a trained part, compiled as that is."""
        whole = self._wholes[model]
        compile_like(whole, model)
        return whole

    def _checked_rest(self, model: keras.Model, key: Any) -> keras.Model:
        """What is trained of a model whose fixed part was seen to be what was computed."""
        try:
            graph = lay_out(model, self._plan)
            alike, rest = key in self._seen or self._answers_alike(graph), self._rest(graph)
        except Exception as error:  # a person's layers may raise anything, and the whole model can be trained
            raise OtherFixedPart("the build function gives a model with other layers before those that are trained") from error
        if not alike:
            raise OtherFixedPart("the part of the model that is not trained differs from one build to the other")
        self._seen.add(key)
        return rest

    def _answers_alike(self, graph: Graph) -> bool:
        answers = [graph.fixed_values(self._flat_inputs, training) for training in _MODES]
        pairs = zip(keras.tree.flatten(answers), keras.tree.flatten(self.answers), strict=True)
        return graph.fixed_weights == self.weights and all(same(one, other) for one, other in pairs)

    def _rest(self, graph: Graph) -> keras.Model:
        rest = graph.rest()
        if graph.model.compiled:
            compile_like(rest, graph.model)
        self._wholes[rest] = graph.model
        return rest


def _places(whole: keras.Model, rest: keras.Model) -> list[int]:
    """The place of each variable of the rest among those of the whole model, the trainable ones first in both."""
    of_whole = {id(variable): at for at, variable in enumerate([*whole.trainable_variables, *whole.non_trainable_variables])}
    return [of_whole[id(variable)] for variable in (*rest.trainable_variables, *rest.non_trainable_variables)]
