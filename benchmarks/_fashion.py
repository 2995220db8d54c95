"""Multi-Fashion: two garments on one canvas, and the volume that the front of their cross-entropies covers."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers

import reports
from benchmarks._trained import CANVAS, pairs, row, studied
from benchmarks.data import garments
from search_spaces import RelativeWeights, SearchSpace, names
from tuner import Objective

REFERENCE = (2.0, 2.0)
PUBLISHED = "published hypervolume at (2, 2): COSMOS 2.31, PHN-LS 2.14, with 120,000 canvases and up to 100 epochs"
_OUTPUTS = ("left", "right")
_ROWS = {"train": 12_000, "validation": 2_000, "test": 8_000}


def fashion(quick: bool) -> list[dict[str, Any]]:
    """Hypervolume of the finalists' mean cross-entropies on canvases of garments that were never seen."""
    parts = canvases(quick)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    space = SearchSpace(
        outputs=dict.fromkeys(_OUTPUTS, loss),
        weights=RelativeWeights(reference="left", low=0.05, high=20.0),
        learning_rate=(5e-4, 5e-3),
        optimizer="adam",
    )
    data = {"x": parts["train"][0], "y": parts["train"][1], "validation_data": parts["validation"], "test_data": parts["test"]}
    objectives = [Objective(output, "sparse_categorical_crossentropy", name=f"{output}/crossentropy") for output in _OUTPUTS]
    tuner = studied("fashion", build, data, objectives, quick, space, trials=16, top=8, seeds=2, epochs=8, batch_size=128)
    table = reports.intervals(tuner.study)
    tested = table[(table[names.DATA] == names.TEST) & ~table[names.BASELINE].str.startswith(names.SINGLE_PREFIX)]
    tested = tested[tested[names.OBJECTIVE] != names.DELTA_M]
    means = tested.pivot_table(index=names.TRIAL, columns=names.OBJECTIVE, values=names.MEAN)
    volume = reports.hypervolume(means.to_numpy(), np.array(REFERENCE))
    return [
        row(
            "hypervolume on test canvases",
            f"{len(data['x']):,} canvases, {tuner.study.user_attrs[names.STUDY]['epochs']} epochs, {len(means)} candidates",
            volume,
        ),
        *(row("best cross-entropy", name, float(means[name].min())) for name in means.columns),
        row("for comparison", PUBLISHED, ""),
    ]


def canvases(quick: bool) -> dict[str, Any]:
    """Canvases by part; training and validation share no garment, and the test garments are the official ones."""
    images, labels = garments("train")
    tested = garments("test")
    order = np.random.default_rng(0).permutation(len(images))
    cut = len(images) * 9 // 10
    sources = {
        "train": (images[order[:cut]], labels[order[:cut]]),
        "validation": (images[order[cut:]], labels[order[cut:]]),
        "test": tested,
    }
    return {name: pairs(*sources[name], rows // (20 if quick else 1), seed) for seed, (name, rows) in enumerate(_ROWS.items())}


def build() -> keras.Model:
    """A small LeNet: two convolutions with pooling, 50 hidden units, two heads."""
    inputs = keras.Input((CANVAS, CANVAS, 1), name="canvas")
    maps = layers.MaxPooling2D()(layers.Conv2D(10, 5, activation="relu")(inputs))
    maps = layers.MaxPooling2D()(layers.Conv2D(20, 5, activation="relu")(maps))
    hidden = layers.Dense(50, activation="relu")(layers.Flatten()(maps))
    return keras.Model(inputs, {name: layers.Dense(10, name=name)(hidden) for name in _OUTPUTS})
