"""Losses as `Model.compile` uses them."""

from __future__ import annotations

import keras
from keras.src.losses.losses import LossFunctionWrapper

from search_spaces import LossSpec


def live_loss(spec: LossSpec) -> keras.losses.Loss:
    """The loss as `Model.compile` would use it: a function is averaged over the batch."""
    made = spec.build()
    return made if isinstance(made, keras.losses.Loss) else LossFunctionWrapper(made, name=spec.class_name)
