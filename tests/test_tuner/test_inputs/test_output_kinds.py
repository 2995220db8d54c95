"""Names of metrics are read by what predictions and targets are, where the losses do not tell; the oracle is Keras by hand."""

import keras
import numpy as np
import pytest

from search_spaces import InputError, SearchSpace
from tuner import Objective
from tuner.inputs import Arrays, resolve
from tuner.inputs._output_kinds import kinds_by_data

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 4)).astype("float32")
YES = (X[:, :1] + RANDOM.normal(size=(60, 1)) > 0).astype("float32")
CLASSES = RANDOM.integers(0, 3, 60)
ONE_HOT = np.eye(3, dtype="float32")[CLASSES]


def own_logits(targets, predictions):
    return keras.losses.binary_crossentropy(targets, predictions, from_logits=True)


def own_probabilities(targets, predictions):
    return keras.losses.binary_crossentropy(targets, predictions)


def own_categorical(targets, predictions):
    return keras.losses.categorical_crossentropy(targets, predictions, from_logits=True)


def own_sparse(targets, predictions):
    return keras.losses.sparse_categorical_crossentropy(targets, predictions, from_logits=True)


def own_squares(targets, predictions):
    return keras.ops.mean(keras.ops.square(targets - predictions), axis=-1)


def read(metric, loss, targets, units, activation=None):
    """A metric as it is read, its value for an untrained model, and that model's predictions."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input((4,))
    dense = keras.layers.Dense(units, kernel_initializer=keras.initializers.RandomNormal(stddev=2.0))(inputs)
    model = keras.Model(inputs, {"y": keras.layers.Activation(activation, name="last")(dense) if activation else dense})
    predictions, rows = model.predict(X, verbose=0), Arrays(X, (targets,), (None,))
    space = SearchSpace({"other": "mse"} if loss is None else {"y": loss})
    kinds = kinds_by_data(model, space, ["y"], rows, predictions)
    measure = resolve([Objective("y", metric)], space, kinds, ["y"] if loss is None else [])[0]
    return measure.evaluate(targets, predictions["y"]), predictions["y"], kinds["y"]


def by_keras(metric, targets, predictions):
    metric.update_state(targets, predictions)
    return float(metric.result())


AUC, CROSSENTROPY = keras.metrics.AUC, keras.metrics.BinaryCrossentropy
LOGITS = keras.losses.BinaryCrossentropy(from_logits=True)


@pytest.mark.parametrize(
    ("metric", "loss", "targets", "activation", "by_hand"),
    [
        ("accuracy", own_logits, YES, None, lambda t, p: ((p > 0) == t).mean()),
        ("auc", own_logits, YES, None, lambda t, p: by_keras(AUC(from_logits=True), t, p)),
        ("accuracy", own_probabilities, YES, "sigmoid", lambda t, p: ((p > 0.5) == t).mean()),
        ("auc", own_probabilities, YES, "sigmoid", lambda t, p: by_keras(AUC(), t, p)),
        ("accuracy", own_squares, YES, None, lambda t, p: ((p > 0.5) == t).mean()),
        ("mae", own_squares, YES, None, lambda t, p: np.abs(p - t).mean()),
        ("mae", own_logits, YES, None, lambda t, p: np.abs(p - t).mean()),
        ("accuracy", own_categorical, ONE_HOT, None, lambda t, p: (p.argmax(1) == CLASSES).mean()),
        ("accuracy", own_sparse, CLASSES, None, lambda t, p: (p.argmax(1) == CLASSES).mean()),
        ("accuracy", own_sparse, CLASSES[:, None], "softmax", lambda t, p: (p.argmax(1) == CLASSES).mean()),
        ("auc", LOGITS, YES, "sigmoid", lambda t, p: by_keras(AUC(), t, p)),
        ("accuracy", LOGITS, YES, "sigmoid", lambda t, p: ((p > 0.5) == t).mean()),
        ("crossentropy", LOGITS, YES, "sigmoid", lambda t, p: by_keras(CROSSENTROPY(), t, p)),
        ("crossentropy", LOGITS, YES, None, lambda t, p: by_keras(CROSSENTROPY(from_logits=True), t, p)),
    ],
)
def test_a_metric_is_read_as_what_it_measures(metric, loss, targets, activation, by_hand):
    units = 1 if targets is YES else 3
    value, predictions, kind = read(metric, loss, targets, units, activation)
    assert value == pytest.approx(by_hand(targets, predictions), abs=1e-6)
    assert kind.activated == (activation is not None)
    assert kind.takes_logits_behind == (loss is LOGITS and activation is not None)


def test_targets_that_belong_to_no_place_of_the_predictions_are_no_classes(make_tuner):
    """As those of CTC: fewer letters than steps."""
    inputs = keras.Input((16, 8))
    letters = keras.layers.Dense(7, name="letters")(inputs)
    size = keras.layers.Dense(1, name="size")(keras.layers.GlobalAveragePooling1D()(inputs))
    model = keras.Model(inputs, {"letters": letters, "size": size})
    model.compile("adam", {"letters": keras.losses.CTC(), "size": "mse"})
    x = RANDOM.normal(size=(40, 16, 8)).astype("float32")
    rows = x, {"letters": RANDOM.integers(1, 6, (40, 5)), "size": x[:, 0, :1]}
    objectives = [Objective("letters", lambda targets, predictions: predictions.mean(), "max", name="mean"), "size/mae"]
    training = make_tuner(model, objectives=objectives)._preparation.search(*rows, None, rows, 1, 20, 1, True)
    assert [measure.objective.name for measure in training.measures] == ["mean", "size/mae"]


@pytest.mark.parametrize(
    ("metric", "loss", "targets", "units", "activation", "by_hand"),
    [
        ("accuracy", "mse", YES, 1, "sigmoid", keras.metrics.BinaryAccuracy),
        ("ACC", "mse", ONE_HOT, 3, "softmax", keras.metrics.CategoricalAccuracy),
        ("ce", "mse", ONE_HOT, 3, "softmax", keras.metrics.CategoricalCrossentropy),
        ("ce", "sparse_categorical_crossentropy", CLASSES, 3, "softmax", keras.metrics.SparseCategoricalCrossentropy),
    ],
)
def test_the_shapes_tell_where_a_loss_of_regression_does_not(metric, loss, targets, units, activation, by_hand):
    value, predictions, _ = read(metric, loss, targets, units, activation)
    assert value == pytest.approx(by_keras(by_hand(), targets, predictions))


def test_what_cannot_be_read_is_refused():
    with pytest.raises(InputError, match="'accuracy' is not defined for output 'y' with the loss MeanSquaredError"):
        read("accuracy", "mse", X[:, :1], 1)
    with pytest.raises(InputError, match="'accuracy' is not defined for output 'y' with the loss own_squares"):
        read("accuracy", own_squares, X[:, :1], 1)
    with pytest.raises(InputError, match="the loss own_squares does not tell what 'accuracy' means"):
        read("accuracy", own_squares, X[:, :2], 3)
    with pytest.raises(InputError, match="does not tell whether the predictions are probabilities or logits"):
        read("auc", own_logits, YES, 1, keras.layers.ReLU(max_value=1.0))


@pytest.mark.parametrize(
    ("metric", "by_hand", "targets", "units", "activation"),
    [
        ("auc", keras.metrics.AUC, YES, 1, "sigmoid"),
        ("accuracy", keras.metrics.BinaryAccuracy, YES, 1, "sigmoid"),
        ("accuracy", keras.metrics.CategoricalAccuracy, ONE_HOT, 3, None),
        ("accuracy", keras.metrics.SparseCategoricalAccuracy, CLASSES, 3, "softmax"),
        ("mae", keras.metrics.MeanAbsoluteError, X[:, :2], 2, None),
    ],
)
def test_an_output_without_a_loss_is_read_by_its_data(metric, by_hand, targets, units, activation):
    value, predictions, kind = read(metric, None, targets, units, activation)
    assert value == pytest.approx(by_keras(by_hand(), targets, predictions))
    assert kind.loss is None


@pytest.mark.parametrize(
    ("metric", "targets", "units", "activation", "sentence"),
    [
        ("auc", YES, 1, None, "no loss tells whether the predictions are probabilities or logits, and they do not either"),
        ("auc", CLASSES, 3, "softmax", "AUC needs one-hot targets, and the targets are class numbers"),
        ("accuracy", X[:, :1], 1, None, "'accuracy' is not defined for output 'y' with targets and predictions like these"),
    ],
)
def test_what_data_alone_do_not_tell_is_asked_for(metric, targets, units, activation, sentence):
    with pytest.raises(InputError, match=sentence):
        read(metric, None, targets, units, activation)


def test_what_accuracy_means_for_several_labels_is_said(make_tuner):
    inputs = keras.Input((4,))
    model = keras.Model(inputs, {"topics": keras.layers.Dense(3, "sigmoid")(inputs), "price": keras.layers.Dense(1)(inputs)})
    model.compile("adam", {"topics": "binary_crossentropy", "price": "mse"}, metrics={"topics": "accuracy", "price": "mae"})
    tuner = make_tuner(model)
    rows = X, {"topics": (X[:, :3] > 0).astype("float32"), "price": YES}
    training = tuner._preparation.search(*rows, None, rows, 1, 32, 1, True)
    (note,) = training.notes
    assert note.startswith("topics/accuracy counts each of the 3 labels of a row as right or wrong.")
    predicted = model.predict(X, verbose=0)["topics"]
    assert training.measures[0].evaluate(rows[1]["topics"], predicted) == pytest.approx(
        ((predicted > 0.5) == (X[:, :3] > 0)).mean()
    )
