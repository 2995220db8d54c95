"""Metric names are read in the light of the losses."""

import keras
import numpy as np
import pytest

from search_spaces import InputError, SearchSpace
from tuner import Objective
from tuner.inputs import default_objectives, resolve

RANDOM = np.random.default_rng(0)
LOGITS = RANDOM.normal(size=(200, 1)).astype("float32")
YES_NO = (LOGITS + RANDOM.normal(size=(200, 1)) > 0).astype("float32")
SCORES = RANDOM.normal(size=(200, 4)).astype("float32")
CLASSES = RANDOM.integers(0, 4, 200)
ONE_HOT = np.eye(4, dtype="float32")[CLASSES]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def measure(metric, loss, direction=None):
    return resolve([Objective("y", metric, direction)], SearchSpace({"y": loss}))[0]


def keras_value(metric, targets, predictions):
    metric.update_state(targets, predictions)
    return float(metric.result())


@pytest.mark.parametrize("metric", ["auc", "accuracy", "precision", "recall", "f1", "binary_crossentropy", "mse"])
def test_logits_and_probabilities_are_measured_alike(metric):
    with_logits = measure(metric, keras.losses.BinaryCrossentropy(from_logits=True))
    with_probabilities = measure(metric, keras.losses.BinaryCrossentropy())
    ours, theirs = with_logits.evaluate(YES_NO, LOGITS), with_probabilities.evaluate(YES_NO, sigmoid(LOGITS))
    assert ours == pytest.approx(theirs, abs=1e-5)
    assert with_logits.objective.direction == ("min" if metric in ("binary_crossentropy", "mse") else "max")


def test_auc_with_logits_is_that_of_keras():
    theirs = keras_value(keras.metrics.AUC(from_logits=True), YES_NO, LOGITS)
    assert measure("auc", keras.losses.BinaryCrossentropy(from_logits=True)).evaluate(YES_NO, LOGITS) == theirs


@pytest.mark.parametrize(
    ("loss", "targets"),
    [
        (keras.losses.CategoricalCrossentropy(from_logits=True), ONE_HOT),
        (keras.losses.SparseCategoricalCrossentropy(from_logits=True), CLASSES),
    ],
)
def test_accuracy_of_classes(loss, targets):
    assert measure("accuracy", loss).evaluate(targets, SCORES) == pytest.approx((SCORES.argmax(1) == CLASSES).mean())
    top = measure("top_k_accuracy", loss)
    assert top.evaluate(targets, SCORES) == 1.0


def test_a_function_is_called_once_on_everything():
    calls = []

    def spread(targets, predictions):
        calls.append(len(targets))
        return np.std(predictions - targets)

    value = measure(spread, "mse", "min").evaluate(YES_NO, LOGITS)
    assert calls == [200]
    assert value == pytest.approx(float(np.std(LOGITS - YES_NO)))


def test_a_metric_object_is_used_as_it_is_and_starts_afresh():
    ready = measure(keras.metrics.AUC(num_thresholds=50, from_logits=True), keras.losses.BinaryCrossentropy(from_logits=True))
    theirs = keras_value(keras.metrics.AUC(num_thresholds=50, from_logits=True), YES_NO, LOGITS)
    assert ready.evaluate(YES_NO, LOGITS) == theirs == ready.evaluate(YES_NO, LOGITS)


def test_sample_weights_count():
    weights = np.repeat([1.0, 0.0], 100)
    ready = measure("mae", "mse")
    assert ready.evaluate(YES_NO, LOGITS, weights) == pytest.approx(float(np.abs(YES_NO - LOGITS)[:100].mean()), rel=1e-5)


def absolute(targets, predictions):
    return np.abs(targets - predictions)


@pytest.mark.parametrize("weights", [np.arange(200.0), np.repeat([2.0, 0.0], 100), np.arange(200.0)[:, None]])
def test_sample_weights_count_in_functions(weights):
    expected = np.average(np.abs(YES_NO - LOGITS)[:, 0], weights=np.ravel(weights))
    assert measure(absolute, "mse", "min").evaluate(YES_NO, LOGITS, weights) == pytest.approx(expected, rel=1e-6)


def test_a_function_of_all_rows_sees_the_rows_that_count():
    median = measure(lambda targets, predictions: np.median(predictions), "mse", "min")
    assert median.evaluate(YES_NO, LOGITS, np.repeat([0.0, 1.0], 100)) == pytest.approx(float(np.median(LOGITS[100:])))
    with pytest.raises(InputError, match="returns one number for 200 rows of different weights; return one number for each row"):
        median.evaluate(YES_NO, LOGITS, np.arange(200.0) + 1)


@pytest.mark.parametrize("returned", [None, "0.5", [], {"mae": 1.0}])
def test_a_function_must_return_numbers(returned):
    with pytest.raises(InputError, match="must return a number, or one number for each row, got"):
        measure(lambda targets, predictions: returned, "mse", "min").evaluate(YES_NO, LOGITS)


class Beyond(keras.metrics.Metric):
    """A metric that no registry knows and that needs an argument."""

    def __init__(self, limit):
        super().__init__(name="beyond")
        self.limit, self.count = limit, self.add_variable((), "zeros", name="count")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.count.assign_add(keras.ops.sum(keras.ops.cast(y_pred > self.limit, "float32")))

    def result(self):
        return self.count


@pytest.mark.parametrize("metric", [Beyond(0.5), keras.metrics.MeanMetricWrapper(lambda y, p: p - y, name="bias")])
def test_a_metric_object_is_never_made_again_and_keeps_its_state(metric):
    metric.update_state(YES_NO, LOGITS)
    before = float(metric.result())
    ready = measure(metric, "mse", "min")
    expected = (LOGITS > 0.5).sum() if isinstance(metric, Beyond) else (LOGITS - YES_NO).mean()
    assert ready.evaluate(YES_NO, LOGITS) == pytest.approx(float(expected), abs=1e-5) == ready.evaluate(YES_NO, LOGITS)
    assert ready.make() is metric
    assert float(metric.result()) == before
    assert not ready.traceable


def test_defaults_follow_the_losses():
    space = SearchSpace(
        {
            "a": keras.losses.BinaryFocalCrossentropy(from_logits=True),
            "b": "categorical_crossentropy",
            "c": "sparse_categorical_crossentropy",
            "d": "huber",
        }
    )
    chosen = [(m.objective.name, m.objective.direction) for m in resolve(default_objectives(space), space)]
    assert chosen == [("a/auc", "max"), ("b/accuracy", "max"), ("c/accuracy", "max"), ("d/mae", "min")]
