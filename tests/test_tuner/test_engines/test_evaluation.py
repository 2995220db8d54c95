"""Nothing is predicted of outputs that nobody measures, and the objectives are those of the whole model."""

import keras
import numpy as np
import pytest

from search_spaces import SearchSpace
from tuner import Objective
from tuner.engines._evaluation import Evaluation
from tuner.inputs import Arrays, resolve

ROWS = 40
X = np.random.default_rng(0).normal(size=(ROWS, 5)).astype("float32")
Y = (X[:, :1], X[:, 1:2] + 1, X)
NAMES = ["price", "sold", "attention"]


def keyed():
    inputs = keras.Input((5,), name="x")
    attention = keras.layers.Softmax(name="attention")(keras.layers.Dense(5)(inputs))
    hidden = keras.layers.Dropout(0.5)(keras.layers.BatchNormalization()(attention * inputs))
    heads = {name: keras.layers.Dense(1, name=name)(hidden) for name in NAMES[:2]}
    return keras.Model({"x": inputs}, heads | {"attention": attention})


def listed():
    model = keyed()
    return keras.Model(model.inputs, [model.output[name] for name in NAMES])


class Own(keras.Model):
    """Its prediction is one of its own."""

    def predict_step(self, data):
        return [prediction + 1 for prediction in super().predict_step(data)]


def own():
    model = listed()
    return Own(model.inputs, model.outputs)


def measures(*outputs):
    named = [Objective(output, "mae") for output in outputs]
    return resolve(named, SearchSpace({"price": "mse", "sold": "mse"}), untrained=["attention"])


@pytest.mark.parametrize(("make", "left_out"), [(keyed, True), (listed, True), (own, False)])
@pytest.mark.parametrize("measured", [["sold"], ["price", "attention"], NAMES])
def test_the_objectives_are_those_of_the_whole_model(make, left_out, measured):
    model = make()
    rows = Arrays({"x": X} if make is keyed else X, Y, (None, None, None))
    evaluation = Evaluation(model, measures(*reversed(measured)), NAMES)
    assert evaluation.predicted == ([name for name in NAMES if name in measured] if left_out else NAMES)
    predicted = model.predict(rows.x, verbose=0)
    predicted = [predicted[name] for name in NAMES] if make is keyed else predicted
    by_hand = [float(np.abs(predicted[NAMES.index(name)] - Y[NAMES.index(name)]).mean()) for name in reversed(measured)]
    assert evaluation(rows) == pytest.approx(by_hand, rel=1e-6)


def test_it_measures_what_the_model_is_trained_to_meanwhile():
    model, rows = keyed(), Arrays({"x": X}, Y, (None, None, None))
    evaluation = Evaluation(model, measures("price"), NAMES)
    before = evaluation(rows)
    model.compile("adam", {"price": "mse"})
    model.get_layer("price").set_weights([np.zeros((5, 1)), np.zeros(1)])
    assert evaluation(rows) == pytest.approx([float(np.abs(X[:, :1]).mean())], rel=1e-6) != before
