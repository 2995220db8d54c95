"""The averages of weights that an optimizer with `use_ema=True` keeps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keras


@contextmanager
def averaged_weights(model: keras.Model) -> Iterator[None]:
    """Gives the model the weights that `fit` would leave if it ended now, inside the block; the model is not changed by it.

    At its end `fit` writes the averages into the weights. Without `use_ema=True` the weights are what they are.

    Args:
        model: A compiled model that is being trained.
    """
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    if not getattr(optimizer, "use_ema", False):
        yield
        return
    trained = [variable.numpy() for variable in model.trainable_variables]
    optimizer.finalize_variable_values(model.trainable_variables)
    try:
        yield
    finally:
        for variable, value in zip(model.trainable_variables, trained, strict=True):
            variable.assign(value)
