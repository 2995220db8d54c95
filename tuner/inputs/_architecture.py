"""Where models come from: a build function, a KerasTuner hypermodel, or a model given as it is."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Mapping
from typing import Any

import keras
import keras_tuner
import numpy as np

from search_spaces import Candidate, InputError, compiled_candidate, output_names
from search_spaces.hyperparameters import TrialHyperParameters
from tuner.inputs._short_hash import short_hash


class Architecture:
    """Makes models that are ready to be compiled.

    Args:
        source: `build()` or `build(hp)`, a `keras_tuner.HyperModel`, or a `keras.Model`, which is cloned with its present
            weights and never changed.

    Attributes:
        source: The function, hypermodel or model that was given.
        searched: Whether the function asks for hyperparameters.

    Raises:
        InputError: The source is something else.
    """

    def __init__(self, source: Any) -> None:
        self.source = source
        self._build = _builder(source)
        self._lock = threading.Lock()
        self.searched = not isinstance(source, keras.Model) and _takes_argument(self._build)

    def build(self, hyperparameters: Mapping[str, Any], seed: int) -> keras.Model:
        """A new model with these hyperparameters.

        Args:
            hyperparameters: Values that `build(hp)` gets for what it asks; what is missing has its default.
            seed: Python, NumPy and Keras are seeded with it first, so that initial weights depend on it alone.
        """
        return self.ask(TrialHyperParameters(answers=hyperparameters), seed)

    def ask(self, hp: keras_tuner.HyperParameters, seed: int) -> keras.Model:
        """A new model with the hyperparameters that `hp` answers.

        Only one thread builds at a time: two would draw from one random state.
        """
        with self._lock:
            keras.utils.set_random_seed(seed)
            model = self._build(hp) if self.searched else self._build()
        if not isinstance(model, keras.Model):
            raise InputError(f"the build function must return a keras.Model, it returned {type(model).__name__}")
        return model

    def starts_alike(self, example: keras.Model, seed: int) -> bool:
        """Whether the initial weights are the same whatever the seed: a given model's own, or of initialisers with a fixed seed.

        Args:
            example: A model built with this seed, and not trained since.
            seed: The study's seed.
        """
        if isinstance(self.source, keras.Model):
            return True
        other_seed, _ = self.defaults((seed + 1) % 2**32)
        pairs = zip(example.trainable_variables, other_seed.trainable_variables, strict=True)
        return all(np.array_equal(variable.numpy(), other.numpy()) for variable, other in pairs)

    def given_weights(self) -> str:
        """A short hash of the weights that every trial of a given model starts from; empty where a function builds it."""
        if not isinstance(self.source, keras.Model):
            return ""
        return short_hash(np.ascontiguousarray(value).tobytes() for value in self.source.get_weights())

    def defaults(self, seed: int) -> tuple[keras.Model, dict[str, Any]]:
        """The model with every hyperparameter at its default, and those defaults."""
        hp = TrialHyperParameters()
        model = self.ask(hp, seed)
        return model, dict(hp.values)


def candidate_from_compile(source: Any, model: keras.Model, hyperparameters: Mapping[str, Any]) -> Candidate | None:
    """What the model came compiled with, as a candidate; None where it is not compiled."""
    compiled = compiled_candidate(source if isinstance(source, keras.Model) else model)
    return None if compiled is None else compiled.with_hyperparameters(hyperparameters)


def _builder(source: Any) -> Callable[..., Any]:
    if isinstance(source, keras.Model):
        _check_outputs_defined(source)
        return lambda: _copy(source)
    if isinstance(source, keras_tuner.HyperModel):
        return source.build  # type: ignore[no-any-return]
    if callable(source):
        return source  # type: ignore[no-any-return]
    raise InputError(f"expected a build function, a keras_tuner.HyperModel or a keras.Model, got {type(source).__name__}")


def _check_outputs_defined(model: keras.Model) -> None:
    try:
        output_names(model)
    except (AttributeError, ValueError) as error:
        raise InputError(
            f"the model's outputs are not known ({error}): use a functional model, or call it on a batch first"
        ) from error


def _copy(model: keras.Model) -> keras.Model:
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


def _takes_argument(build: Callable[..., Any]) -> bool:
    parameters = inspect.signature(build).parameters.values()
    required = [p for p in parameters if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    named = any(p.name == "hp" for p in parameters)
    if len(required) > 1:
        raise InputError(f"the build function must take no argument or one (hp), it takes {[p.name for p in required]}")
    return bool(required) or named
