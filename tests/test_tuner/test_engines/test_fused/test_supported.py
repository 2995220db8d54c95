"""What cannot train in lanes is left to compile and fit, and said once; or refused where lanes were asked for."""

import keras
import pytest
from keras import layers

from search_spaces import InputError, names
from tests.test_tuner.test_engines._drive import difference
from tests.test_tuner.test_engines._trials import OneTrial
from tests.test_tuner.test_engines._zoo import build, candidates, space, training
from tuner.engines import FitEngine, FusedEngine, choose_engine
from tuner.inputs import has_random_layers


class Mine(keras.optimizers.SGD):
    pass


class OwnStep(keras.Model):
    def train_step(self, data):
        return super().train_step(data)


def with_own_step():
    inputs = keras.Input((5,))
    return OwnStep(inputs, {"yes": layers.Dense(1, name="yes")(inputs)})


class Stateful(layers.Layer):
    """Insists on its own variable, so that it cannot be called statelessly."""

    def build(self, shape):
        self.scale = self.add_weight(shape=(), initializer="ones")

    def call(self, x):
        if self.scale.value is not self.scale._value:
            raise RuntimeError("my variable is not my own here")
        return x * self.scale


def untraceable():
    inputs = keras.Input((5,))
    return keras.Model(inputs, {"yes": layers.Dense(1, name="yes")(Stateful()(inputs))})


def chosen(make, optimizer, engine):
    searched = space(1, optimizer)
    return choose_engine(engine, training(make, searched, epochs=1), searched, 2), candidates(searched, 2)


def states(engine, trials):
    told = OneTrial(*trials)
    engine.run(told)
    return {(outcome.state, outcome.engine) for outcome in told.outcomes}


def dense():
    return build("dense", 1)


def test_a_model_with_a_train_step_of_its_own_is_left_to_fit(capfd):
    engine, trials = chosen(with_own_step, "sgd", "auto")
    assert isinstance(engine, FitEngine)
    said = "Engine: fit, the model has a train_step of its own. Each trial's model is built, compiled and fitted"
    assert states(engine, trials) == {(names.COMPLETE, "fit")}
    assert capfd.readouterr().err.count(said) == 1
    with pytest.raises(InputError, match="engine='fused' cannot train this study: the model has a train_step of its own."):
        chosen(with_own_step, "sgd", "fused")


def test_an_optimizer_that_is_not_of_keras_is_left_to_fit(capfd):
    engine, trials = chosen(dense, Mine(), "auto")
    assert isinstance(engine, FusedEngine)
    assert states(engine, trials) == {(names.COMPLETE, "fit")}
    said = "Left to compile and fit, one trial after the other: the optimizer Mine is not one of Keras's own."
    assert capfd.readouterr().err.count(said) == 1
    with pytest.raises(InputError, match="the optimizer Mine is not one of Keras's own. Use engine='auto' or 'fit'"):
        chosen(dense, Mine(), "fused")


def test_a_model_that_does_not_trace_is_left_to_fit(capfd):
    engine, trials = chosen(untraceable, "sgd", "auto")
    assert states(engine, trials) == {(names.COMPLETE, "fit")}
    said = "Left to compile and fit, one trial after the other: no program can be made for a trial (RuntimeError: my variable "
    assert capfd.readouterr().err.count(said) == 1


def test_its_best_models_are_trained_by_fit_too(capfd):
    engine, (candidate, _) = chosen(untraceable, "sgd", "auto")
    model = engine.fit(candidate, seed=3)
    by_fit = FitEngine(engine.training).fit(candidate, 3)
    assert difference(by_fit.get_weights(), model.get_weights()) == 0
    assert "no program can be made for a trial" in capfd.readouterr().err


def test_an_optimizer_that_accumulates_gradients_is_left_to_fit(capfd):
    engine, trials = chosen(dense, keras.optimizers.SGD(gradient_accumulation_steps=2), "auto")
    assert states(engine, trials) == {(names.COMPLETE, "fit")}
    said = "Left to compile and fit, one trial after the other: the optimizer SGD(gradient_accumulation_steps=2) accumulates"
    assert capfd.readouterr().err.count(said) == 1


@pytest.mark.parametrize(
    ("layer", "draws"),
    [
        (layers.LSTM(3), False),
        (layers.Bidirectional(layers.GRU(3)), False),
        (layers.RNN(layers.SimpleRNNCell(3)), False),
        (layers.LSTM(3, dropout=0.1), True),
        (layers.Bidirectional(layers.GRU(3, recurrent_dropout=0.1)), True),
        (layers.RNN([layers.LSTMCell(3), layers.LSTMCell(3, dropout=0.1)]), True),
        (layers.GaussianNoise(0.1), True),
        (layers.Dense(3), False),
    ],
)
def test_a_recurrent_layer_draws_random_numbers_for_a_dropout_only(layer, draws):
    inputs = keras.Input((4, 2))
    assert has_random_layers(keras.Model(inputs, layer(inputs))) == draws
