"""Losses and metrics of one's own: in the space, in what the model came compiled with, and as objectives."""

import keras
import numpy as np
import pytest

from search_spaces import IndependentWeights, InputError, SearchSpace
from tuner import Objective

BOTH_MAE = [Objective("urgent", "mae"), Objective("kind", "mae")]


def scaled(factor, name="scaled"):
    def loss(targets, predictions):
        return factor * keras.ops.mean(keras.ops.abs(targets - predictions), axis=-1)

    loss.__name__ = name
    return loss


def with_losses(**losses):
    """A build function that makes its custom losses anew each time."""

    def build():
        inputs = keras.Input((6,))
        heads = {"urgent": keras.layers.Dense(1, name="urgent")(inputs), "kind": keras.layers.Dense(3, name="kind")(inputs)}
        model = keras.Model(inputs, heads)
        model.compile("sgd", loss={name: scaled(*settings) for name, settings in losses.items()})
        return model

    return build


def test_custom_losses_and_functions_as_objectives(data, make_tuner):
    def absolute(targets, predictions):
        return keras.ops.mean(keras.ops.abs(targets - predictions), axis=-1)

    space = SearchSpace(
        {"urgent": keras.losses.BinaryCrossentropy(from_logits=True), "kind": [absolute, "mse"]}, IndependentWeights()
    )
    objectives = [Objective("urgent", "auc"), Objective("kind", absolute, "min")]
    tuner = make_tuner(space=space, objectives=objectives)
    tuner.search(**(data | {"epochs": 1}), n_trials=1)
    assert tuner.ranking()["kind/absolute"].notna().all()
    assert tuner.best_config().candidate.losses["kind"].build() is not None


@pytest.mark.parametrize("engine", ["fused", "fit"])
def test_custom_losses_of_today_need_not_be_in_the_space(engine, data, make_tuner, end_states):
    model = with_losses(urgent=(1.0, "one"), kind=(3.0, "three"))
    tuner = make_tuner(model, space=SearchSpace({"urgent": "mse", "kind": "mse"}), objectives=BOTH_MAE, engine=engine)
    tuner.search(**(data | {"epochs": 1}), n_trials=1)
    assert end_states(tuner) == ["complete"] * 5
    losses = tuner.best_config(trial=0).candidate.losses
    one, three = (losses[name].build()(np.ones((2, 1)), np.zeros((2, 1))) for name in ("urgent", "kind"))
    np.testing.assert_allclose([np.mean(one), np.mean(three)], [1.0, 3.0])


def test_one_name_means_one_custom_loss(data, make_tuner, end_states):
    twice = with_losses(urgent=(1.0,), kind=(3.0,))
    with pytest.raises(InputError, match="two different custom objects are called 'scaled'"):
        make_tuner(twice, objectives=BOTH_MAE)
    with pytest.raises(InputError, match="two different custom objects are called 'scaled'"):
        SearchSpace({"urgent": scaled(1.0), "kind": scaled(3.0)})
    once = with_losses(urgent=(3.0,), kind=(3.0,))
    tuner = make_tuner(once, space=SearchSpace.around(once()), objectives=BOTH_MAE)
    tuner.search(**(data | {"epochs": 1}), n_trials=1)
    assert end_states(tuner) == ["complete"] * 5
