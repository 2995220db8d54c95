"""Checks on arguments, before anything is trained."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import keras
import numpy as np

from search_spaces import Candidate, Problems, SearchSpace, names, nearest
from tuner.inputs._layers import all_layers


def check_whole_number(name: str, value: Any, least: int, problems: Problems, most: float = math.inf) -> int:
    """The value as an `int`, which must be a whole number of any type from `least` up, or to `most`; else `least`, and noted."""
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if whole and least <= value <= most:
        return int(value)
    problems.add(f"{name} must be a whole number from {least} {'up' if most == math.inf else f'to {most}'}, got {value!r:.80}")
    return least


def check_steps(name: str, value: Any, problems: Problems) -> int | None:
    """A number of steps from 1 up, or None; else it is noted."""
    return None if value is None else check_whole_number(name, value, 1, problems)


def check_epochs(name: str, value: Any, problems: Problems) -> int | tuple[int, ...]:
    """Every how many epochs, or the numbers of epochs from 1, as `validation_freq` of `Model.fit`; else 1, and noted."""
    listed = list(value) if isinstance(value, list | tuple) else [value]
    if not listed or not all(isinstance(one, int | np.integer) and not isinstance(one, bool) and one >= 1 for one in listed):
        problems.add(f"{name} must be a whole number from 1 up, or a list of the epochs' numbers from 1, got {value!r:.80}")
        return 1
    return tuple(map(int, value)) if isinstance(value, list | tuple) else int(value)


def check_seconds(name: str, value: Any, problems: Problems) -> None:
    """The value must be a number of seconds from 0 up, or None."""
    number = isinstance(value, Real) and not isinstance(value, bool)
    if value is not None and not (number and value >= 0):
        problems.add(f"{name} must be a number of seconds from 0 up, or None, got {value!r:.80}")


def check_choice(name: str, value: Any, accepted: Sequence[Any], problems: Problems) -> None:
    """The value must be one of those accepted."""
    if not (isinstance(value, str | int | np.integer | np.bool_) and value in accepted):
        problems.add(f"{name} must be {', '.join(map(repr, accepted[:-1]))} or {accepted[-1]!r}, got {value!r:.80}")


def check_name(what: str, value: Any, problems: Problems) -> None:
    """The name of a study must be one that its folder can have."""
    if not names.is_project_name(value):
        problems.add(f"{what} must be a name that a folder can have, without / and \\, got {value!r:.80}")


def check_outputs(space: SearchSpace, outputs: Sequence[str], current: Candidate | None, problems: Problems) -> None:
    """The space must name outputs of the model: of a compiled one all those that it has a loss for, and no others."""
    trained = [name for name in space.outputs if name in outputs] if current is None else list(current.losses)
    for name in [name for name in space.outputs if name not in outputs]:
        problems.add(f"the search space names an unknown output {name!r}; {nearest(name, outputs)}")
    for name in [name for name in space.outputs if name in outputs and name not in trained]:
        problems.add(
            f"the search space names the output {name!r}, which the model is compiled without a loss for; compile it with one, "
            "or leave it out of outputs="
        )
    for name in [name for name in trained if name not in space.outputs]:
        problems.add(
            f"the search space has nothing for the model's output {name!r}; add it to outputs=, or compile the model with None "
            "as its loss, so that it is not trained"
        )


def check_stateful(model: keras.Model, problems: Problems) -> None:
    """No layer may go on where the batch before it ended."""
    for layer in all_layers(model):
        if getattr(layer, "stateful", False) is True:
            problems.add(
                f"layer {layer.name!r} is stateful: it goes on where the batch before ended, so that what it predicts depends on "
                "the size and order of all batches; set stateful=False"
            )


def check_trainable(model: keras.Model, problems: Problems) -> None:
    """Some variable of the model must be trainable."""
    if model.built and not model.trainable_variables:
        problems.add("the model has no trainable variables, so there is nothing to train; set trainable=True on a layer")
