"""Losses of outputs with an activation: Keras's cross-entropies pass over a sigmoid or softmax and take its logits."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from search_spaces import SearchSpace
from search_spaces._losses import loss_spec
from search_spaces._specs import public_classes
from tests.test_tuner.test_engines._drive import difference, difference_from_fit, train
from tests.test_tuner.test_engines._zoo import HELD_OUT, ROWS, candidates, training
from tuner.engines.fused._option import Option

EXACT, ROUNDING = 1e-12, 1e-6
CLASSES = 3
RANDOM = np.random.default_rng(3)
KINDS = RANDOM.integers(0, CLASSES, ROWS + HELD_OUT)


def dense(activation=None, name="out"):
    return layers.Dense(CLASSES, activation=activation, name=name)


ACTIVATIONS = {
    "sigmoid": lambda: [dense("sigmoid")],
    "softmax": lambda: [dense("softmax")],
    "tf.nn.sigmoid": lambda: [dense(tf.nn.sigmoid)],
    "tf.nn.softmax": lambda: [dense(tf.nn.softmax)],
    "a softmax layer": lambda: [dense(name="logits"), layers.Softmax(name="out")],
    "an activation layer": lambda: [dense(name="logits"), layers.Activation("sigmoid", name="out")],
    "reshaped": lambda: [dense("softmax", "probabilities"), layers.Reshape((CLASSES,), name="out")],
    "a nested model": lambda: [keras.Sequential([dense("softmax")], name="out")],
    "softplus": lambda: [dense("softplus")],
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
    for name, made in sorted(public_classes(keras.losses).items()):
        if name not in ("Loss", *OTHER_TARGETS) and not any(isinstance(loss, made) for loss in CROSS_ENTROPIES):
            yield made()


def worst(activation, losses, xla=False):
    """How far two lanes end from compile and fit, as a share of what they moved where that is much: logarithms are clipped."""

    def make():
        inputs = keras.Input((5,))
        prediction = layers.Dense(4, activation="tanh")(inputs)
        for layer in ACTIVATIONS[activation]():
            prediction = layer(prediction)
        return keras.Model(inputs, {"out": prediction})

    sparse = loss_spec(losses[0]).family == "sparse"
    searched = SearchSpace({"out": losses}, optimizer="sgd")
    targets = {"out": KINDS if sparse else np.eye(CLASSES)[KINDS]}
    shared = training(make, searched, targets=targets)
    trained = train(shared, searched, candidates(searched, 2, rate=0.1), Option(2, xla))
    starts = [_start(make, lane.trial.seed) for lane in trained]
    moved = max(difference(lane.state.trainable, start) for lane, start in zip(trained, starts, strict=True))
    assert moved > 1e-4, "nothing was trained"
    return max(difference_from_fit(shared, lane) for lane in trained) / max(1.0, moved)


def _start(make, seed):
    keras.utils.set_random_seed(seed)
    return [variable.numpy() for variable in make().trainable_variables]


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_cross_entropies_of_every_activation(activation):
    dense, sparse = CROSS_ENTROPIES[:-1], CROSS_ENTROPIES[-1:]
    for losses in (dense[:2], dense[2:], sparse):
        assert worst(activation, losses) <= EXACT


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("loss", list(other_losses()), ids=lambda loss: type(loss).__name__)
def test_every_other_loss_of_keras(loss):
    assert worst("softmax", [loss]) <= EXACT


@pytest.mark.parametrize("activation", ["sigmoid", "softmax", "tf.nn.sigmoid"])
def test_xla_sees_the_same(activation):
    assert worst(activation, CROSS_ENTROPIES[:2], xla=True) <= ROUNDING
