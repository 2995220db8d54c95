"""Losses and metrics of one's own: in the space, in what the model came compiled with, and as objectives."""

import keras
import numpy as np
import pytest

from search_spaces import IndependentWeights, InputError, SearchSpace
from tuner import Objective
from tuner.production import load_config

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


def test_two_custom_losses_of_one_name_are_two(data, make_tuner, end_states):
    twice = with_losses(urgent=(1.0,), kind=(3.0,))
    tuner = make_tuner(twice, space=SearchSpace.around(twice()), objectives=BOTH_MAE)
    tuner.search(**(data | {"epochs": 1}), n_trials=1)
    assert end_states(tuner) == ["complete"] * 5
    for trial in range(5):
        losses = tuner.best_config(trial=trial).candidate.losses if trial in (0, 4) else {}
        values = {name: float(np.mean(loss.build()(np.ones((2, 1)), np.zeros((2, 1))))) for name, loss in losses.items()}
        assert values in ({}, {"urgent": 1.0, "kind": 3.0})


def test_a_best_json_says_what_to_pass(data, make_tuner, tmp_path, capfd):
    build = with_losses(urgent=(1.0,), kind=(3.0,))
    tuner = make_tuner(build, objectives=BOTH_MAE)
    tuner.search(**(data | {"epochs": 1}), n_trials=1)
    path = tuner.best_config(trial=0).save(tmp_path / "best.json")
    assert "custom_objects={'kind/loss/0': ..., 'urgent/loss/0': ...}" in capfd.readouterr().err
    with pytest.raises(InputError, match="loss 'scaled' is not one of Keras's own: pass it as custom_objects"):
        load_config(path).compile(build())
    given = {"kind/loss/0": scaled(3.0), "urgent/loss/0": scaled(1.0)}
    assert load_config(path, given).compile(build()).loss == {"kind": given["kind/loss/0"], "urgent": given["urgent/loss/0"]}
