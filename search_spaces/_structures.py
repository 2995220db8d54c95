"""Structures of outputs: a dictionary by output name, a list in order, or one value alone.

Keras flattens a dictionary by sorted key. `model.outputs` has that order, and so has a list of targets or losses that is given
for a dictionary of outputs. Here the order is always that of `output_names`, which is the dictionary's own. For a dictionary of
outputs Keras is therefore given dictionaries, which it pairs by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from search_spaces._problems import InputError

if TYPE_CHECKING:
    import keras


def output_names(model: keras.Model) -> list[str]:
    """The names under which a model's outputs are compiled, in the model's own order.

    They are keys where the outputs are a dictionary, layer names otherwise.

    Args:
        model: A functional Keras model.

    Raises:
        InputError: The outputs are nested, or two of them share a name.

    Example:
        >>> output_names(build())
        ['urgent', 'kind']
    """
    structure = model.output
    if isinstance(structure, Mapping):
        names = list(structure)
    elif isinstance(structure, list | tuple):
        names = list(model.output_names)
    else:
        names = list(model.output_names)[:1]
    if len(set(names)) != len(names):
        raise InputError(f"two outputs share a name: {names}; give the output layers names of their own")
    if any(isinstance(item, list | tuple | Mapping) for item in in_output_order(structure, names)):
        raise InputError("nested outputs are not supported; return a flat list or dictionary of outputs")
    return names


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
    """One value per output in the structure that the model's outputs have: what `Model.fit` takes as targets or sample weights.

    Args:
        model: Its outputs are a dictionary by these names, a list, or one tensor.
        values: One per output, in the order of the names.
        outputs: The output names.

    Example:
        >>> in_model_structure(build(), [1, 2], ["urgent", "kind"])
        {'urgent': 1, 'kind': 2}
    """
    if isinstance(model.output, Mapping):
        return by_output_name(values, outputs)
    return list(values) if isinstance(model.output, list | tuple) else values[0]
