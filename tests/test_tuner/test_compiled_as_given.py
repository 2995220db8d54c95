"""Today's configuration is trained as its author trains it: by the author's own `compile` and `fit`, written out by hand."""

import json
from functools import partial

import keras
import numpy as np
import pytest

from search_spaces import InputError, SearchSpace, compile_settings, compiled_candidate, names, placed, with_own_losses
from search_spaces._keras_internals import automatic_jit
from tuner import Objective
from tuner.engines._fit import compile_candidate
from tuner.inputs import Architecture
from tuner.study import StudyDesign

ROWS, EPOCHS, BATCH = 96, 3, 32
OBJECTIVES = [Objective("sold", "mae"), Objective("price", "mae")]


def rows():
    random = np.random.default_rng(5)
    x = random.normal(size=(ROWS, 5)).astype("float32")
    return x, {"sold": x[:, :1] + 1.5, "price": (3 * x[:, 1:2] - x[:, 2:3]).astype("float32")}


def network(regularizer=None):
    inputs = keras.Input((5,), name="x")
    hidden = keras.layers.Dense(6, activation="tanh", name="hidden", kernel_regularizer=regularizer)(inputs)
    heads = {"sold": keras.layers.Dense(1, name="sold_head")(hidden), "price": keras.layers.Dense(1, name="price_head")(hidden)}
    return keras.Model(inputs, heads)


class Weighted(keras.losses.Loss):
    """Keeps its argument under another name, and sums by default."""

    def __init__(self, factor=1.0, reduction="sum", name="weighted"):
        super().__init__(reduction=reduction, name=name)
        self._by = factor

    def call(self, y_true, y_pred):
        return self._by * keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)


class Callable:
    def __init__(self, power):
        self.power = power

    def __call__(self, y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** self.power, axis=-1)


def power_error(y_true, y_pred, power=2.0):
    return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** power, axis=-1)


def closure(factor):
    def error(y_true, y_pred):
        return factor * keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)

    return error


class SignDescent(keras.optimizers.Optimizer):
    """Keeps an argument under another name that its `get_config` does not tell."""

    def __init__(self, learning_rate=0.01, power=0.5, **settings):
        super().__init__(learning_rate=learning_rate, **settings)
        self.exponent = power

    def update_step(self, gradient, variable, learning_rate):
        size = keras.ops.abs(gradient) ** self.exponent
        self.assign_sub(variable, learning_rate * keras.ops.sign(gradient) * size)


class InverseRoot(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, width):
        self.width = width

    def __call__(self, step):
        return (self.width * (1.0 + keras.ops.cast(step, "float32"))) ** -0.5

    def get_config(self):
        return {"width": self.width}


def without_decay(**excluded):
    optimizer = keras.optimizers.AdamW(0.02, weight_decay=2.0)
    optimizer.exclude_from_weight_decay(**excluded)
    return optimizer


def two_lambdas():
    return {
        "sold": lambda t, p: keras.ops.mean((t - p) ** 2, axis=-1),
        "price": lambda t, p: keras.ops.mean(keras.ops.abs(t - p), axis=-1),
    }


def compiled(model=None, optimizer=None, loss="mse", loss_weights=None, **settings):
    model = model or network()
    model.compile(optimizer=optimizer or keras.optimizers.SGD(0.03), loss=loss, loss_weights=loss_weights, **settings)
    return model


def with_excluded_variables():
    model = network()
    return compiled(model, without_decay(var_list=[model.get_layer("hidden").kernel]))


LOSSES = {
    "functions": lambda: {"sold": power_error, "price": closure(3.0)},
    "two closures of one name": lambda: {"sold": closure(1.0), "price": closure(4.0)},
    "two lambdas": two_lambdas,
    "partial": lambda: {"sold": partial(power_error, power=1.3), "price": "mae"},
    "callable object": lambda: {"sold": Callable(1.4), "price": "mae"},
    "class that forgets": lambda: {"sold": Weighted(3.0, reduction="sum_over_batch_size"), "price": "mae"},
    "reduction of its own": lambda: {"sold": Weighted(0.1), "price": "mae"},
    "one for all": lambda: "mae",
    "a list": lambda: ["mse", "mae"],
    "Keras's own with an array": lambda: {"sold": keras.losses.Huber(delta=np.float32(0.3)), "price": "mae"},
    "the class itself": lambda: {"sold": keras.losses.LogCosh, "price": "mae"},
}
OPTIMIZERS = {
    "decay without names": lambda: without_decay(var_names=["bias", "kernel"]),
    "own optimizer": lambda: SignDescent(0.02, power=0.9),
    "own schedule": lambda: keras.optimizers.SGD(InverseRoot(1000.0)),
    "rate by a function": lambda: keras.optimizers.SGD(lambda: 0.07),
    "loss scale": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.05, beta_1=0.5)),
    "clipping": lambda: keras.optimizers.SGD(0.1, clipnorm=0.2),
}
WEIGHTS = {
    "variables": {"sold": keras.Variable(0.5), "price": keras.Variable(2.0)},
    "numpy": {"sold": np.float32(0.5), "price": np.float32(2.0)},
    "a list": [0.2, 3.0],
}
MODELS = {
    **{f"loss: {name}": partial(lambda make: compiled(loss=make()), make) for name, make in LOSSES.items()},
    **{f"optimizer: {name}": partial(lambda make: compiled(optimizer=make()), make) for name, make in OPTIMIZERS.items()},
    **{
        f"weights: {name}": partial(compiled, loss={"sold": "mse", "price": "mae"}, loss_weights=weights)
        for name, weights in WEIGHTS.items()
    },
    "weights: a dictionary beside a list": partial(compiled, loss=["mse", "mae"], loss_weights={"sold": 0.2, "price": 3.0}),
    "optimizer: decay without variables": with_excluded_variables,
    "run eagerly": partial(compiled, run_eagerly=True),
    "several steps per execution": partial(compiled, steps_per_execution=2, jit_compile=False),
}


def errors(model):
    """The mean absolute error of each output after the training."""
    x, y = rows()
    model.fit(x, y, epochs=EPOCHS, batch_size=BATCH, shuffle=False, verbose=0)
    predictions = model(x)
    return [float(np.mean(np.abs(predictions[name].numpy() - y[name]))) for name in ("sold", "price")]


def by_hand(build):
    keras.utils.set_random_seed(3)
    return errors(build())


def read_and_compiled(build):
    """The same model, compiled with what was read of it, stored and read again, as a trial is."""
    keras.utils.set_random_seed(3)
    model = build()
    space = SearchSpace.around(model)
    current = placed(compiled_candidate(model), space)
    assert space.encode(current).keys() == {parameter.name for parameter in space.parameters()}
    design = StudyDesign(space, Architecture(build), current, 3)
    candidate = design.stored_candidate({names.CANDIDATE: json.loads(json.dumps(current.to_dict()))})
    compile_candidate(model, candidate, list(space.outputs))
    return model


@pytest.mark.parametrize("build", MODELS.values(), ids=MODELS.keys())
def test_todays_configuration_is_trained_as_by_hand(build):
    np.testing.assert_allclose(errors(read_and_compiled(build)), by_hand(build), rtol=1e-6)


def test_how_a_model_runs_is_kept():
    assert compile_settings(read_and_compiled(partial(compiled, run_eagerly=True))) == {"run_eagerly": True}
    settings = {"steps_per_execution": 2, "jit_compile": not automatic_jit(network())}
    assert compile_settings(read_and_compiled(partial(compiled, **settings))) == settings
    assert compile_settings(read_and_compiled(compiled)) == {}


@pytest.mark.parametrize("name", ["optimizer: decay without variables", "loss: two closures of one name"])
def test_a_search_trains_it_as_by_hand(name, make_tuner, monkeypatch):
    monkeypatch.setenv("LOSS_WEIGHT_TUNER_PROGRAM", "1")
    (x, y), build = rows(), MODELS[name]
    tuner = make_tuner(build, objectives=OBJECTIVES)
    tuner.search(x, y, validation_data=(x, y), epochs=EPOCHS, batch_size=BATCH, shuffle=False, n_trials=1, verbose=0)
    first = tuner.study.trials[0]
    assert (first.user_attrs[names.BASELINE], first.user_attrs[names.OUTCOME]["engine"]) == (names.CURRENT, "fused")
    np.testing.assert_allclose(first.values, by_hand(build), rtol=2e-5)


class Penalised(keras.losses.Loss):
    """Holds a layer of the model that it is made for."""

    def __init__(self, layer):
        super().__init__(name="penalised")
        self.layer = layer

    def call(self, y_true, y_pred):
        error = keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)
        return error + 0.3 * keras.ops.sum(keras.ops.square(self.layer.kernel))


def with_penalty():
    model = network()
    return compiled(model, loss={"sold": "mse", "price": Penalised(model.get_layer("hidden"))})


def test_a_loss_that_holds_a_layer_holds_that_of_the_trial(make_tuner):
    x, y = rows()
    tuner = make_tuner(with_penalty, objectives=OBJECTIVES)
    tuner.search(x, y, validation_data=(x, y), epochs=EPOCHS, batch_size=BATCH, shuffle=False, n_trials=1, verbose=0)
    first = tuner.study.trials[0]
    assert first.user_attrs[names.OUTCOME]["engine"] == "fit"
    np.testing.assert_allclose(first.values, by_hand(with_penalty), rtol=1e-5)


def test_a_loss_that_holds_a_layer_of_another_model_is_refused():
    other = with_penalty()
    candidate = compiled_candidate(other)
    model = network()
    with pytest.raises(InputError, match="holds layers or variables that are not those of the trial's model"):
        with_own_losses(candidate, model, ["sold", "price"])
    own = with_penalty()
    assert with_own_losses(candidate, own, ["sold", "price"]).losses["price"].build().layer is own.get_layer("hidden")
    assert with_own_losses(candidate, other, ["sold", "price"]) is candidate
