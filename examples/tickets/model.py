"""The model of the Keras guide, compiled as the guide compiles it."""

from __future__ import annotations

import keras

from examples.tickets.data import BODY_TOKENS, DEPARTMENTS, TAGS, TITLE_TOKENS, VOCABULARY


def build() -> keras.Model:
    """Title, body and tags to priority and department, both as logits.

    The guide reads title and body with an LSTM each; here the word vectors are averaged, which learns these short texts as well
    and trains in seconds on a laptop.
    """
    title = keras.Input((TITLE_TOKENS,), dtype="int32", name="title")
    body = keras.Input((BODY_TOKENS,), dtype="int32", name="body")
    tags = keras.Input((TAGS,), name="tags")
    texts = [_average(title, "title"), _average(body, "body")]
    features = keras.layers.concatenate([*texts, tags])
    hidden = keras.layers.Dense(16, activation="relu", name="shared")(features)
    model = keras.Model(
        [title, body, tags],
        {
            "priority": keras.layers.Dense(1, name="priority")(hidden),
            "department": keras.layers.Dense(len(DEPARTMENTS), name="department")(hidden),
        },
    )
    model.compile(
        optimizer=keras.optimizers.RMSprop(1e-3),
        loss={
            "priority": keras.losses.BinaryCrossentropy(from_logits=True),
            "department": keras.losses.CategoricalCrossentropy(from_logits=True),
        },
        loss_weights={"priority": 1.0, "department": 0.2},
    )
    return model


def _average(tokens: keras.KerasTensor, name: str) -> keras.KerasTensor:
    vectors = keras.layers.Embedding(VOCABULARY, 16, mask_zero=True, name=f"{name}_words")(tokens)
    return keras.layers.GlobalAveragePooling1D(name=f"{name}_mean")(vectors)
