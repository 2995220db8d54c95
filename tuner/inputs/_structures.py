"""What belongs to each output: values that a person gives, and targets in the shape of predictions.

`search_spaces` brings the structures that Keras takes and returns into the order of the output names. Here mistakes are noted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from search_spaces import Problems, by_output_name, in_model_structure, in_output_order, nearest

__all__ = [
    "are_keyed",
    "by_output_name",
    "in_model_structure",
    "in_output_order",
    "match_rank",
    "targets_by_output",
    "weights_by_output",
]


def are_keyed(model: keras.Model, outputs: Sequence[str]) -> bool:
    """Whether a model's outputs are a dictionary, with whose sorted keys Keras pairs a list of targets.

    Example:
        >>> are_keyed(build(), ["urgent", "kind"])
        True
    """
    return isinstance(in_model_structure(model, outputs, outputs), Mapping)


def targets_by_output(
    y: Any, outputs: Sequence[str], keyed: bool, problems: Problems, unused: Collection[str] = ()
) -> dict[str, Any]:
    """The targets of each output that is used, in the order of the output names.

    Args:
        y: A dictionary by output name; a list, for all outputs or for those that are used; or a bare array where one is used.
        outputs: The output names.
        keyed: Whether the model's outputs are a dictionary.
        problems: Where missing, unknown and superfluous targets are noted; those are left out of the result.
        unused: The outputs whose targets nothing is computed from.
    """
    used = [name for name in outputs if name not in unused]
    if y is None:
        problems.add(f"y is missing; give one array per output: {list(outputs)}")
        return {}
    if isinstance(y, Mapping):
        _check_known_outputs(y, outputs, "y", problems)
        for name in [name for name in used if name not in y]:
            problems.add(f"y has nothing for the output {name!r}; it has {list(y)}")
        return {name: y[name] for name in used if name in y}
    if len(used) == 1 and not isinstance(y, list | tuple):
        return {used[0]: y}
    listed = used if isinstance(y, list | tuple) and len(y) == len(used) else outputs
    paired = _one_for_each(y, sorted(listed) if keyed else listed, "y", problems)
    return {name: paired[name] for name in used if name in paired}


def weights_by_output(sample_weight: Any, outputs: Sequence[str], keyed: bool, problems: Problems) -> dict[str, Any]:
    """The sample weights of each output, in the order of the output names; None where every row counts alike.

    Args:
        sample_weight: A dictionary by output name that may leave outputs out, a list where the outputs are no dictionary, or
            one array for all outputs; or None.
        outputs: The output names.
        keyed: Whether the model's outputs are a dictionary.
        problems: Where unknown and superfluous weights are noted.
    """
    if isinstance(sample_weight, Mapping):
        _check_known_outputs(sample_weight, outputs, "sample_weight", problems)
        return {name: sample_weight.get(name) for name in outputs}
    if isinstance(sample_weight, list | tuple) and keyed:
        problems.add(
            f"sample_weight is a list and the outputs are a dictionary, which Keras does not pair; give {{name: weights}} for "
            f"{list(outputs)}"
        )
        return {}
    if isinstance(sample_weight, list | tuple):
        return _one_for_each(sample_weight, outputs, "sample_weight", problems)
    return dict.fromkeys(outputs, sample_weight)


def match_rank(target: np.ndarray, prediction: Any) -> np.ndarray:
    """Targets in the rank of the predictions, where a last axis of size 1 is missing or superfluous: Keras's losses match it too.

    Example:
        >>> match_rank(np.zeros((9, 4)), np.zeros((9, 4, 1))).shape, match_rank(np.zeros((9, 1)), np.zeros(9)).shape
        ((9, 4, 1), (9,))
    """
    rank = len(prediction.shape)
    if target.ndim == rank - 1 and prediction.shape[-1] == 1:
        return target[..., None]
    return target[..., 0] if target.ndim == rank + 1 and target.shape[-1] == 1 else target


def _check_known_outputs(given: Mapping[str, Any], outputs: Sequence[str], argument: str, problems: Problems) -> None:
    for name in [name for name in given if name not in outputs]:
        problems.add(f"{argument} names an unknown output {name!r}; {nearest(str(name), outputs)}")


def _one_for_each(given: Any, listed: Sequence[str], argument: str, problems: Problems) -> dict[str, Any]:
    if isinstance(given, list | tuple) and len(given) == len(listed):
        return by_output_name(given, listed)
    got = f"{len(given)} arrays" if isinstance(given, list | tuple) else f"one {type(given).__name__}"
    problems.add(f"{argument} must hold one array for each of the {len(listed)} outputs {list(listed)}, got {got}")
    return {}
