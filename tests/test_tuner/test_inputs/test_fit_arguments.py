"""`validation_split` and `class_weight` mean what they mean to `fit`: the oracle is the owner's own compile and fit."""

import keras
import numpy as np
import pytest

from search_spaces import InputError
from tests.conftest import make_model
from tuner import load_config
from tuner.engines import FitEngine

KIND_WEIGHTS = {0: 0.5, 2: 4.0}
SETTINGS = {"epochs": 2, "batch_size": 50}


def one_output():
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, activation="sigmoid", name="urgent")])
    model.compile(keras.optimizers.SGD(0.5), "binary_crossentropy")
    return model


def by_hand(build, x, y, **more):
    keras.utils.set_random_seed(3)
    model = build()
    model.fit(x, y, shuffle=False, verbose=0, **SETTINGS, **more)
    return model.get_weights()


def prepared(tuner, x, y, validation_data=None, sample_weight=None, **more):
    return tuner._preparation.search(x, y, sample_weight, validation_data, *SETTINGS.values(), 1, False, **more)


def trained(tuner, training):
    return FitEngine(training).fit(tuner.current, seed=3).get_weights()


def assert_equal(ours, theirs):
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("share", [0.1, 0.25, 1 / 3])
def test_a_split_keeps_the_rows_that_keras_keeps(share, data, make_tuner):
    x, y = data["x"], data["y"]
    weights = np.linspace(0.5, 2, len(x)).astype("float32")
    tuner = make_tuner()
    training = prepared(tuner, x, y, sample_weight=weights, validation_split=share)
    named = dict.fromkeys(y, weights)
    assert_equal(trained(tuner, training), by_hand(make_model, x, y, sample_weight=named, validation_split=share))
    held_out = training.validation
    np.testing.assert_array_equal(held_out.x, x[training.data.arrays.rows :])
    np.testing.assert_array_equal(held_out.weights[0], weights[training.data.arrays.rows :])
    assert training.data.arrays.rows + held_out.rows == len(x)


def test_validation_data_win_over_a_split_as_in_keras(data, make_tuner):
    training = prepared(make_tuner(), data["x"], data["y"], data["validation_data"], validation_split=0.5)
    assert (training.data.arrays.rows, training.validation.rows) == (240, 80)


def test_class_weights_of_one_output_are_those_of_fit(data, make_tuner):
    x, y = data["x"], data["y"]["urgent"]
    tuner = make_tuner(one_output)
    for given in ({0: 0.2, 1: 3.0}, {"urgent": {0: 0.2, 1: 3.0}}, {1: 3.0}):
        plain = given.get("urgent", given)
        training = prepared(tuner, x, y, (x, y), class_weight=given)
        assert_equal(trained(tuner, training), by_hand(one_output, x, y, class_weight=plain))
        assert training.validation.weights == (None,)


@pytest.mark.parametrize("sparse", [False, True])
def test_class_weights_of_several_outputs_weigh_the_rows_of_each(sparse, data, make_tuner):
    x, one_hot = data["x"], data["y"]["kind"]

    def build():
        model = make_model()
        losses = dict(model.loss) | ({"kind": keras.losses.SparseCategoricalCrossentropy(from_logits=True)} if sparse else {})
        model.compile("sgd", loss=losses)
        return model

    y = data["y"] | ({"kind": one_hot.argmax(-1)} if sparse else {})
    rows = np.array([KIND_WEIGHTS.get(int(kind), 1.0) for kind in one_hot.argmax(-1)], "float32")
    tuner = make_tuner(build)
    training = prepared(tuner, x, y, (x, y), class_weight={"kind": KIND_WEIGHTS})
    expected = by_hand(build, x, y, sample_weight={"urgent": np.ones(len(x)), "kind": rows})
    assert_equal(trained(tuner, training), expected)


def test_a_search_with_both_stores_them_and_best_json_weighs_new_rows_alike(data, make_tuner, tmp_path):
    call = {"x": data["x"], "y": data["y"], "validation_split": 0.25, "verbose": 0, "n_trials": 1, **SETTINGS}
    tuner = make_tuner()
    tuner.search(**call, class_weight={"kind": KIND_WEIGHTS})
    config = load_config(tuner.best_config().save(tmp_path / "best.json"))
    assert config.class_weight == {"kind": {"0": 0.5, "2": 4.0}}
    weights = config.sample_weight(data["y"])
    np.testing.assert_array_equal(weights["urgent"], np.ones(240))
    assert set(np.unique(weights["kind"])) == {0.5, 1.0, 4.0}
    with pytest.raises(InputError, match=r"class_weight\.kind\.2: the study has 4\.0, this call has 3\.0"):
        tuner.search(**call, class_weight={"kind": KIND_WEIGHTS | {2: 3.0}})
