"""Settings of optimizers, layers and data: right in lanes, or refused by name."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from search_spaces import SearchSpace
from search_spaces._optimizers import optimizer_spec
from tests.conftest import double_precision
from tests.test_tuner.test_engines._drive import difference, difference_from_fit, differences_by_output, train
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
from tuner.engines.fused._epoch_program import over_lanes
from tuner.engines.fused._option import Option
from tuner.engines.fused._stateless_optimizer import _TENSORS, StatelessOptimizer, refusal

EXACT = 1e-12
SCHEDULED = 1e-6
"""Keras computes schedules in float32, whatever the weights are in."""

optimizers, schedules = keras.optimizers, keras.optimizers.schedules
LOGITS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def worst(make, searched, lanes=2, **given):
    shared = training(make, searched, **given)
    trained = train(shared, searched, candidates(searched, lanes), Option(lanes, False))
    return max(difference_from_fit(shared, lane) for lane in trained[-2:])


def paths(spec, sparse=False, steps=12, xla=False):
    """Two variables under two rates: as lanes and one after the other, after each step.

    Args:
        spec: The optimizer.
        sparse: Whether the first variable is an embedding, some of whose rows are looked up, one of them twice.
        steps: Number of steps.
        xla: Whether XLA compiles.
    """
    random, rates, rows = np.random.default_rng(0), [0.03, 0.01], [2, 0, 2]
    starts = [random.normal(size=(4, 2)), random.normal(size=2)]
    ours = StatelessOptimizer(spec, [keras.Variable(start) for start in starts])
    live = [(spec.build(rate), [keras.Variable(start) for start in starts]) for rate in rates]

    def looked_up(values):
        return tf.IndexedSlices(values, tf.constant(rows), tf.constant([4, 2])) if sparse else values

    def lane(slots, gradients, values, rate):
        return ours.apply(slots, [looked_up(gradients[0]), gradients[1]], values, rate, {})

    apply = tf.function(over_lanes(lane, len(rates)), autograph=False, jit_compile=xla)
    values, slots = stacked(starts), stacked(ours.initial)
    for _ in range(steps):
        gradients = [random.normal(size=(len(rows), 2) if sparse else (4, 2)), random.normal(size=2)]
        values, slots = apply(slots, stacked(gradients), values, tf.constant(rates, "float64"))
        for optimizer, variables in live:
            optimizer.apply([looked_up(tf.constant(gradients[0])), tf.constant(gradients[1])], variables)
        yield [value.numpy() for value in values], [np.stack(pair) for pair in zip(*(v for _, v in live), strict=True)]


def stacked(arrays):
    return [tf.constant(np.stack([array] * 2)) for array in arrays]


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(
    "optimizer",
    [
        *(getattr(optimizers, name)() for name in _TENSORS),
        *(optimizers.Adam(**{clip: 0.5}) for clip in ("clipnorm", "global_clipnorm", "clipvalue")),
    ],
    ids=lambda optimizer: optimizer_spec(optimizer).label,
)
def test_rows_of_an_embedding_that_are_looked_up_twice_count_as_in_keras(optimizer):
    """Keras squares the gradient of each look-up apart, and not their sum."""
    for ours, theirs in paths(optimizer_spec(optimizer), sparse=True):
        assert difference(ours, theirs) <= EXACT


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.Adam(clipnorm=0.5),
        optimizers.Adam(clipvalue=0.2),
        optimizers.SGD(global_clipnorm=0.5),
        optimizers.SGD(weight_decay=0.1),
        optimizers.AdamW(weight_decay=0.05),
        optimizers.Adam(amsgrad=True),
        optimizers.RMSprop(centered=True, momentum=0.9),
        optimizers.SGD(momentum=0.9, nesterov=True),
    ],
    ids=lambda optimizer: optimizer_spec(optimizer).label,
)
def test_settings_of_optimizers(optimizer):
    for ours, theirs in paths(optimizer_spec(optimizer)):
        assert difference(ours, theirs) <= EXACT


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(
    "schedule",
    [
        schedules.ExponentialDecay(0.1, 3, 0.9),
        schedules.PiecewiseConstantDecay([3, 6], [0.1, 0.05, 0.01]),
        schedules.PolynomialDecay(0.1, 8, 0.01, power=2.0, cycle=True),
        schedules.InverseTimeDecay(0.1, 3, 0.5),
        schedules.CosineDecay(0.1, 9, alpha=0.1),
        schedules.CosineDecay(0.01, 9, warmup_target=0.1, warmup_steps=3),
        schedules.CosineDecayRestarts(0.1, 4, alpha=0.1),
    ],
    ids=lambda schedule: type(schedule).__name__,
)
def test_schedules_are_scaled_by_the_searched_rate(schedule):
    for ours, theirs in paths(optimizer_spec(optimizers.SGD(schedule))):
        assert difference(ours, theirs) <= SCHEDULED


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("setting", [{"clipvalue": 0.005}, {"weight_decay": 0.1, "momentum": 0.9}], ids=str)
def test_settings_of_optimizers_with_an_embedding(setting):
    assert worst(lambda: build("embedding", 1), space(1, optimizers.SGD(**setting))) <= EXACT


def test_numbers_that_differ_from_lane_to_lane_are_told_at_run_time():
    several = [optimizers.Adam(), optimizers.Adam(beta_1=0.5, epsilon=1e-3), optimizers.Adam(beta_2=0.9)]
    assert worst(lambda: build("multi-input", 1), space(1, several), lanes=3) <= 1e-6


@pytest.mark.parametrize(
    ("optimizer", "reason"),
    [
        (optimizers.Adam(use_ema=True), "replaces the weights by their moving average when `fit` ends"),
        (optimizers.Adam(loss_scale_factor=2.0), "scales the loss"),
        (optimizers.SGD(gradient_accumulation_steps=2), "accumulates gradients over steps"),
    ],
)
def test_what_is_not_the_same_in_lanes_is_refused_by_name(optimizer, reason):
    assert reason in refusal(optimizer_spec(optimizer))


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
    "constraints_and_penalties": (constrained, "mse", NUMBERS[:, None]),
    "a_loss_of_its_own": (with_a_loss_of_its_own, "mse", NUMBERS[:, None]),
    "partly_frozen": (partly_frozen, "mse", NUMBERS[:, None]),
    "masked": (masked, "mse", NUMBERS[:, None]),
    "steps_left_out": (steps_left_out, OUTPUTS["size"][1], RANDOM.normal(size=(TOTAL, STEPS, 2))),
    "flat_targets": (linear(1), "mse", NUMBERS),
    "flat_targets_of_a_function": (linear(1), squared, NUMBERS),
    "flat_targets_of_a_loss": (linear(1), Squared(), NUMBERS),
    "class_numbers": (linear(3), LOGITS, CLASSES),
    "class_numbers_in_a_column": (linear(3), LOGITS, CLASSES[:, None]),
}
"""Layers, losses and targets of every form, each an output of one model."""


@pytest.fixture(scope="module")
def of_towers():
    """In two lanes, how far each output ends from compile and fit, and the states that are not trained."""
    searched = SearchSpace({name: losses for name, (_, losses, _) in TOWERS.items()}, optimizer="sgd")
    targets = {name: values for name, (_, _, values) in TOWERS.items()}
    with double_precision():
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
