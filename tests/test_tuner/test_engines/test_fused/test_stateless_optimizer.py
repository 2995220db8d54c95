"""Keras's optimizers as pure functions: the same steps in lanes as one after the other, or refused by name."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from search_spaces._optimizers import optimizer_spec
from tests.test_tuner.test_engines._drive import difference
from tuner.engines.fused._epoch_program import over_lanes
from tuner.engines.fused._stateless_optimizer import _TENSORS, StatelessOptimizer, refusal

EXACT = 1e-12
SCHEDULED = 1e-6
"""Keras computes schedules in float32, whatever the weights are in."""

optimizers, schedules = keras.optimizers, keras.optimizers.schedules


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
@pytest.mark.parametrize("name", _TENSORS)
def test_every_optimizer_under_xla(name):
    for ours, theirs in paths(optimizer_spec(getattr(optimizers, name)()), xla=True):
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
