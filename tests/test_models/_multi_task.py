"""Networks of the multi-task and recommendation literature."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

from tests.test_models._data import N, amount, label, normal, yes


def tasks_data():
    x = normal(10)
    return x, [yes(x), yes(x, 3)]


def shared_bottom():
    inputs = keras.Input((10,))
    bottom = layers.Dense(16, activation="relu", name="bottom")(inputs)
    towers = [layers.Dense(6, activation="relu")(bottom) for _ in range(2)]
    outputs = [layers.Dense(1, activation="sigmoid", name=f"task_{i}")(tower) for i, tower in enumerate(towers)]
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(1e-2), loss=["binary_crossentropy"] * 2, metrics=[["AUC"], ["AUC"]])
    return model


class MixtureOfExperts(layers.Layer):
    def __init__(self, units, experts, tasks, **kwargs):
        super().__init__(**kwargs)
        self.units, self.experts, self.tasks = units, experts, tasks

    def build(self, shape):
        self.kernels = self.add_weight(shape=(shape[-1], self.units, self.experts), initializer="glorot_uniform", name="kernels")
        self.gates = [
            self.add_weight(shape=(shape[-1], self.experts), initializer="glorot_uniform", name=f"gate_{i}")
            for i in range(self.tasks)
        ]

    def call(self, inputs):
        experts = ops.relu(ops.tensordot(inputs, self.kernels, axes=1))
        return [ops.sum(experts * ops.softmax(inputs @ gate)[:, None, :], axis=-1) for gate in self.gates]

    def get_config(self):
        return {**super().get_config(), "units": self.units, "experts": self.experts, "tasks": self.tasks}


def mmoe():
    inputs = keras.Input((10,))
    mixed = MixtureOfExperts(units=8, experts=3, tasks=2)(inputs)
    outputs = []
    for i, features in enumerate(mixed):
        tower = layers.Dense(4, activation="relu")(features)
        outputs.append(layers.Dense(1, activation="sigmoid", name=f"task_{i}")(tower))
    model = keras.Model(inputs, outputs)
    model.compile("adam", loss=["binary_crossentropy"] * 2, loss_weights=[1.0, 0.7], metrics=["AUC", "AUC"])
    return model


class CrossStitch(layers.Layer):
    def build(self, shapes):
        self.mix = self.add_weight(shape=(2, 2), initializer=keras.initializers.Constant([[0.9, 0.1], [0.1, 0.9]]), name="mix")

    def call(self, inputs):
        a, b = inputs
        return self.mix[0, 0] * a + self.mix[0, 1] * b, self.mix[1, 0] * a + self.mix[1, 1] * b


def cross_stitch_data():
    x = normal(10)
    return x, {"sold": yes(x), "price": amount(x)}


def cross_stitch():
    inputs = keras.Input((10,))
    a, b = layers.Dense(8, activation="tanh")(inputs), layers.Dense(8, activation="tanh")(inputs)
    a, b = CrossStitch()([a, b])
    a, b = CrossStitch()([layers.Dense(8, activation="tanh")(a), layers.Dense(8, activation="tanh")(b)])
    model = keras.Model(inputs, {"sold": layers.Dense(1, name="sold")(a), "price": layers.Dense(1, name="price")(b)})
    sold = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(5e-3), {"sold": sold, "price": "huber"}, loss_weights={"sold": 1.0, "price": 0.5})
    return model


def clicks_data():
    random = np.random.default_rng(0)
    x = {"user": random.integers(0, 20, (N, 1)), "item": random.integers(0, 15, (N, 1)), "context": normal(4)}
    click = yes(x["context"])
    return x, {"ctr": click, "ctcvr": click * yes(x["context"], 2)}


def esmm():
    user = keras.Input((1,), name="user", dtype="int64")
    item = keras.Input((1,), name="item", dtype="int64")
    context = keras.Input((4,), name="context")
    parts = [layers.Flatten()(layers.Embedding(20, 4)(user)), layers.Flatten()(layers.Embedding(15, 4)(item)), context]
    shared = layers.Concatenate()(parts)

    def tower(name):
        hidden = layers.Dense(8, activation="relu")(shared)
        return layers.Dense(1, activation="sigmoid", name=name)(hidden)

    ctr, cvr = tower("ctr"), tower("cvr")
    ctcvr = layers.Multiply(name="ctcvr")([ctr, cvr])
    model = keras.Model([user, item, context], {"ctr": ctr, "ctcvr": ctcvr})
    model.compile(
        "adam", {"ctr": "binary_crossentropy", "ctcvr": "binary_crossentropy"}, metrics={"ctr": ["AUC"], "ctcvr": ["AUC"]}
    )
    return model


def pairs_data():
    left, right = normal(6), normal(6, seed=1)
    return {"left": left, "right": right}, {"distance": yes(left - right), "kind": label(left)}


def contrastive(y_true, y_pred, margin=1.0):
    near = y_true * ops.square(y_pred)
    far = (1 - y_true) * ops.square(ops.maximum(margin - y_pred, 0))
    return ops.mean(near + far)


def siamese():
    left, right = keras.Input((6,), name="left"), keras.Input((6,), name="right")
    inside = keras.Input((6,))
    encoder = keras.Model(inside, layers.Dense(4)(layers.Dense(10, activation="relu")(inside)), name="encoder")
    one, other = encoder(left), encoder(right)
    squared = ops.sum(ops.square(one - other), axis=1, keepdims=True)
    distance = layers.Activation(ops.sqrt, name="distance")(ops.maximum(squared, 1e-6))
    kind = layers.Dense(3, activation="softmax", name="kind")(one)
    model = keras.Model([left, right], {"distance": distance, "kind": kind})
    model.compile("rmsprop", {"distance": contrastive, "kind": "sparse_categorical_crossentropy"})
    return model


class LearnedWeights(layers.Layer):
    """Homoscedastic uncertainty: targets are inputs, and the layer adds the loss itself."""

    def build(self, shapes):
        self.log_variances = self.add_weight(shape=(2,), initializer="zeros", name="log_variances")

    def call(self, inputs):
        y_a, y_b, a, b = inputs
        losses = [ops.mean(ops.square(y_a - a)), ops.mean(ops.abs(y_b - b))]
        for i, loss in enumerate(losses):
            self.add_loss(ops.exp(-self.log_variances[i]) * loss + self.log_variances[i])
        return a, b


def learned_weights_data():
    x = normal(6)
    return {"x": x, "y_a": amount(x), "y_b": amount(x, 3)}, None


def loss_inside_the_model():
    x, y_a, y_b = keras.Input((6,), name="x"), keras.Input((1,), name="y_a"), keras.Input((1,), name="y_b")
    hidden = layers.Dense(8, activation="relu")(x)
    a, b = LearnedWeights(name="weighted")([y_a, y_b, layers.Dense(1, name="a")(hidden), layers.Dense(1, name="b")(hidden)])
    model = keras.Model([x, y_a, y_b], [a, b])
    model.compile("adam")
    return model
