"""Every lane's objectives are those that the fit engine measures."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from search_spaces import SearchSpace
from tuner.engines._evaluation import Evaluation
from tuner.engines.fused._scores import Scores
from tuner.inputs import Objective, read_arrays, resolve

ROWS, CHUNK, LANES = 40, 16, 3
METRICS = {
    "yes": ["auc", "accuracy", "precision", "recall", "f1", "crossentropy"],
    "kind": ["auc", "accuracy", "precision", "recall", "f1", "crossentropy", keras.metrics.TopKCategoricalAccuracy(2)],
    "rank": ["accuracy", "crossentropy", keras.metrics.SparseTopKCategoricalAccuracy(2, name="top_2")],
    "size": ["mae", "rmse", "r2", "cosine_similarity"],
}
SPACE = SearchSpace(
    outputs={
        "yes": keras.losses.BinaryCrossentropy(from_logits=True),
        "kind": keras.losses.CategoricalCrossentropy(from_logits=True),
        "rank": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        "size": "mse",
    }
)
UNITS = {"yes": 1, "kind": 4, "rank": 4, "size": 2}


def median_error(targets, predictions):
    return np.median(np.abs(targets - predictions))


def worst_of_each_row(targets, predictions):
    return np.abs(targets - predictions).max(axis=1)


class Beyond(keras.metrics.Mean):
    """A metric of one's own, with an argument and with a state outside its variables."""

    def __init__(self, limit):
        super().__init__(name="beyond")
        self.limit = limit

    def reset_state(self):
        super().reset_state()
        self.seen = []

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.seen.append(len(np.asarray(y_pred)))
        super().update_state(np.asarray(y_pred) > self.limit)

    def result(self):
        return super().result() + len(self.seen)


OBJECTIVES = [Objective(output, metric) for output, metrics in METRICS.items() for metric in metrics]
OBJECTIVES += [
    Objective("kind", median_error, "min"),
    Objective("size", worst_of_each_row, "min"),
    Objective("kind", lambda t, p: np.argmax(p, 1) == 0, "max", "kind/first"),
]
OBJECTIVES += [Objective("size", Beyond(0.2), "max")]
MEASURES = resolve(OBJECTIVES, SPACE)


def make_model():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((5,))
    hidden = keras.layers.BatchNormalization()(keras.layers.Dense(4, activation="tanh")(inputs))
    return keras.Model(inputs, {name: keras.layers.Dense(units, name=name)(hidden) for name, units in UNITS.items()})


def held_out():
    """Rows with weights for two of the outputs."""
    random = np.random.default_rng(3)
    targets = {
        "yes": random.integers(0, 2, (ROWS,)).astype("float32"),
        "kind": np.eye(4, dtype="float32")[random.integers(0, 4, ROWS)],
        "rank": random.integers(0, 4, ROWS),
        "size": random.normal(size=(ROWS, 2)).astype("float32"),
    }
    x = random.normal(size=(ROWS, 5)).astype("float32")
    weights = {name: random.uniform(size=ROWS).astype("float32") for name in ("yes", "size")}
    return read_arrays(x, targets, weights, list(SPACE.outputs), "the validation data")


def lanes_of(model):
    """Weights of several lanes, one above the other."""
    random = np.random.default_rng(5)

    def stacked(variables):
        return [
            tf.constant(np.stack([v.numpy() + random.uniform(size=v.shape) for _ in range(LANES)]), v.dtype) for v in variables
        ]

    return stacked(model.trainable_variables), stacked(model.non_trainable_variables)


def by_fit(model, trainable, other, rows, lane):
    for variable, values in zip(model.trainable_variables + model.non_trainable_variables, trainable + other, strict=True):
        variable.assign(values[lane])
    return Evaluation(model, MEASURES, list(SPACE.outputs))(rows)


def scores(model, rows, measures=MEASURES):
    return Scores(model, list(SPACE.outputs), measures, rows, LANES, CHUNK, xla=False)


def test_every_metric_equals_that_of_the_fit_engine():
    model, rows = make_model(), held_out()
    trainable, other = lanes_of(model)
    values = scores(model, rows)(trainable, other)
    assert values.shape == (LANES, len(MEASURES))
    for lane in range(LANES):
        expected = by_fit(model, trainable, other, rows, lane)
        for measure, ours, theirs in zip(MEASURES, values[lane], expected, strict=True):
            assert ours == pytest.approx(theirs, abs=1e-5), (lane, measure.objective.name)


def test_predictions_that_are_not_finite_are_no_number_in_their_lane_and_output_alone():
    model, rows = make_model(), held_out()
    trainable, other = lanes_of(model)
    bias = [variable.path for variable in model.trainable_variables].index("kind/bias")
    broken = list(trainable)
    broken[bias] = tf.concat([trainable[bias][:1], tf.fill((1, 4), np.float32(np.nan)), trainable[bias][2:]], 0)
    few = [measure for measure in MEASURES if measure.objective.metric in ("accuracy", "mae", median_error)]
    measured = scores(model, rows, few)
    sound, values = measured(trainable, other), measured(broken, other)
    of_kind = np.array([measure.output == "kind" for measure in few])
    assert np.isnan(values[1, of_kind]).all()
    np.testing.assert_array_equal(values[1, ~of_kind], sound[1, ~of_kind])
    np.testing.assert_array_equal(values[[0, 2]], sound[[0, 2]])
