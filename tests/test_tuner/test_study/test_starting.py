"""What a trial that starts is asked for."""

import keras
import pytest

pytestmark = pytest.mark.usefixtures("instant")


def test_hyperparameters_of_the_build_function_are_searched(data, make_tuner):
    def searched(hp):
        inputs = keras.Input((6,), name="x")
        hidden = keras.layers.Dense(hp.Choice("units", [2, 4, 8]), activation="relu")(inputs)
        model = keras.Model(inputs, [keras.layers.Dense(1, name="urgent")(hidden), keras.layers.Dense(3, name="kind")(hidden)])
        logits = {"from_logits": True}
        losses = [keras.losses.BinaryCrossentropy(**logits), keras.losses.CategoricalCrossentropy(**logits)]
        model.compile("adam", loss=losses, loss_weights=[1.0, 0.5])
        return model

    tuner = make_tuner(searched)
    tuner.search(**data, n_trials=3)
    ranking = tuner.ranking()
    assert set(ranking["hp/units"]) <= {2, 4, 8}
    assert (ranking.loc[ranking["baseline"] != "", "hp/units"] == 2).all()
    assert all("hp/units" in trial.params for trial in tuner.study.trials[4:])
