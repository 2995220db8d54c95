"""Structures of outputs: a dictionary by output name, a list in order, or one value alone.

Keras flattens a dictionary by sorted key. `model.outputs` has that order, and so has a list of targets or losses that is given
for a dictionary of outputs. Here the order is always that of `output_names`, which is the dictionary's own. For a dictionary of
outputs Keras is therefore given dictionaries, which it pairs by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from search_spaces._problems import InputError

if TYPE_CHECKING:
    import keras

_CALLED: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
"""What models gave when they were called, for those that do not say themselves what their outputs are."""
_NAMED: WeakKeyDictionary[Any, Sequence[str]] = WeakKeyDictionary()
"""The names of the outputs of models that were neither called nor compiled."""


def output_names(model: keras.Model) -> list[str]:
    """The names of a model's outputs, in the model's own order.

    They are the keys where the outputs are a dictionary, and the names of the output layers otherwise. Layers that were given no
    name are numbered by Keras from one model to the next, and one layer may give two outputs: then the outputs are called
    `output_1`, `output_2` and so on. A subclassed model has outputs once it was called; before that, what it was compiled with
    names them.

    Args:
        model: A Keras model.

    Raises:
        InputError: The outputs are nested, or nothing says what they are.

    Example:
        >>> output_names(build())
        ['urgent', 'kind']
    """
    if not outputs_are_known(model):
        return _names_by_loss(model)
    structure = output_structure(model)
    names = list(structure) if isinstance(structure, Mapping) else _stable(keras_output_names(model), structure)
    if any(isinstance(item, list | tuple | Mapping) for item in in_output_order(structure, names)):
        raise InputError("nested outputs are not supported; return a flat list or dictionary of outputs")
    return names


def keras_output_names(model: keras.Model) -> list[str]:
    """The names that Keras itself has for a model's outputs, in the order of `output_names`.

    Example:
        >>> keras_output_names(build())
        ['urgent', 'kind']
    """
    structure = output_structure(model)
    if isinstance(structure, Mapping):
        return list(structure)
    flat = structure if isinstance(structure, list | tuple) else [structure]
    if model in _CALLED:
        return _numbered(len(flat))
    return [tensor._keras_history.operation.name for tensor in flat]


def output_aliases(model: keras.Model) -> dict[str, str]:
    """The name of each output that Keras calls otherwise, by Keras's own name, where those are unique.

    Example:
        >>> import keras
        >>> inputs = keras.Input((2,))
        >>> hidden = keras.layers.Dense(3)(inputs)
        >>> names = output_aliases(keras.Model(inputs, [hidden, keras.layers.Dense(1, name="price")(hidden)]))
        >>> list(names.values())
        ['output_1', 'output_2']
    """
    if not outputs_are_known(model):
        return {}
    own = keras_output_names(model)
    return {
        theirs: ours for theirs, ours in zip(own, output_names(model), strict=True) if theirs != ours and own.count(theirs) == 1
    }


def renamed(by_name: Any, aliases: Mapping[str, str]) -> Any:
    """A dictionary by output name with the names of `output_names`; anything else as it is.

    Example:
        >>> renamed({"dense_3": 1}, {"dense_3": "output_1"}), renamed([1], {})
        ({'output_1': 1}, [1])
    """
    if not isinstance(by_name, Mapping) or not set(by_name) & set(aliases):
        return by_name
    return {aliases.get(name, name): value for name, value in by_name.items()}


def output_structure(model: keras.Model) -> Any:
    """The model's outputs as symbolic tensors: a dictionary, a list or one.

    Raises:
        AttributeError, ValueError: They are not known before the model is called; see `note_outputs`.

    Example:
        >>> [tensor.shape for tensor in output_structure(build()).values()]
        [(None, 1), (None, 3)]
    """
    called = _CALLED.get(model)
    if called is not None:
        return called
    if _is_sequential(model):
        return model.outputs[0] if len(model.outputs) == 1 else list(model.outputs)
    return model.output


def outputs_are_known(model: keras.Model) -> bool:
    """Whether the model says what its outputs are: a functional one does, a subclassed one after `note_outputs`.

    Example:
        >>> import keras
        >>> outputs_are_known(build()), outputs_are_known(keras.Sequential([keras.layers.Dense(1)]))
        (True, False)
    """
    try:
        output_structure(model)
    except (AttributeError, ValueError):
        return False
    return True


def note_outputs(model: keras.Model, predictions: Any) -> None:
    """Remembers what a model gave when it was called, where the model itself does not say what its outputs are.

    Args:
        model: Called on some rows.
        predictions: What the call returned.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.layers.Dense(1)])
        >>> note_outputs(model, keras.ops.ones((8, 1)))
        >>> output_structure(model).shape
        (None, 1)
    """
    import keras

    if not outputs_are_known(model):
        _CALLED[model] = keras.tree.map_structure(
            lambda tensor: keras.KerasTensor((None, *tensor.shape[1:]), keras.backend.standardize_dtype(tensor.dtype)),
            predictions,
        )


def name_outputs(model: keras.Model, names: Sequence[str]) -> None:
    """Names outputs of a model that was neither called nor compiled; once it was called it has its own names.

    Args:
        model: A subclassed or sequential model.
        names: Those of its outputs that are to be trained.

    Example:
        >>> import keras
        >>> model = keras.Model()
        >>> name_outputs(model, ["urgent", "kind"])
        >>> output_names(model)
        ['urgent', 'kind']
    """
    _NAMED[model] = list(names)


def _names_by_loss(model: keras.Model) -> list[str]:
    """The outputs of a model that was never called, by the losses it was compiled with."""
    loss = getattr(model, "loss", None)
    if loss is None and model in _NAMED:
        return list(_NAMED[model])
    if isinstance(loss, Mapping):
        return list(loss)
    if isinstance(loss, list | tuple):
        return _numbered(len(loss))
    if _is_sequential(model):
        return _numbered(1)
    raise InputError(
        f"the outputs of {type(model).__name__} are not known before it is called: use a functional model, compile it with "
        "one loss for each output, as a dictionary or a list, or pass a SearchSpace that names them"
    )


def _is_sequential(model: keras.Model) -> bool:
    import keras

    return isinstance(model, keras.Sequential)


def _numbered(count: int) -> list[str]:
    return [f"output_{place}" for place in range(1, count + 1)]


def _stable(names: list[str], structure: Any) -> list[str]:
    """The names, or numbers in their place where two are equal or Keras made one of them up."""
    tensors = structure if isinstance(structure, list | tuple) else [structure]
    made_up = any(map(_is_made_up, names, tensors))
    return _numbered(len(names)) if made_up or len(set(names)) < len(names) else names


def _is_made_up(name: str, tensor: Any) -> bool:
    """Whether Keras named the layer that gives this output: by its class, with a number from the second such layer on."""
    operation = getattr(getattr(tensor, "_keras_history", None), "operation", None)
    if operation is None:
        return False
    words = re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", type(operation).__name__)).lower()
    return re.fullmatch(rf"{words}(_\d+)?", name) is not None


def in_output_order(structure: Any, outputs: Sequence[str]) -> list[Any]:
    """The values of a structure as a list, in the order of the output names.

    Args:
        structure: A dictionary by output name, a list in the order of the names, or one value alone.
        outputs: The output names.

    Example:
        >>> in_output_order({"kind": 2, "urgent": 1}, ["urgent", "kind"]), in_output_order(1, ["urgent"])
        ([1, 2], [1])
    """
    if isinstance(structure, Mapping):
        return [structure[output] for output in outputs]
    return list(structure) if isinstance(structure, list | tuple) else [structure]


def by_output_name(structure: Any, outputs: Sequence[str]) -> dict[str, Any]:
    """The values of a structure as a dictionary by output name, in the order of the output names.

    Args:
        structure: A dictionary by output name, a list in the order of the names, or one value alone.
        outputs: The output names.

    Example:
        >>> by_output_name([1, 2], ["urgent", "kind"]), by_output_name({"kind": 2, "urgent": 1}, ["urgent", "kind"])
        ({'urgent': 1, 'kind': 2}, {'urgent': 1, 'kind': 2})
    """
    return dict(zip(outputs, in_output_order(structure, outputs), strict=True))


def in_model_structure(model: keras.Model, values: Sequence[Any], outputs: Sequence[str]) -> Any:
    """One value per output in the structure that the model's outputs have: what Keras takes as targets, losses or weights.

    Args:
        model: Its outputs are a dictionary by these names, a list, or one tensor.
        values: One per output, in the order of the names.
        outputs: The output names.

    Example:
        >>> in_model_structure(build(), [1, 2], ["urgent", "kind"])
        {'urgent': 1, 'kind': 2}
    """
    if not outputs_are_known(model):  # a list has no names
        return list(values) if list(outputs) == _numbered(len(outputs)) else by_output_name(values, outputs)
    structure = output_structure(model)
    if isinstance(structure, Mapping):
        return by_output_name(values, outputs)
    return list(values) if isinstance(structure, list | tuple) else values[0]


def for_compile(model: keras.Model, arguments: Mapping[str, Any], outputs: Sequence[str]) -> dict[str, Any]:
    """Arguments of `Model.compile` that name outputs, in the structure that the model's outputs have.

    Args:
        model: The model to compile.
        arguments: As `Candidate.compile_arguments` gives them; an output that is left out gets no loss.
        outputs: The output names.

    Example:
        >>> arguments = {"loss": {"kind": "mse", "urgent": "mae"}, "loss_weights": {"kind": 1, "urgent": 2}}
        >>> for_compile(build(), arguments, ["urgent", "kind"])
        {'loss': {'urgent': 'mae', 'kind': 'mse'}, 'loss_weights': {'urgent': 2, 'kind': 1}}
    """
    structured = {
        key: in_model_structure(model, [arguments[key].get(output) for output in outputs], outputs)
        for key in ("loss", "loss_weights")
    }
    if len(outputs) == 1:  # Keras takes the weight of a single loss in a list alone
        structured["loss_weights"] = list(arguments["loss_weights"].values())
    return {**arguments, **structured}
