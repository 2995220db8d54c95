"""The workloads: small and large, dense and recurrent, on tables, texts, sequences and images, some with a frozen part."""

from __future__ import annotations

from functools import cache, partial

import keras
from keras import layers

from benchmarks.data import (
    COLOURS,
    PATTERNS,
    SIDE,
    SIGNALS,
    STEPS,
    TOKENS,
    TOPICS,
    VOCABULARY,
    digits,
    images,
    raw_reviews,
    reviews,
    sequences,
    table,
    texts,
)
from benchmarks.workload import Workload
from examples import tickets
from examples.tickets.data import DEPARTMENTS

_TABLE_FEATURES, _TABLE_KINDS = 32, 6
_WIDE_FEATURES, _WIDE_KINDS = 256, 6
_WORDS = 5_000


def build_mlp() -> keras.Model:
    """Two hidden layers of 64 units."""
    inputs = keras.Input((_TABLE_FEATURES,), name="x")
    hidden = layers.Dense(64, activation="relu")(layers.Dense(64, activation="relu")(inputs))
    return _with_heads(inputs, hidden, _TABLE_KINDS)


def build_attention() -> keras.Model:
    """Word vectors, one layer of attention with two heads, and their mean."""
    inputs = keras.Input((TOKENS,), dtype="int32", name="x")
    words = layers.Embedding(VOCABULARY, 32)(inputs)
    attended = layers.MultiHeadAttention(num_heads=2, key_dim=16)(words, words)
    pooled = layers.GlobalAveragePooling1D()(layers.add([words, attended]))
    return _with_heads(inputs, layers.Dense(32, activation="relu")(pooled), TOPICS)


def build_lstm() -> keras.Model:
    """One LSTM of 32 units."""
    inputs = keras.Input((STEPS, SIGNALS), name="x")
    return _with_heads(inputs, layers.LSTM(32)(inputs), PATTERNS)


def build_conv2d() -> keras.Model:
    """Two convolutions with pooling and a hidden layer of 64 units."""
    inputs = keras.Input((28, 28, 1), name="x")
    maps = layers.MaxPooling2D()(layers.Conv2D(16, 3, activation="relu")(inputs))
    maps = layers.MaxPooling2D()(layers.Conv2D(32, 3, activation="relu")(maps))
    return _with_heads(inputs, layers.Dense(64, activation="relu")(layers.Flatten()(maps)), 10)


def build_compute() -> keras.Model:
    """Two hidden layers of 2,048 units: bound by the matrix products alone."""
    inputs = keras.Input((_WIDE_FEATURES,), name="x")
    hidden = layers.Dense(2048, activation="relu")(layers.Dense(2048, activation="relu")(inputs))
    return _with_heads(inputs, hidden, _WIDE_KINDS)


def build_backbone() -> keras.Model:
    """Transfer learning: a frozen MobileNetV2 under two heads. Its weights are random, since none can be fetched."""
    image = keras.Input((SIDE, SIDE, 3), name="x")
    scaled = layers.Rescaling(1 / 127.5, offset=-1)(image)
    base = keras.applications.MobileNetV2((SIDE, SIDE, 3), include_top=False, weights=None, pooling="avg")
    base.trainable = False
    hidden = layers.Dense(64, activation="relu")(base(scaled, training=False))
    return _with_heads(image, hidden, COLOURS)


def build_text() -> keras.Model:
    """Raw text: the words of reviews are looked up inside the model, as Keras's guides do it."""
    inputs = keras.Input((), dtype="string", name="x")
    words = layers.Embedding(_WORDS, 16)(_vectorizer()(inputs))
    hidden = layers.Dense(32, activation="relu")(layers.GlobalAveragePooling1D()(words))
    return _with_heads(inputs, hidden, len(DEPARTMENTS))


@cache
def _vectorizer() -> layers.TextVectorization:
    vectorizer = layers.TextVectorization(_WORDS, output_sequence_length=80)
    vectorizer.adapt(raw_reviews().x)
    return vectorizer


def _with_heads(inputs: keras.KerasTensor, hidden: keras.KerasTensor, kinds: int) -> keras.Model:
    heads = {"answer": layers.Dense(1, name="answer")(hidden), "kind": layers.Dense(kinds, name="kind")(hidden)}
    return keras.Model(inputs, heads)


WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("mlp", build_mlp, partial(table, 20_000, 4_000, _TABLE_FEATURES, _TABLE_KINDS), 5, 128),
        Workload("embedding", tickets.build, reviews, 6, 128, "priority", "department"),
        Workload("attention", build_attention, partial(texts, 2_048, 512), 3, 64),
        Workload("lstm", build_lstm, partial(sequences, 2_048, 512), 3, 64),
        Workload("conv2d", build_conv2d, partial(digits, 2_048, 512), 3, 64),
        Workload("backbone", build_backbone, partial(images, 1_000, 250), 3, 64),
        Workload("text", build_text, raw_reviews, 6, 128),
        Workload("compute", build_compute, partial(table, 2_048, 512, _WIDE_FEATURES, _WIDE_KINDS), 2, 256),
    )
}
