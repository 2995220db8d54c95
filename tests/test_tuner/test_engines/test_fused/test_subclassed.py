"""Subclassed models train in lanes too, in the mode in which `fit` calls them."""

import keras
import numpy as np
import pytest

from tests.test_tuner.test_engines._drive import difference_from_fit, train
from tests.test_tuner.test_engines._zoo import candidates
from tuner.engines.fused._option import Option
from tuner.inputs import call_model

X = np.random.default_rng(0).normal(size=(48, 5))
Y = {"sold": (X[:, :1] > 0).astype("float64"), "price": X[:, 1:2] * 2}
EXACT = 1e-12


class WithoutMode(keras.Model):
    """Keras hands no mode on to layers inside, so that the dropout never drops."""

    def __init__(self):
        super().__init__()
        self.hidden, self.norm = keras.layers.Dense(4, activation="tanh"), keras.layers.BatchNormalization()
        self.drop, self.sold, self.price = keras.layers.Dropout(0.5), keras.layers.Dense(1), keras.layers.Dense(1)

    def call(self, x):
        hidden = self.drop(self.norm(self.hidden(x)))
        return {"sold": self.sold(hidden), "price": self.price(hidden)}


class WithMode(WithoutMode):
    """Keras hands the mode on to layers inside, though this `call` does not."""

    def call(self, x, training=False):
        return super().call(x)


def compiled(cls):
    model = cls()
    losses = {"sold": keras.losses.BinaryCrossentropy(from_logits=True), "price": "mse"}
    model.compile(keras.optimizers.Adam(1e-2), losses, metrics={"sold": "mae", "price": "mae"})
    return model


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("cls", [WithoutMode, WithMode])
def test_a_subclassed_model_ends_where_fit_ends(cls, make_tuner):
    tuner = make_tuner(lambda: compiled(cls))
    training = tuner._preparation.search(X[:32], {k: v[:32] for k, v in Y.items()}, None, (X, Y), 2, 16, 1, False)
    lanes = train(training, tuner.space, candidates(tuner.space, 2), Option(2, False))
    assert max(difference_from_fit(training, lane) for lane in lanes) <= EXACT


@pytest.mark.parametrize(("cls", "drops"), [(WithoutMode, False), (WithMode, True)])
def test_a_model_is_called_in_the_mode_that_fit_calls_it_in(cls, drops):
    model = cls()
    calls = [call_model(model, X, training=True)["price"] for _ in range(2)]
    assert np.array_equal(*calls) != drops
