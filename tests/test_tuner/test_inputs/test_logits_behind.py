"""A sigmoid output under `from_logits=True` is trained as Keras trains it, and said once; metrics read probabilities."""

import keras
import numpy as np
import pytest

from tests.conftest import make_data
from tuner import LossWeightTuner, Objective

X, TARGETS = make_data()
Y = {"urgent": TARGETS["urgent"], "size": X[:, 1:2]}


def build():
    inputs = keras.Input((6,))
    urgent = keras.layers.Activation("sigmoid", name="squashed")(keras.layers.Dense(1)(inputs))
    model = keras.Model(inputs, {"urgent": urgent, "size": keras.layers.Dense(1, name="size")(inputs)})
    model.compile(keras.optimizers.Adam(0.02), {"urgent": keras.losses.BinaryCrossentropy(from_logits=True), "size": "mse"})
    return model


@pytest.mark.parametrize("engine", ["fused", "fit"])
def test_it_is_trained_as_keras_trains_it(engine, tmp_path, capsys):
    tuner = LossWeightTuner(build, objectives=[Objective("urgent", "crossentropy")], directory=tmp_path, engine=engine)
    tuner.search(X, Y, validation_data=(X, Y), epochs=2, batch_size=64, shuffle=False, n_trials=1)
    keras.utils.set_random_seed(tuner.seed)
    model = build()
    with pytest.warns(UserWarning, match="received `from_logits=True`"):
        model.fit(X, Y, epochs=2, batch_size=64, shuffle=False, verbose=0)
    metric = keras.metrics.BinaryCrossentropy()
    metric.update_state(Y["urgent"], model.predict(X, verbose=0)["urgent"])
    np.testing.assert_allclose(tuner.study.trials[0].values, [float(metric.result())], rtol=1e-5)
    assert capsys.readouterr().err.count("Output 'urgent' ends in a sigmoid or softmax") == 1
