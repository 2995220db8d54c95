"""Two digits on one canvas, two classifications of the same kind: no weighting beats equal weights, and a sound tool says so."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers

from benchmarks._trained import CANVAS, pairs, row, studied
from benchmarks.data import all_digits
from search_spaces import RelativeWeights, SearchSpace, names
from tuner import Objective

STUDIES, QUICK, ALLOWED = 10, 2, 1
_ROWS = (4_000, 1_500, 2_500)
_RATE = 1e-3


def null(quick: bool) -> list[dict[str, Any]]:
    """How often is a gain claimed where there is none? The learning rate is held: tuning that would be a true gain."""
    verdicts = [one_study(seed, quick) for seed in range(QUICK if quick else STUDIES)]
    claimed = sum(kind != names.NO_GAIN for kind in verdicts)
    rows = [row("verdict", f"study {seed}", kind) for seed, kind in enumerate(verdicts)]
    return [
        *rows,
        row("null", f"claims in {len(verdicts)} studies", claimed, f"at most {ALLOWED}", None if quick else claimed <= ALLOWED),
    ]


def one_study(seed: int, quick: bool) -> str:
    """The verdict of one study, on digits that no other study pairs in this way."""
    images, labels = all_digits()
    cut = np.random.default_rng(seed).permutation(len(images))
    parts = np.split(cut, np.cumsum([len(images) * rows // sum(_ROWS) for rows in _ROWS[:2]]))  # no digit in two parts
    train, validation, test = (
        pairs(images[part], labels[part], rows // (10 if quick else 1), seed) for part, rows in zip(parts, _ROWS, strict=True)
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    space = SearchSpace(
        outputs={"left": loss, "right": loss},
        weights=RelativeWeights(reference="left", low=0.1, high=10.0),
        learning_rate=_RATE,
        optimizer="adam",
    )
    tuner = studied(
        f"two-digits-{seed}",
        build,
        {"x": train[0], "y": train[1], "validation_data": validation, "test_data": test},
        [Objective(output, "accuracy") for output in ("left", "right")],
        quick,
        space,
        trials=20,
        top=3,
        seeds=8,
        seed=seed,
        epochs=6,
        batch_size=64,
    )
    verdict = tuner.verdict()
    assert verdict is not None
    return verdict.kind


def build() -> keras.Model:
    """One hidden layer of 64 units under two heads."""
    inputs = keras.Input((CANVAS, CANVAS, 1), name="canvas")
    hidden = layers.Dense(64, activation="relu")(layers.Flatten()(inputs))
    model = keras.Model(inputs, {name: layers.Dense(10, name=name)(hidden) for name in ("left", "right")})
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(_RATE), {"left": loss, "right": loss})
    return model
