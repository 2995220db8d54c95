"""The same contract on every weighting policy: it trains in lanes as it does under fit."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import layers

from search_spaces import SearchSpace
from tests.conftest import double_precision
from tests.test_tuner.test_engines._drive import difference, difference_from_fit, train, values_by_fit, values_of
from tests.test_tuner.test_engines._zoo import OUTPUTS, ROWS, STEPS, WORDS, build, candidates, training
from tuner.engines import RunningTrial
from tuner.engines.fused._option import Option
from tuner.policies import POLICIES

EXACT = 1e-12
LANES = 2
OUTPUT_NAMES = ("yes", "kind")


def everything():
    """A model with all that a policy can meet: an embedding, states of layers, penalties, probabilities, a shared trunk."""
    inputs = keras.Input((STEPS,), dtype="int32")
    words = layers.GlobalAveragePooling1D()(layers.Embedding(WORDS, 3)(inputs))
    hidden = layers.Dense(4, activation="tanh", kernel_regularizer="l2", activity_regularizer="l2")(words)
    trunk = layers.Dropout(0.3)(layers.BatchNormalization()(hidden))
    yes = layers.Dense(1, activation="sigmoid", name="yes")(trunk)
    return keras.Model(inputs, {"yes": yes, "kind": layers.Dense(3, activation="softmax", name="kind")(trunk)})


def ruled(searched, policy, count=LANES):
    equal = dict.fromkeys(searched.outputs, 1.0)
    return [replace(one, policy=policy, weights=equal) for one in candidates(searched, count)]


class PolicyContract:
    """What both engines rely on; subclasses name the policy."""

    policy: str

    def test_lanes_equal_fit(self, policy):
        """FAMO calls the model twice; an embedding's gradient is no dense tensor; losses take the logits of probabilities."""
        weights = np.random.default_rng(4).uniform(0.1, 1, ROWS)
        with double_precision():
            searched = SearchSpace({"yes": "binary_crossentropy", "kind": "categorical_crossentropy"}, optimizer="adam")
            shared = training(everything, searched, sample_weight=weights)
            trained = train(shared, searched, ruled(searched, policy), Option(LANES, False))
            assert difference_from_fit(shared, trained[-1]) <= EXACT

    def test_the_state_keeps_its_form(self, policy):
        rule = POLICIES[policy]()
        start = rule.initial(2)
        ended = rule.end_epoch(np.array([0.5, 0.7], "float32"), {name: np.asarray(v, "float32") for name, v in start.items()})
        assert {name: np.shape(v) for name, v in ended.items()} == {name: np.shape(v) for name, v in start.items()}


DIFFER_MOST = ("equal", "uncertainty", "famo", "gradnorm", "nash_mtl")


@pytest.mark.parametrize(
    "policy", [pytest.param(policy, marks=[] if policy in DIFFER_MOST else pytest.mark.thorough) for policy in POLICIES]
)
class TestEveryPolicy(PolicyContract):
    """One row of `POLICIES` buys the whole contract."""


@pytest.mark.thorough
@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("policy", ["rlw", "famo", "gradnorm", "nash_mtl", "upgrad"])
def test_xla_changes_nothing(policy):
    """Random, after the step, and by gradients: trunk and heads apart, solved, and on the trunk."""
    losses = {name: OUTPUTS[name][1][0] for name in OUTPUT_NAMES}
    searched = SearchSpace(losses, optimizer="adam")
    shared = training(lambda: build("dense", 2), searched)
    trained = train(shared, searched, ruled(searched, policy), Option(LANES, True))
    assert difference_from_fit(shared, trained[-1]) <= EXACT


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(("policy", "outputs"), [("equal", 2), ("pcgrad", 1), ("upgrad", 1)])
def test_what_has_nothing_to_weigh_trains_as_fixed_weights_of_one(policy, outputs):
    """Equal weights, and combinations of gradients where one output is in conflict with nobody."""
    searched = SearchSpace({name: OUTPUTS[name][1][0] for name in OUTPUT_NAMES[:outputs]}, optimizer="adam")
    shared = training(lambda: build("dense", outputs), searched)
    (candidate,) = ruled(searched, policy, 1)
    (lane,) = train(shared, searched, [candidate], Option(1, False))
    fixed = values_by_fit(shared, RunningTrial(0, replace(candidate, policy=""), lane.trial.seed))
    assert difference(values_of(lane), fixed) <= EXACT


def test_an_optimizer_that_scales_the_loss_trains_alike():
    """As Keras's own does under mixed_float16: it divides gradients by what the loss was multiplied with."""
    plain, scaling = (
        SearchSpace({"yes": OUTPUTS["yes"][1]}, optimizer=keras.optimizers.SGD(loss_scale_factor=factor))
        for factor in (None, 8.0)
    )
    shared = training(lambda: build("dense", 1), plain, epochs=1)
    ends = [values_by_fit(shared, RunningTrial(0, ruled(searched, "equal", 1)[0], 3)) for searched in (plain, scaling)]
    assert difference(*ends) < 1e-6
