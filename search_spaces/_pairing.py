"""Which output gets which loss, loss weight and metrics, as Keras itself pairs them.

Keras pairs a list with a dictionary of outputs by sorted key, and a list of weights with a dictionary of losses likewise. What is
paired here are stand-ins, so that losses and metrics come back as the objects that were given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from search_spaces import _keras_internals
from search_spaces._problems import InputError
from search_spaces._structures import in_model_structure, output_aliases

if TYPE_CHECKING:
    import keras


def paired_losses(model: keras.Model, outputs: Sequence[str]) -> dict[str, tuple[Any, Any]]:
    """The loss and the loss weight of each output that has a loss, as `compile` was given them; None for a weight left out.

    Raises:
        InputError: Keras refuses the losses and weights, or an output has several losses.
    """
    import keras

    given = _keras_internals.compile_arguments(model)

    def stand_in(loss: Any) -> Any:
        placeholder = None if loss is None else keras.losses.Loss(name="stand_in")
        if placeholder is not None:
            placeholder.given = loss
        return placeholder

    losses = keras.tree.map_structure(stand_in, given.get("loss"))
    pairs = _paired("losses", _keras_internals.pair_losses, model, outputs, losses, given.get("loss_weights"))
    by_name: dict[str, tuple[Any, Any]] = {}
    for key, loss, weight in pairs:
        output = _name(key, model, outputs)
        if output in by_name:
            raise InputError(f"output {output!r} is compiled with several losses; give it one function that adds them")
        by_name[output] = (loss.given, weight)
    return by_name


def paired_metrics(model: keras.Model, outputs: Sequence[str], argument: str = "metrics") -> dict[str, list[Any]]:
    """The metrics of each output that has some, as `compile` was given them.

    Args:
        model: A compiled model.
        outputs: The output names.
        argument: `metrics` or `weighted_metrics`.

    Raises:
        InputError: Keras refuses them.

    Example:
        >>> model = build()
        >>> model.compile("adam", loss=model.loss, metrics={"kind": ["accuracy"]})
        >>> paired_metrics(model, ["urgent", "kind"])
        {'kind': ['accuracy']}
    """
    import keras

    def stand_in(metric: Any) -> Any:
        placeholder = keras.metrics.Mean(name="stand_in")
        placeholder.given = metric
        return placeholder

    given = _keras_internals.compile_arguments(model).get(argument)
    if not given:
        return {}
    metrics = keras.tree.map_structure(stand_in, given)
    pairs = _paired("metrics", _keras_internals.pair_metrics, model, outputs, metrics)
    return {_name(name, model, outputs): [metric.given for metric in some] for name, some in pairs if some}


def _paired(what: str, pair: Any, model: keras.Model, outputs: Sequence[str], *given: Any) -> list[Any]:
    """What Keras makes of the structures. Only the structure of the predictions matters to it, and their shapes do not."""
    import numpy as np

    predictions = in_model_structure(model, [np.zeros((1, 1), "float32") for _ in outputs], outputs)
    try:
        return list(pair(*given, predictions, getattr(model, "output_names", None)))
    except (KeyError, TypeError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(f"Keras refuses the {what} that the model is compiled with: {reason}") from error


def _name(key: Any, model: keras.Model, outputs: Sequence[str]) -> str:
    """The name of the output that Keras means by the last part of a path."""
    if key is None:
        return outputs[0]
    if isinstance(key, int):
        return outputs[key]
    return output_aliases(model).get(str(key), str(key))
