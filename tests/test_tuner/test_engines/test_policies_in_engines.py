"""Weighting policies train in lanes as they do under fit."""

import os
from dataclasses import replace
from itertools import islice

import keras
import numpy as np
import pytest
from keras import layers

from search_spaces import SearchSpace
from tests.test_tuner.test_engines._drive import difference, difference_from_fit, train, values_of
from tests.test_tuner.test_engines._zoo import OUTPUTS, ROWS, build, candidates, training
from tuner.engines.fused._option import Option
from tuner.policies import POLICIES

EXACT = 1e-12
LANES = 2


def ruled(searched, policy, count=LANES):
    equal = dict.fromkeys(searched.outputs, 1.0)
    return [replace(one, policy=policy, weights=equal) for one in candidates(searched, count)]


def positive(outputs):
    """One loss for each output, none of which can be negative."""
    return SearchSpace(
        outputs={name: losses[0] for name, (_, losses) in islice(OUTPUTS.items(), outputs)},
        optimizer="adam",
        learning_rate=(1e-4, 0.1),
    )


def worst(make, searched, policy, lanes=LANES, **given):
    shared = training(make, searched, **given)
    trained = train(shared, searched, ruled(searched, policy, lanes), Option(lanes, False))
    return difference_from_fit(shared, trained[-1])


KINDS = ["scale_invariant", "uncertainty", "dwa", "rlw", "famo", "gradnorm", "nash_mtl", "upgrad"]
"""By losses, with a state, by epochs, random, after the step; by gradients: everywhere, trunk and heads apart, on the trunk."""


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("policy", POLICIES if os.environ.get("LOSS_WEIGHT_TUNER_ALL_PARITY") else KINDS)
def test_lanes_equal_fit(policy):
    assert worst(lambda: build("dense", 3), positive(3), policy) <= EXACT


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("policy", ["famo", "upgrad"])
@pytest.mark.parametrize("kind", ["dropout", "batch norm", "embedding"])
def test_state_of_layers_and_rows_of_embeddings(policy, kind):
    """FAMO calls the model twice at a step; an embedding's gradient is no dense tensor."""
    assert worst(lambda: build(kind, 2), positive(2), policy) <= EXACT


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("policy", ["famo", "gradnorm", "cagrad"])
def test_penalties_and_sample_weights(policy):
    def make():
        inputs = keras.Input((5,))
        features = layers.Dense(4, activation="tanh", kernel_regularizer="l2", activity_regularizer="l2")(inputs)
        return keras.Model(inputs, {"yes": layers.Dense(1, name="yes")(features), "kind": layers.Dense(3, name="kind")(features)})

    weights = np.random.default_rng(4).uniform(0.1, 1, ROWS)
    assert worst(make, positive(2), policy, sample_weight=weights) <= EXACT


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("policy", ["famo", "gradnorm", "pcgrad"])
def test_outputs_that_are_probabilities(policy):
    """Keras's cross-entropies take the logits behind them, which a policy's gradients must go through."""

    def make():
        inputs = keras.Input((5,))
        features = layers.Dense(4, activation="tanh")(inputs)
        yes = layers.Dense(1, activation="sigmoid", name="yes")(features)
        return keras.Model(inputs, {"yes": yes, "kind": layers.Dense(3, activation="softmax", name="kind")(features)})

    searched = SearchSpace({"yes": "binary_crossentropy", "kind": "categorical_crossentropy"}, optimizer="adam")
    assert worst(make, searched, policy) <= EXACT


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("policy", ["rlw", "famo", "gradnorm", "nash_mtl", "upgrad"])
def test_lanes_and_xla_change_nothing(policy):
    searched = positive(2)
    shared = training(lambda: build("dense", 2), searched, shuffle=True)
    alone = train(shared, searched, ruled(searched, policy, 1), Option(1, False))
    together = train(shared, searched, ruled(searched, policy), Option(LANES, True))
    assert difference(values_of(alone[0]), values_of(together[0])) <= EXACT


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(("policy", "outputs"), [("equal", 3), ("pcgrad", 1), ("upgrad", 1)])
def test_what_has_nothing_to_weigh_trains_as_fixed_weights_of_one(policy, outputs):
    """Equal weights, and combinations of gradients where one output is in conflict with nobody."""
    searched = positive(outputs)
    shared = training(lambda: build("dense", outputs), searched)
    ours, fixed = (train(shared, searched, ruled(searched, name, 1), Option(1, False))[0] for name in (policy, ""))
    assert difference(values_of(ours), values_of(fixed)) <= EXACT
