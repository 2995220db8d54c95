"""An objective that could not tell candidates apart, or cannot be computed, is refused before anything is trained."""

import keras
import numpy as np
import pytest

from search_spaces import InputError
from tuner import LossWeightTuner, Objective

X = np.random.default_rng(0).normal(size=(30, 3)).astype("float32")
YES = (X[:, :1] > 0).astype("float32")
SOFT, SIGNS = 0.1 + 0.8 * YES, 2 * YES - 1


def build(loss):
    inputs = keras.Input((3,))
    model = keras.Model(inputs, {"y": keras.layers.Dense(1, name="y")(inputs)})
    model.compile("sgd", {"y": loss})
    return model


def fails(targets, predictions):
    raise ArithmeticError("no such thing")


@pytest.mark.parametrize(
    ("metric", "loss", "targets", "told"),
    [
        ("auc", "mse", X[:, :1], "AUC counts targets as yes or no, 1 or 0, and they range from"),
        ("auc", "mse", YES, "AUC takes predictions for probabilities, and they range from"),
        ("auc", keras.losses.BinaryCrossentropy(from_logits=True), SOFT, "AUC counts targets as yes or no"),
        ("accuracy", "hinge", SIGNS, "BinaryAccuracy counts targets as yes or no, 1 or 0, and they range from -1 to 1"),
        ("precision", keras.losses.BinaryCrossentropy(from_logits=True), YES * 0, "needs targets of both classes, and all are 0"),
        ("recall", keras.losses.BinaryCrossentropy(from_logits=True), YES * 0, "needs targets that are 1, and all are 0"),
        ("r2", "mse", YES * 0 + 3, "R2Score needs targets that differ, and all are 3"),
        (keras.metrics.AUC(), keras.losses.BinaryCrossentropy(from_logits=True), YES, "AUC(from_logits=True) for logits"),
        (fails, "mse", YES, "cannot be measured: ArithmeticError: no such thing"),
        (lambda t, p: None, "mse", YES, "must return a number, or one number for each row, got None"),
        (lambda t, p: "good", "mse", YES, "must return a number, or one number for each row, got 'good'"),
        (lambda t, p: np.full(len(t), np.nan), "mse", YES, "is nan for the untrained model"),
    ],
)
def test_what_cannot_rank_is_refused(metric, loss, targets, told, tmp_path):
    tuner = LossWeightTuner(lambda: build(loss), objectives=[Objective("y", metric, "max", "it")], directory=tmp_path)
    with pytest.raises(InputError) as caught:
        tuner._preparation.search(X, targets, None, (X, targets), 1, 8, 1, True)
    assert told in str(caught.value)
    assert "the validation data: objective 'it'" in str(caught.value)


@pytest.mark.parametrize("returned", [None, "text"])
def test_a_loss_that_returns_no_numbers_is_refused(returned, tmp_path):
    def broken(targets, predictions):
        return returned

    tuner = LossWeightTuner(lambda: build(broken), objectives=[Objective("y", "mae")], directory=tmp_path)
    with pytest.raises(InputError, match="loss broken: it must return a number, or one for each row, got"):
        tuner._preparation.search(X, YES, None, (X, YES), 1, 8, 1, True)
