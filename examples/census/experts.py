"""Multi-gate mixture of experts (Ma et al. 2018) for two of the outputs, of one size."""

from __future__ import annotations

import keras
from keras import layers

from examples.census.data import FEATURES

_EXPERTS, _UNITS = 6, 32


def build() -> keras.Model:
    """Six experts of 32 units, a gate and a tower of 16 units for each of `income` and `never_married`; logits."""
    inputs = keras.Input((FEATURES,), name="person")
    experts = layers.Reshape((_EXPERTS, _UNITS))(layers.Dense(_EXPERTS * _UNITS, activation="relu")(inputs))
    heads = {}
    for output in ("income", "never_married"):
        gate = layers.Reshape((_EXPERTS, 1))(layers.Dense(_EXPERTS, activation="softmax")(inputs))
        mixed = layers.Flatten()(layers.Dot(axes=1)([gate, experts]))
        heads[output] = layers.Dense(1, name=output)(layers.Dense(16, activation="relu")(mixed))
    model = keras.Model(inputs, heads)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-3), dict.fromkeys(heads, loss))
    return model
