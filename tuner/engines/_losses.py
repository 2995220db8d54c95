"""Losses as `Model.compile` uses them."""

from __future__ import annotations

import keras

from search_spaces import LossSpec
from tuner._keras_internals import LossFunctionWrapper


def live_loss(spec: LossSpec) -> keras.losses.Loss:
    """The loss as `Model.compile` would use it: a function is averaged over the batch."""
    loss = spec.build()
    return loss if isinstance(loss, keras.losses.Loss) else LossFunctionWrapper(loss, name=spec.class_name)
