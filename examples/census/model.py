"""A shared network with four heads, whose size is searched."""

from __future__ import annotations

import keras
import keras_tuner

from examples.census.data import EDUCATIONS, FEATURES


def build(hp: keras_tuner.HyperParameters) -> keras.Model:
    """An MLP with one head per output; logits for the three that classify.

    Args:
        hp: Is asked for the `units` of each layer, the number of `layers`, and `batch_norm`.
    """
    inputs = keras.Input((FEATURES,), name="person")
    hidden = inputs
    units, normalised = hp.Choice("units", [32, 64, 128]), hp.Boolean("batch_norm")
    for _ in range(hp.Int("layers", 1, 3)):
        hidden = keras.layers.Dense(units, activation="relu")(hidden)
        if normalised:
            hidden = keras.layers.BatchNormalization()(hidden)
    heads = {
        "income": keras.layers.Dense(1, name="income")(hidden),
        "never_married": keras.layers.Dense(1, name="never_married")(hidden),
        "education": keras.layers.Dense(EDUCATIONS, name="education")(hidden),
        "weeks_worked": keras.layers.Dense(1, name="weeks_worked")(hidden),
    }
    model = keras.Model(inputs, heads)
    model.compile(
        optimizer=keras.optimizers.Adam(1e-3),
        loss={
            "income": keras.losses.BinaryCrossentropy(from_logits=True),
            "never_married": keras.losses.BinaryCrossentropy(from_logits=True),
            "education": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            "weeks_worked": keras.losses.MeanSquaredError(),
        },
    )
    return model
