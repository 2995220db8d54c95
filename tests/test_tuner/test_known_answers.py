"""Studies whose whole front is known beforehand."""

import keras
import numpy as np
import pytest
from keras import layers

from search_spaces import RelativeWeights, SearchSpace, names
from tuner import LossWeightTuner, Objective

A, B = 1.0, 3.0


def one_weight():
    inputs = keras.Input((1,))
    weight = layers.Dense(1, use_bias=False, kernel_initializer="zeros", name="weight")(inputs)
    return keras.Model(inputs, {"a": layers.Identity(name="a")(weight), "b": layers.Identity(name="b")(weight)})


@pytest.mark.parametrize("engine", ["fused", pytest.param("fit", marks=pytest.mark.thorough)])
def test_the_front_of_a_model_of_one_weight(tmp_path, engine):
    """With losses (w − a)² and (w − b)², whatever the weights, the optimum has √L₁ + √L₂ = |a − b|."""
    space = SearchSpace(
        outputs={"a": "mse", "b": "mse"},
        weights=RelativeWeights(reference="a", low=0.05, high=20.0),
        learning_rate=0.04,
        optimizer="sgd",
    )
    tuner = LossWeightTuner(
        one_weight, space, [Objective("a", "mse"), Objective("b", "mse")], directory=tmp_path, engine=engine, seed=1
    )
    x, y = np.ones((40, 1)), {"a": np.full((40, 1), A), "b": np.full((40, 1), B)}
    trials = 12 if engine == "fused" else 2
    tuner.search(x, y, validation_data=(x, y), epochs=6, batch_size=1, n_trials=trials, verbose=0)
    ranking = tuner.ranking()
    searched = ranking[ranking[names.BASELINE] == ""]
    roots = np.sqrt(searched[["a/mse", "b/mse"]].to_numpy())
    np.testing.assert_allclose(roots.sum(axis=1), B - A, atol=1e-3)
    share = searched[names.share("b")].to_numpy()
    np.testing.assert_allclose(roots[:, 0], share * (B - A), atol=1e-3)
    assert searched[names.FRONT].all()
