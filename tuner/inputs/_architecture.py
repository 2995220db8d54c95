"""Where models come from: a build function, a KerasTuner hypermodel, or a model given as it is."""

from __future__ import annotations

import inspect
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import keras
import keras_tuner
import numpy as np

from search_spaces import (
    Candidate,
    InputError,
    automatic_numbers,
    compiled_candidate,
    name_metrics_afresh,
    note_outputs,
    outputs_are_known,
)
from search_spaces.hyperparameters import TrialHyperParameters
from tuner._keras_internals import has_seed_generator_path
from tuner.inputs._borrowed import borrowed
from tuner.inputs._faithful_copy import faithful_copy
from tuner.inputs._random_states import random_states_put_back
from tuner.inputs._short_hash import short_hash


class Architecture:
    """Makes models that are ready to be compiled.

    A given model is never copied: whatever a copy loses (constants of `Normalization`, lookup tables, methods and attributes of
    a class) would train otherwise. It is trained in place while it is `lent`, from its present weights each time. The same
    holds for layers that a build function shares between the models that it returns.

    Args:
        source: `build()` or `build(hp)`, a `keras_tuner.HyperModel`, or a `keras.Model`.

    Attributes:
        source: The function, hypermodel or model that was given.
        searched: Whether the function asks for hyperparameters.

    Raises:
        InputError: The source is something else.
    """

    def __init__(self, source: Any) -> None:
        self.source = source
        self._build = _builder(source)
        self._lock, self._in_use, self._shares = threading.Lock(), threading.RLock(), False
        self._sample: Any = None
        self._study_seed = 0
        self._starts: dict[int, tuple[keras.Variable, np.ndarray]] = {}
        self.searched = not self.given and _takes_argument(self._build)

    @property
    def given(self) -> bool:
        """Whether a model was given as it is, instead of something that builds models."""
        return isinstance(self.source, keras.Model)

    @contextmanager
    def lent(self, example: keras.Model, seed: int) -> Iterator[None]:
        """While the block runs models may be trained; then a given model, and layers shared between models, are as before.

        Args:
            example: The model of the study's seed, not trained since it was built.
            seed: The study's seed.
        """
        if self._starts:  # lent already
            yield
            return
        self._study_seed = seed
        self._starts = {id(variable): (variable, variable.numpy()) for variable in example.variables}
        try:
            with borrowed(example), random_states_put_back():
                yield
        finally:
            self._starts = {}

    def show(self, example: keras.Model, x: Any) -> None:
        """Shows the first rows to a model whose variables or outputs are not known before it is called, and to all later ones.

        Args:
            example: The model of the study's seed.
            x: A few rows of the inputs, in the structure that the model takes.
        """
        if not outputs_are_known(example) or not example.built:
            self._sample = x
            self._call_once(example)
            self._starts |= {id(variable): (variable, variable.numpy()) for variable in example.variables}

    def build(self, hyperparameters: Mapping[str, Any], seed: int) -> keras.Model:
        """A model with these hyperparameters and the initial values of this seed: a new one, or the given one.

        Args:
            hyperparameters: Values that `build(hp)` gets for what it asks; what is missing has its default.
            seed: Python, NumPy and Keras are seeded with it first, so that initial weights depend on it alone. A given model
                starts from its own weights, and its layers that draw random numbers from another state for each seed.
        """
        model = self.ask(TrialHyperParameters(answers=hyperparameters), seed)
        self._call_once(model)
        for variable in model.variables:
            if id(variable) in self._starts:
                self._shares = True
                variable.assign(self._start(*self._starts[id(variable)], seed))
        return model

    def sample(self) -> keras.Model:
        """A model to look at, which is not trained."""
        return self.build({}, 0)

    def completed(self, model: keras.Model) -> keras.Model:
        """The whole model of one that `build` returned, compiled as that is."""
        return model

    def alone(self) -> AbstractContextManager[Any]:
        """While the block runs, no other thread is in such a block, where the models that are built share variables."""
        return self._in_use if self.given or self._shares else nullcontext()

    def ask(self, hp: keras_tuner.HyperParameters, seed: int) -> keras.Model:
        """A model with the hyperparameters that `hp` answers.

        Only one thread builds at a time: two would draw from one random state.
        """
        with self._lock:
            keras.utils.set_random_seed(seed)
            before = automatic_numbers()
            model = self._build(hp) if self.searched else self._build()
        if not isinstance(model, keras.Model):
            raise InputError(f"the build function must return a keras.Model, it returned {type(model).__name__}")
        if not self.given:
            name_metrics_afresh(model, before)
        return model

    def separate(self, model: keras.Model, x: Any) -> keras.Model:
        """The model, or a copy of it where it shares variables with what was given.

        Args:
            model: A model that `build` returned.
            x: A few rows of the inputs, on which the copy must predict the same.

        Raises:
            InputError: It shares variables, and cannot be copied so that the copy predicts the same.
        """
        shared = any(id(variable) in self._starts for variable in model.variables)
        return faithful_copy(model, x) if shared else model

    def starts_alike(self, example: keras.Model, seed: int) -> bool:
        """Whether the initial weights are the same whatever the seed: a given model's own, or of initialisers with a fixed seed.

        Args:
            example: A model built with this seed, and not trained since.
            seed: The study's seed.
        """
        if self.given:
            return True
        other_seed = self.build(self.defaults(seed)[1], (seed + 1) % 2**32)
        pairs = zip(example.trainable_variables, other_seed.trainable_variables, strict=True)
        return all(np.array_equal(variable.numpy(), other.numpy()) for variable, other in pairs)

    def given_weights(self) -> str:
        """A short hash of the weights that every trial of a given model starts from; empty where a function builds it."""
        if not self.given:
            return ""
        return short_hash(np.ascontiguousarray(value).tobytes() for value in self.source.get_weights())

    def defaults(self, seed: int) -> tuple[keras.Model, dict[str, Any]]:
        """The model with every hyperparameter at its default, and those defaults."""
        hp = TrialHyperParameters()
        model = self.ask(hp, seed)
        return model, dict(hp.values)

    def _call_once(self, model: keras.Model) -> None:
        """Makes the variables and outputs of a model that are not known before it is called."""
        if self._sample is not None and not (model.built and outputs_are_known(model)):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # of one array for a list of one input, which `fit` takes in silence
                note_outputs(model, model(self._sample, training=False))

    def _start(self, variable: keras.Variable, value: np.ndarray, seed: int) -> np.ndarray:
        """The value that a trial of this seed starts from; the study's own seed leaves a given model's random states alone."""
        if not has_seed_generator_path(variable):
            return value
        later: np.ndarray = value + np.array([(seed - self._study_seed) % 2**32, 0]).astype(value.dtype)
        return later


def candidate_from_compile(model: keras.Model, hyperparameters: Mapping[str, Any]) -> Candidate | None:
    """What the model came compiled with, as a candidate; None where it is not compiled."""
    compiled = compiled_candidate(model)
    return None if compiled is None else compiled.with_hyperparameters(hyperparameters)


def _builder(source: Any) -> Callable[..., Any]:
    if isinstance(source, keras.Model):
        return lambda: source
    if isinstance(source, keras_tuner.HyperModel):
        return source.build  # type: ignore[no-any-return]
    if callable(source) and not isinstance(source, keras.Layer):
        return source  # type: ignore[no-any-return]
    raise InputError(f"expected a build function, a keras_tuner.HyperModel or a keras.Model, got {type(source).__name__}")


def _takes_argument(build: Callable[..., Any]) -> bool:
    parameters = inspect.signature(build).parameters.values()
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    required = [p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if len(required) > 1 or any(p not in positional for p in required):
        raise InputError(f"the build function must take no argument or one (hp), it takes {[p.name for p in required]}")
    return bool(required) or any(p.name == "hp" for p in positional)
