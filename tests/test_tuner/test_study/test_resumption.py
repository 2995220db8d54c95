"""A study goes on where the same is computed, whatever it is called."""

import keras
import numpy as np
import pytest

from search_spaces import InputError, SearchSpace, names
from tests.conftest import make_model
from tuner import Objective
from tuner.inputs import Arrays
from tuner.study._model_answers import answers
from tuner.study._same_computation import FORMULA_TOLERANCE, MODEL_TOLERANCE, formula_differences, model_differences

pytestmark = pytest.mark.usefixtures("instant")
MODES = ("inference", "training")
SPACE = {
    "urgent": keras.losses.BinaryCrossentropy(from_logits=True),
    "kind": keras.losses.CategoricalCrossentropy(from_logits=True),
}


@pytest.fixture
def search(data, make_tuner):
    """A function: one call of search, with one trial more than the call before."""
    calls, measured = [], [Objective("urgent", keras.metrics.AUC(from_logits=True)), Objective("kind", "accuracy")]

    def call(model=make_model, losses=SPACE, verbose=0, **settings):
        calls.append(1)
        tuner = make_tuner(model, space=SearchSpace(losses), **({"objectives": measured} | settings))
        tuner.search(**(data | {"epochs": 1, "verbose": verbose}), n_trials=len(calls))
        return tuner

    return call


def builds(activation="relu", trainable=True, momentum=0.9, l2=0.0, units=4):
    """A build function, each time of the same name."""

    def build():
        inputs = keras.Input((6,), name="x")
        hidden = keras.layers.Dense(units, activation=activation, kernel_regularizer=keras.regularizers.L2(l2))
        hidden.trainable = trainable
        normal = keras.layers.BatchNormalization(momentum=momentum)(hidden(inputs))
        heads = {name: keras.layers.Dense(size, name=name)(normal) for name, size in (("urgent", 1), ("kind", 3))}
        return keras.Model(inputs, heads)

    return build


@pytest.mark.parametrize(
    ("changed", "difference"),
    [
        ({"activation": "tanh"}, "the model predicts otherwise: output 'urgent' by "),
        ({"trainable": False}, "layer variables frozen: 2, now 4"),
        ({"momentum": 0.5}, "in training the model computes otherwise: how far the state of layers moves comes to "),
        ({"l2": 0.1}, "in training the model computes otherwise: what layers add to the loss comes to "),
    ],
)
def test_another_model_of_the_same_shapes_is_refused(changed, difference, search):
    search(builds())
    with pytest.raises(InputError, match="computes otherwise") as refused:
        search(builds(**changed))
    assert difference in str(refused.value)


def test_a_dropout_of_another_rate_is_refused(search):
    def builds(rate):
        def build():
            inputs = keras.Input((6,))
            hidden = keras.layers.Dropout(rate, seed=1)(keras.layers.Dense(4)(inputs))
            heads = {name: keras.layers.Dense(size, name=name)(hidden) for name, size in (("urgent", 1), ("kind", 3))}
            return keras.Model(inputs, heads)

        return build

    search(builds(0.2))
    search(builds(0.2))
    with pytest.raises(InputError, match="in training the model computes otherwise: output 'urgent' by"):
        search(builds(0.3))


def test_an_edited_loss_of_the_same_name_is_refused(search):
    def edited(factor):
        def mine(y, p):
            return factor * keras.ops.mean(keras.ops.square(y - p), axis=-1)

        return mine

    search(losses=SPACE | {"urgent": edited(1.0)})
    search(losses=SPACE | {"urgent": edited(1.0)})
    with pytest.raises(InputError, match=r"loss mine of output 'urgent' gives 0\.6\d+, gave 0\.3\d+"):
        search(losses=SPACE | {"urgent": edited(2.0)})


def test_an_edited_objective_of_the_same_name_is_refused(search):
    def objectives(threshold):
        def mine(y, p):
            return np.mean((np.asarray(p) > threshold) == np.asarray(y))

        return [Objective("urgent", mine, "max"), Objective("kind", "accuracy")]

    search(objectives=objectives(0.0))
    search(objectives=objectives(0.0))
    with pytest.raises(InputError, match=r"objective 'urgent/mine' gives 0\.\d+, gave 0\.\d+"):
        search(objectives=objectives(1.0))


def test_a_given_model_that_predicts_otherwise_is_refused(search):
    keras.utils.set_random_seed(1)
    model = make_model()
    search(model)
    search(model)
    model.layers[1].kernel.assign(model.layers[1].kernel + 1)
    with pytest.raises(InputError, match="(?s)output 'kind' by .*if it is the same model with other initial weights"):
        search(model)


def test_a_build_function_that_draws_its_own_weights_is_said(search, capfd):
    random = np.random.default_rng()

    def build():
        model = make_model()
        model.layers[1].kernel.assign(random.normal(size=(6, 4)))
        return model

    search(build)
    search(build, verbose=1)
    assert "The build function makes another model at each call" in capfd.readouterr().err


def test_a_source_that_changed_and_computes_the_same_is_said(search, capfd):
    def one(y, p):
        return keras.ops.mean(keras.ops.square(y - p))

    def other(y, p):
        return keras.ops.mean((y - p) ** 2)

    one.__name__ = other.__name__ = "mine"
    search(losses=SPACE | {"urgent": one})
    search(losses=SPACE | {"urgent": one}, verbose=1)
    assert "has changed" not in capfd.readouterr().err
    search(losses=SPACE | {"urgent": other}, verbose=1)
    assert "The source of mine (urgent/loss/0) has changed since the study began; it computes the same" in capfd.readouterr().err


def test_other_versions_are_said(search, capfd):
    tuner = search()
    meta = tuner.study.user_attrs[names.STUDY]
    tuner.study.set_user_attr(names.STUDY, meta | {"versions": meta["versions"] | {"keras": "3.0.1"}})
    search(verbose=1)
    assert "The study began with other versions, whose results may differ: keras 3.0.1, now 3." in capfd.readouterr().err


def test_rounding_is_no_difference_and_an_edit_is_one():
    def numbers(share):
        values = {"predictions": {"a": [1.0 + share, -2.0 * (1 + share), None]}}
        return {"half": False, "trainable": "11", "inference": values, "training": values | {"added": 1 + share, "moved": share},
                "losses": {"a": {"mse": 1 + share}}, "objectives": {"a/auc": 0.5 + share, "a/none": None}}  # fmt: skip

    within, beyond = numbers(0.1 * FORMULA_TOLERANCE), numbers(3 * MODEL_TOLERANCE)
    assert model_differences(numbers(0), within | {"training": numbers(0)["training"]}) == []
    assert formula_differences(numbers(0), within) == []
    assert model_differences(numbers(0), beyond) == ["the model predicts otherwise: output 'a' by 0.03"]
    assert len(formula_differences(numbers(0), beyond)) == 2


class Own(keras.Model):
    """A class whose `call` takes no `training`, and that draws random numbers of nobody's seed."""

    def __init__(self, factor):
        super().__init__()
        self.factor, self.urgent, self.kind = factor, keras.layers.Dense(1), keras.layers.Dense(3)

    def call(self, x):
        drawn = x * self.factor + keras.random.normal(keras.ops.shape(x))
        return {"urgent": self.urgent(drawn), "kind": self.kind(drawn)}


def test_models_of_classes_of_their_own_are_compared_too():
    rows = Arrays(np.ones((4, 2), "float32"), (), ())
    built = []
    for factor in (1.0, 1.0, 2.0):
        keras.utils.set_random_seed(3)
        model = Own(factor)
        model(rows.x)
        before = np.random.get_state()[1].tolist()
        built.append({mode: answers(model, rows, ("urgent", "kind"), in_training=mode == "training") for mode in MODES})
        assert np.random.get_state()[1].tolist() == before, "nothing else is drawn otherwise"
    assert built[0]["inference"]["predictions"].keys() == {"urgent", "kind"}
    one, same, other = ({"half": False, "trainable": ""} | each for each in built)
    assert model_differences(one, same) == []
    assert [line.split(" by ")[0] for line in model_differences(one, other)] == [
        f"the model predicts otherwise: output {output!r}" for output in ("urgent", "kind")
    ]
