"""Every loss of Keras, and outputs with an activation: Keras's cross-entropies skip a sigmoid or softmax and take its logits.

The outputs are towers of one model, which share nothing: one program trains them all, and each is compared alone.
"""

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from search_spaces import SearchSpace
from search_spaces._losses import loss_spec
from search_spaces._specs import public_classes
from tests.conftest import double_precision
from tests.test_tuner.test_engines._drive import differences_by_output, train
from tests.test_tuner.test_engines._zoo import HELD_OUT, ROWS, candidates, towers, training
from tuner.engines.fused._option import Option

EXACT, ROUNDING = 1e-12, 1e-6
CLASSES = 3
RANDOM = np.random.default_rng(3)
KINDS = RANDOM.integers(0, CLASSES, ROWS + HELD_OUT)


def dense(activation=None, name=None):
    return layers.Dense(CLASSES, activation=activation, name=name)


ACTIVATIONS = {
    "sigmoid": lambda name: [dense("sigmoid", name)],
    "softmax": lambda name: [dense("softmax", name)],
    "tf_nn_sigmoid": lambda name: [dense(tf.nn.sigmoid, name)],
    "tf_nn_softmax": lambda name: [dense(tf.nn.softmax, name)],
    "softmax_layer": lambda name: [dense(), layers.Softmax(name=name)],
    "activation_layer": lambda name: [dense(), layers.Activation("sigmoid", name=name)],
    "reshaped": lambda name: [dense("softmax"), layers.Reshape((CLASSES,), name=name)],
    "nested_model": lambda name: [keras.Sequential([dense("softmax")], name=name)],
    "softplus": lambda name: [dense("softplus", name)],
}
CROSS_ENTROPIES = [
    keras.losses.BinaryCrossentropy(),
    keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True),
    keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
    keras.losses.CategoricalFocalCrossentropy(),
    keras.losses.SparseCategoricalCrossentropy(),
]
OTHER_TARGETS = ("CTC", "Circle")


def other_losses():
    """Every class of Keras that takes a prediction for one vector, with its defaults."""
    for name, loss_class in sorted(public_classes(keras.losses).items()):
        if name not in ("Loss", *OTHER_TARGETS) and not any(isinstance(loss, loss_class) for loss in CROSS_ENTROPIES):
            yield loss_class()


OTHER_LOSSES = {type(loss).__name__: loss for loss in other_losses()}


def tower(activation):
    def make(name):
        inputs = keras.Input((5,))
        prediction = layers.Dense(4, activation="tanh")(inputs)
        for layer in ACTIVATIONS[activation](name):
            prediction = layer(prediction)
        return inputs, prediction

    return make


def in_this_precision(loss):
    """The loss made again: it keeps the precision that it was made in."""
    return type(loss).from_config({name: value for name, value in loss.get_config().items() if name != "dtype"})


def trained_apart(activations, losses, lanes, xla=False):
    """How far each output of each lane ends from compile and fit.

    Args:
        activations: Of each output.
        losses: Of each output; one lane takes the first of each, the next lane the second, and so on.
        lanes: Number of lanes.
        xla: Whether XLA compiles.
    """
    searched = SearchSpace({name: list(map(in_this_precision, options)) for name, options in losses.items()}, optimizer="sgd")
    sparse = {name: loss_spec(options[0]).family == "sparse" for name, options in losses.items()}
    targets = {name: KINDS if sparse[name] else np.eye(CLASSES)[KINDS] for name in losses}
    shared = training(lambda: towers({name: tower(kind) for name, kind in activations.items()}), searched, targets=targets)
    chosen = [
        replace(one, losses={name: out.losses[at % len(out.losses)] for name, out in searched.outputs.items()})
        for at, one in enumerate(candidates(searched, lanes, rate=0.1))
    ]
    return [differences_by_output(shared, lane) for lane in train(shared, searched, chosen, Option(lanes, xla))]


@pytest.fixture(scope="module")
def of_activations():
    """For each cross-entropy, how far each output ends from compile and fit."""
    same = {name: name for name in ACTIVATIONS}
    dense, sparse = CROSS_ENTROPIES[:-1], CROSS_ENTROPIES[-1:]
    with double_precision():
        return [
            *trained_apart(same, dict.fromkeys(same, dense), len(dense)),
            *trained_apart(same, dict.fromkeys(same, sparse), 1),
        ]


@pytest.fixture(scope="module")
def of_losses():
    """In two lanes, how far the output of each loss ends from compile and fit."""
    losses = {name: [loss] for name, loss in OTHER_LOSSES.items()}
    with double_precision():
        return trained_apart(dict.fromkeys(losses, "softmax"), losses, 2)


@pytest.mark.thorough
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_cross_entropies_of_every_activation(activation, of_activations):
    for loss, differences in zip(CROSS_ENTROPIES, of_activations, strict=True):
        assert differences[activation] <= EXACT, type(loss).__name__


@pytest.mark.parametrize("loss", OTHER_LOSSES)
def test_every_other_loss_of_keras(loss, of_losses):
    assert [differences[loss] <= EXACT for differences in of_losses] == [True, True]


def test_xla_sees_the_same():
    few = {name: name for name in ("sigmoid", "softmax", "tf_nn_sigmoid")}
    for differences in trained_apart(few, dict.fromkeys(few, CROSS_ENTROPIES[:2]), 2, xla=True):
        assert max(differences.values()) <= ROUNDING
