"""The configuration that a model was compiled with, as a candidate."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from search_spaces._candidate import Candidate
from search_spaces._keras_internals import compile_arguments
from search_spaces._losses import LossSpec, loss_spec
from search_spaces._optimizers import learning_rate_of, optimizer_spec
from search_spaces._pairing import paired_losses
from search_spaces._problems import Problems
from search_spaces._structures import by_output_name, output_names, output_structure, outputs_are_known

if TYPE_CHECKING:
    import keras


def compiled_candidate(model: keras.Model) -> Candidate | None:
    """The optimizer, losses and weights that a model was compiled with; None where it is not compiled.

    An output that Keras has no loss for is not trained, and is in neither losses nor weights.

    Raises:
        InputError: No output has a loss, a weight is negative or not finite, or an object cannot be stored as plain data.

    Example:
        >>> candidate = compiled_candidate(build())
        >>> candidate.learning_rate, candidate.optimizer.label, candidate.losses["kind"].label
        (0.01, 'RMSprop', 'CategoricalCrossentropy(from_logits=True)')
    """
    if not model.compiled or model.optimizer is None or model.loss is None:
        return None
    outputs, problems = output_names(model), Problems("the model cannot be searched as it is compiled")
    paired = paired_losses(model, outputs)
    trained = [output for output in outputs if output in paired]
    if not trained:
        problems.add(f"the model is compiled without a loss for any of its outputs {outputs}; give one of them a loss")
    weights = {output: _weight(paired[output][1], output, problems) for output in trained}
    problems.raise_any()
    return Candidate(
        learning_rate=learning_rate_of(model.optimizer),
        optimizer=optimizer_spec(model.optimizer, model.trainable_variables),
        losses={output: _checked_spec(paired[output][0], output, model, outputs) for output in trained},
        weights=weights,
    )


def weights_that_are_variables(model: keras.Model) -> list[str]:
    """The outputs whose loss weight is a variable or tensor: the value that it has now is taken.

    Example:
        >>> weights_that_are_variables(build())
        []
    """
    given = compile_arguments(model).get("loss_weights")
    items = given.items() if isinstance(given, Mapping) else enumerate(given) if isinstance(given, list | tuple) else ()
    return [str(name) for name, weight in items if hasattr(weight, "numpy")]


def other_loss_terms(model: keras.Model) -> bool:
    """Whether the loss may have other terms than the outputs': regularisation, or a training step of its own."""
    import keras

    own = any(getattr(type(model), name) is not getattr(keras.Model, name) for name in ("train_step", "compute_loss"))
    return own or bool(model.losses) or any(_regularised(layer) for layer in _layers(model))


def _layers(model: Any) -> list[Any]:
    return [layer for layer in getattr(model, "layers", ()) for layer in (layer, *_layers(layer))]


def _regularised(layer: Any) -> bool:
    return any(name.endswith("_regularizer") and value is not None for name, value in vars(layer).items())


def _weight(given: Any, output: str, problems: Problems) -> float:
    """The loss weight as a number; of a variable or tensor, what it is now."""
    weight = 1.0 if given is None else float(given.numpy() if hasattr(given, "numpy") else given)
    if not math.isfinite(weight) or weight < 0:
        problems.add(f"output {output!r} has the loss weight {weight!r}; expected a finite number from 0 up")
    return weight


def _checked_spec(loss: Any, output: str, model: keras.Model, outputs: Sequence[str]) -> LossSpec:
    """The spec of an output's loss. Keras chooses `"crossentropy"` by the shapes: of one number it is binary."""
    spec = loss_spec(loss)
    one_number = (
        spec.by_shapes and outputs_are_known(model) and by_output_name(output_structure(model), outputs)[output].shape[-1] == 1
    )
    return loss_spec("binary_crossentropy") if one_number else spec
