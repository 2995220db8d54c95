"""Layers, losses and data of every form train in lanes as by compile and fit."""

import keras
import numpy as np
import pytest
from keras import layers

from search_spaces import SearchSpace
from tests.conftest import double_precision
from tests.test_tuner.test_engines._drive import difference_from_fit, differences_by_output, train
from tests.test_tuner.test_engines._zoo import (
    BATCH,
    HELD_OUT,
    OUTPUTS,
    ROWS,
    STEPS,
    WORDS,
    build,
    candidates,
    space,
    towers,
    training,
)
from tuner.engines.fused._option import Option

EXACT = 1e-12


def sparse():
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def worst(make, searched, lanes=2, **given):
    shared = training(make, searched, **given)
    trained = train(shared, searched, candidates(searched, lanes), Option(lanes, False))
    return max(difference_from_fit(shared, lane) for lane in trained[-2:])


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("setting", [{"clipvalue": 0.005}, {"weight_decay": 0.1, "momentum": 0.9}], ids=str)
def test_settings_of_optimizers_with_an_embedding(setting):
    assert worst(lambda: build("embedding", 1), space(1, keras.optimizers.SGD(**setting))) <= EXACT


def test_numbers_that_differ_from_lane_to_lane_are_runtime_settings():
    several = [keras.optimizers.Adam(), keras.optimizers.Adam(beta_1=0.5, epsilon=1e-3), keras.optimizers.Adam(beta_2=0.9)]
    assert worst(lambda: build("multi-input", 1), space(1, several), lanes=3) <= 1e-6


def one_unit(features, name):
    return layers.Dense(1, name=name)(features)


def constrained(name):
    inputs = keras.Input((5,))
    hidden = layers.Dense(
        4,
        activation="tanh",
        kernel_constraint=keras.constraints.MaxNorm(0.5),
        kernel_regularizer=keras.regularizers.L2(0.1),
        bias_regularizer=keras.regularizers.L1(0.1),
        activity_regularizer=keras.regularizers.L2(0.1),
    )(inputs)
    return inputs, one_unit(hidden, name)


class Small(layers.Layer):
    def call(self, x):
        self.add_loss(0.1 * keras.ops.mean(keras.ops.square(x)))
        return x


def with_a_loss_of_its_own(name):
    inputs = keras.Input((5,))
    return inputs, one_unit(Small()(layers.Dense(4)(inputs)), name)


def partly_frozen(name):
    inputs = keras.Input((5,))
    frozen = [layers.Dense(4, trainable=False), layers.BatchNormalization(trainable=False)]
    return inputs, one_unit(layers.Dense(3)(frozen[1](frozen[0](inputs))), name)


def masked(name):
    inputs = keras.Input((STEPS,), dtype="int32")
    return inputs, one_unit(layers.GlobalAveragePooling1D()(layers.Embedding(WORDS, 3, mask_zero=True)(inputs)), name)


def steps_left_out(name):
    """A mask that reaches the output: steps that it leaves out have no loss."""
    inputs = keras.Input((STEPS,), dtype="int32")
    return inputs, layers.Dense(2, name=name)(layers.Embedding(WORDS, 3, mask_zero=True)(inputs))


def linear(units):
    def make(name):
        inputs = keras.Input((5,))
        return inputs, layers.Dense(units, name=name)(inputs)

    return make


def squared(targets, predictions):
    return keras.ops.square(targets - predictions)


class Squared(keras.losses.Loss):
    def call(self, targets, predictions):
        return keras.ops.square(targets - predictions)


RANDOM, TOTAL = np.random.default_rng(2), ROWS + HELD_OUT
NUMBERS, CLASSES = RANDOM.normal(size=TOTAL), RANDOM.integers(0, 3, TOTAL)
TOWERS = {
    "constraints_and_penalties": (constrained, lambda: "mse", NUMBERS[:, None]),
    "a_loss_of_its_own": (with_a_loss_of_its_own, lambda: "mse", NUMBERS[:, None]),
    "partly_frozen": (partly_frozen, lambda: "mse", NUMBERS[:, None]),
    "masked": (masked, lambda: "mse", NUMBERS[:, None]),
    "steps_left_out": (steps_left_out, lambda: OUTPUTS["size"][1], RANDOM.normal(size=(TOTAL, STEPS, 2))),
    "flat_targets": (linear(1), lambda: "mse", NUMBERS),
    "flat_targets_of_a_function": (linear(1), lambda: squared, NUMBERS),
    "flat_targets_of_a_loss": (linear(1), Squared, NUMBERS),
    "class_numbers": (linear(3), sparse, CLASSES),
    "class_numbers_in_a_column": (linear(3), sparse, CLASSES[:, None]),
}
"""Layers, losses and targets of every form, each an output of one model."""


@pytest.fixture(scope="module")
def of_towers():
    """In two lanes, how far each output ends from compile and fit, and the states that are not trained."""
    targets = {name: values for name, (_, _, values) in TOWERS.items()}
    with double_precision():
        searched = SearchSpace({name: losses() for name, (_, losses, _) in TOWERS.items()}, optimizer="sgd")
        shared = training(lambda: towers({name: make for name, (make, _, _) in TOWERS.items()}), searched, targets=targets)
        return [
            differences_by_output(shared, lane) for lane in train(shared, searched, candidates(searched, 2), Option(2, False))
        ]


@pytest.mark.parametrize("output", [*TOWERS, "states"])
def test_layers_losses_and_targets_of_every_form(output, of_towers):
    assert [differences[output] <= EXACT for differences in of_towers] == [True, True]


WEIGHTS = np.concatenate([np.zeros(BATCH), np.random.default_rng(4).uniform(size=ROWS - BATCH)])


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("weights", [WEIGHTS, {"yes": WEIGHTS, "kind": WEIGHTS[::-1]}], ids=["for all", "by output"])
def test_sample_weights(weights):
    assert worst(lambda: build("dense", 2), space(2, "sgd"), sample_weight=weights) <= EXACT


@pytest.mark.usefixtures("float64")
def test_outputs_in_a_list_of_another_order_than_the_space():
    def make():
        inputs = keras.Input((5,))
        return keras.Model(inputs, [layers.Dense(3, name="kind")(inputs), layers.Dense(1, name="yes")(inputs)])

    searched = SearchSpace(outputs={"kind": OUTPUTS["kind"][1], "yes": OUTPUTS["yes"][1]}, optimizer="sgd")
    assert worst(make, searched) <= EXACT
