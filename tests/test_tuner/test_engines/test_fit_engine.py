"""The fit engine is compile and fit, and nothing else."""

import gc

import keras
import numpy as np
import psutil
import pytest

from search_spaces import names
from tests.test_tuner.test_engines._trials import OneTrial
from tuner.engines import FitEngine
from tuner.engines._evaluation import Evaluation


@pytest.fixture
def training(make_tuner, data):
    def make(model=None, **changed):
        tuner = make_tuner(model) if model is not None else make_tuner()
        given = {key: data[key] for key in ("x", "y", "validation_data", "epochs", "batch_size")} | changed
        arguments = (
            given["x"],
            given["y"],
            None,
            given["validation_data"],
            given["epochs"],
            given["batch_size"],
            1,
            True,
        )
        return tuner, tuner._preparation.search(*arguments)

    return make


@pytest.mark.parametrize("shuffle", [True, False])
def test_weights_equal_those_of_compile_and_fit_by_hand(build, data, make_tuner, shuffle):
    tuner, count = make_tuner(), len(data["x"])
    prepared = tuner._preparation.search(data["x"], data["y"], None, data["validation_data"], 2, 50, 1, shuffle)
    trained = FitEngine(prepared).fit(tuner.current, seed=11)

    keras.utils.set_random_seed(11)
    by_hand = build()
    for epoch in range(2):
        order = np.random.default_rng([11, epoch]).permutation(count) if shuffle else np.arange(count)
        targets = {name: target[order] for name, target in data["y"].items()}
        by_hand.fit(data["x"][order], targets, batch_size=50, shuffle=False, verbose=0)
    for ours, theirs in zip(trained.get_weights(), by_hand.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_objectives_equal_those_of_evaluate(build, data, training):
    tuner, prepared = training()
    trials = OneTrial(tuner.current)
    FitEngine(prepared).run(trials)
    model = FitEngine(prepared).fit(tuner.current, seed=3)
    auc, accuracy = keras.metrics.AUC(from_logits=True, name="m"), keras.metrics.CategoricalAccuracy(name="m")
    model.compile(loss="mse", metrics={"urgent": [auc], "kind": [accuracy]})
    by_keras = model.evaluate(*data["validation_data"], verbose=0, return_dict=True)
    (outcome,) = trials.outcomes
    assert outcome.state == names.COMPLETE
    assert outcome.values == pytest.approx([by_keras["urgent_m"], by_keras["kind_m"]], abs=1e-6)
    assert len(outcome.history) == 2
    assert [epoch for _, epoch, _ in trials.reported] == [1, 2]


def test_predictions_that_are_not_finite_are_no_number(training):
    tuner, prepared = training()
    model = FitEngine(prepared).fit(tuner.current, seed=0)
    model.get_layer("kind").bias.assign([np.nan, 0, 0])
    values = Evaluation(model, prepared.measures, prepared.outputs)(prepared.validation)
    assert np.isfinite(values[0])
    assert np.isnan(values[1])


@pytest.mark.thorough
def test_memory_stays_flat(training):
    """Without care TensorFlow keeps 5 MB of every model that was trained."""
    tuner, prepared = training(epochs=1)
    process = psutil.Process()

    def resident_after(trials):
        FitEngine(prepared).run(OneTrial(*[tuner.current] * trials))
        gc.collect()
        return process.memory_info().rss / 2**20

    before = resident_after(6)
    assert resident_after(14) - before < 14


def test_a_given_model_that_is_lent_is_trained_but_for_its_frozen_layers_and_put_back(build, data, make_tuner):
    model = build()
    model.get_layer("hidden").trainable = False
    before = {layer.name: layer.get_weights() for layer in model.layers}
    tuner = make_tuner(model)
    with tuner.architecture.lent(model, tuner.seed):
        prepared = tuner._preparation.search(data["x"], data["y"], None, data["validation_data"], 1, 64, 1, True)
        trained = FitEngine(prepared).fit(tuner.current, seed=0)
        np.testing.assert_array_equal(trained.get_layer("hidden").get_weights()[0], before["hidden"][0])
        assert not np.array_equal(trained.get_layer("kind").get_weights()[0], before["kind"][0])
    for layer in model.layers:
        for ours, theirs in zip(layer.get_weights(), before[layer.name], strict=True):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("outputs", [dict, list])
@pytest.mark.parametrize("given", [dict, list])
@pytest.mark.parametrize("weighted", ["all", "one"])
def test_targets_and_sample_weights_come_in_any_structure(build, data, make_tuner, outputs, given, weighted):
    def made():
        model = build()
        if outputs is dict:
            return model
        listed = keras.Model(model.inputs, [model.output[name] for name in ("urgent", "kind")])
        listed.compile("sgd", loss=[keras.losses.BinaryCrossentropy(from_logits=True), "mse"])
        return listed

    half, ones = np.repeat([1.0, 0.0], [120, 120]), np.ones(240)
    weights = {"urgent": half} | ({"kind": half} if weighted == "all" else {})
    whole = [half, weights.get("kind", ones)]
    listed = ("urgent", "kind") if outputs is list else ("kind", "urgent")  # beside a dictionary by sorted key, as Keras
    y = data["y"] if given is dict else [data["y"][name] for name in listed]
    tuner = make_tuner(made)
    by_name = given is dict or outputs is dict  # Keras refuses a list of weights beside dictionary outputs
    prepared = tuner._preparation.search(data["x"], y, weights if by_name else whole, data["validation_data"], 1, 60, 1, False)
    trained = FitEngine(prepared).fit(tuner.current, seed=3)

    keras.utils.set_random_seed(3)
    by_hand = made()
    named = outputs is dict
    targets = data["y"] if named else [data["y"]["urgent"], data["y"]["kind"]]
    by_hand.fit(
        data["x"],
        targets,
        sample_weight=dict(zip(("urgent", "kind"), whole, strict=True)) if named else whole,
        batch_size=60,
        shuffle=False,
        verbose=0,
    )
    for ours, theirs in zip(trained.get_weights(), by_hand.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
