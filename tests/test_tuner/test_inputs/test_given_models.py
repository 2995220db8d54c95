"""A given model is trained as its owner's own compile and fit train it, and is as it was afterwards."""

import random

import keras
import numpy as np
import pytest
from keras import layers, ops

from search_spaces import InputError
from tuner import LossWeightTuner
from tuner.inputs import Architecture
from tuner.inputs._borrowed import borrowed
from tuner.inputs._faithful_copy import faithful_copy

ROWS, HELD_OUT, EPOCHS, BATCH = 96, 32, 2, 32
RANDOM = np.random.default_rng(0)
X = (RANDOM.normal(size=(ROWS + HELD_OUT, 6)) * 30 + 100).astype("float32")
Z = (X - 100) / 30
Y = {"a": Z[:, :1] * 2 + Z[:, 1:2], "b": (Z[:, 2:3] > 0).astype("float32")}
TRAIN = X[:ROWS], {name: target[:ROWS] for name, target in Y.items()}
VALIDATION = X[ROWS:], {name: target[ROWS:] for name, target in Y.items()}


def dense(units, seed, **settings):
    return layers.Dense(units, kernel_initializer=keras.initializers.GlorotUniform(seed), **settings)


def compiled(model):
    model.compile(
        optimizer=keras.optimizers.Adam(1e-2), loss={"a": "mse", "b": "binary_crossentropy"}, loss_weights={"a": 1.0, "b": 0.5}
    )
    return model


def with_heads(inputs, hidden, kind=keras.Model, **settings):
    outputs = {"a": dense(1, 2, name="a")(hidden), "b": dense(1, 3, activation="sigmoid", name="b")(hidden)}
    return compiled(kind(inputs, outputs, **settings))


def adapted():
    normalization = layers.Normalization()
    normalization.adapt(TRAIN[0])
    inputs = keras.Input((6,))
    return with_heads(inputs, layers.Dropout(0.3, seed=5)(dense(8, 1, activation="relu")(normalization(inputs))))


class Frozen(keras.Model):
    """A constructor and a training step of its own: it learns nothing."""

    def __init__(self, inputs, outputs, factor, **settings):
        super().__init__(inputs, outputs, **settings)
        self.factor = factor

    def train_step(self, data):
        return {"loss": ops.zeros(())}


def own_class():
    inputs = keras.Input((6,))
    return with_heads(inputs, dense(8, 1)(inputs), Frozen, factor=3.0)


class Scaled(layers.Layer):
    """What it multiplies by is set on the instance, and its constructor takes nothing of Keras's."""

    def __init__(self):
        super().__init__()
        self.factor = 1.0

    def call(self, x):
        return x * self.factor


def attribute_on_a_layer():
    inputs, scaled = keras.Input((6,)), Scaled()
    scaled.factor = 0.01
    return with_heads(inputs, dense(8, 1, activation="relu")(scaled(inputs)))


class Subclassed(keras.Model):
    """Its outputs are known once it is called."""

    def __init__(self, units):
        super().__init__()
        self.scale, self.hidden = layers.Rescaling(1 / 30, -100 / 30), dense(units, 1, activation="relu")
        self.a, self.b = dense(1, 2), dense(1, 3, activation="sigmoid")

    def call(self, x):
        hidden = self.hidden(self.scale(x))
        return {"b": self.b(hidden), "a": self.a(hidden)}


def subclassed():
    return compiled(Subclassed(8))


GIVEN = {make.__name__: make for make in (adapted, own_class, attribute_on_a_layer, subclassed)}


def by_hand(model):
    """The mean absolute error of output `a` after the owner's own fit."""
    model.fit(*TRAIN, epochs=EPOCHS, batch_size=BATCH, shuffle=False, verbose=0)
    return float(np.abs(model.predict(VALIDATION[0], verbose=0)["a"] - VALIDATION[1]["a"]).mean())


def searched(model, folder, engine, **settings):
    tuner = LossWeightTuner(model, directory=folder, engine=engine, seed=1)
    arguments = {"validation_data": VALIDATION, "epochs": EPOCHS, "batch_size": BATCH, "shuffle": False, "verbose": 0}
    tuner.search(*TRAIN, **(arguments | {"n_trials": 1} | settings))
    return tuner


def current(tuner):
    ranking = tuner.ranking()
    return float(ranking[ranking["baseline"] == "current"]["a/mae"].iloc[0])


def everything(model):
    """Values, compilation and attributes, as far as they can be compared."""
    return [variable.numpy() for variable in model.variables], model.optimizer, dict(vars(model))


@pytest.mark.parametrize("engine", [pytest.param("fit", marks=pytest.mark.thorough), "auto"])
@pytest.mark.parametrize("make", GIVEN.values(), ids=GIVEN)
def test_current_is_what_the_owners_own_fit_gives(make, engine, tmp_path):
    assert current(searched(make(), tmp_path, engine)) == pytest.approx(by_hand(make()), rel=1e-5)


@pytest.fixture(scope="module")
def lent(tmp_path_factory):
    """A model that a study trained by fit, what it was before, and the study's tuner."""
    model = adapted()
    before = everything(model)
    return model, before, searched(model, tmp_path_factory.mktemp("lent"), "fit")


def test_a_given_model_is_as_it_was(lent):
    model, (values, optimizer, attributes), _ = lent
    values_now, optimizer_now, attributes_now = everything(model)
    assert all(np.array_equal(one, two) for one, two in zip(values, values_now, strict=True))
    assert optimizer_now is optimizer
    assert attributes_now.keys() == attributes.keys()
    assert all(attributes_now[name] is value for name, value in attributes.items() if not isinstance(value, int | float))


def test_a_model_is_put_back_after_an_error():
    model = adapted()
    values, optimizer, _ = everything(model)

    def interrupted():
        with borrowed(model):
            model.compile("sgd", {"a": "mae", "b": "mae"})
            model.fit(*TRAIN, verbose=0)
            model.note = "of the block"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert all(np.array_equal(one, two.numpy()) for one, two in zip(values, model.variables, strict=True))
    assert model.optimizer is optimizer
    assert not hasattr(model, "note")


@pytest.mark.thorough
def test_replicates_of_a_given_model_draw_other_random_numbers(lent):
    tuner = lent[2]
    tuner.confirm(top=1, seeds=2, verbose=0)
    replicates = [trial.values for trial in tuner.study.trials if trial.user_attrs.get("replicate_of") == 0]
    assert len(replicates) == 2
    assert replicates[0] != replicates[1]


@pytest.mark.parametrize("engine", [pytest.param("fit", marks=pytest.mark.thorough), "auto"])
def test_layers_that_build_functions_share_start_afresh_and_are_put_back(engine, tmp_path):
    body = dense(8, 1, activation="relu")

    def build():
        inputs = keras.Input((6,))
        return with_heads(inputs, body(layers.Rescaling(1 / 30, -100 / 30)(inputs)))

    expected = by_hand(searched_alone := build())
    body.set_weights([keras.initializers.GlorotUniform(1)((6, 8)), np.zeros(8)])
    before = body.get_weights()
    tuner = searched(build, tmp_path, engine)
    assert current(tuner) == pytest.approx(expected, rel=1e-5)
    (best,) = tuner.get_best_models(1)
    assert all(np.array_equal(one, two) for one, two in zip(before, body.get_weights(), strict=True))
    assert not {id(variable) for variable in best.variables} & {id(variable) for variable in searched_alone.variables}


def test_the_best_model_is_trained_and_another_one_than_the_given(lent):
    model, _, tuner = lent
    (best,) = tuner.get_best_models(1)
    assert best is not model
    assert best.compiled
    value = np.abs(best.predict(VALIDATION[0], verbose=0)["a"] - VALIDATION[1]["a"]).mean()
    assert value == pytest.approx(tuner.ranking()["a/mae"].iloc[0], rel=1e-5)


def test_a_model_that_cannot_be_copied_is_no_best_model(tmp_path):
    tuner = searched(attribute_on_a_layer(), tmp_path, "fit")
    with pytest.raises(InputError, match=r"the model cannot be copied \(.*\), and the trained model must not be the given one"):
        tuner.get_best_models(1)


def test_a_copy_keeps_what_normalization_adapted_to():
    model = adapted()
    copy = faithful_copy(model, X[:4])
    assert copy is not model
    np.testing.assert_array_equal(copy.predict(X[:8], verbose=0)["a"], model.predict(X[:8], verbose=0)["a"])


def test_the_persons_random_numbers_go_on_as_if_nothing_had_been_built():
    random.seed(5)
    np.random.seed(5)
    expected = random.random(), np.random.rand()
    random.seed(5)
    np.random.seed(5)
    with Architecture(adapted).lent(adapted(), 1):
        keras.utils.set_random_seed(7)
    assert (random.random(), np.random.rand()) == expected


def test_outputs_other_than_those_compiled_for_are_told(tmp_path):
    model = Subclassed(8)
    model.compile("adam", {"a": "mse", "c": "mse"})
    y = {"a": TRAIN[1]["a"], "c": TRAIN[1]["b"]}
    with pytest.raises(InputError, match=r"the model gives the outputs \['b', 'a'\], and was compiled for \['a', 'c'\]"):
        LossWeightTuner(model, directory=tmp_path).search(TRAIN[0], y, validation_data=(TRAIN[0], y), verbose=0)
