"""Targets and predictions that differ by a last axis of size 1 are trained and measured with Keras's own numbers."""

import keras
import numpy as np
import pytest

from search_spaces import InputError
from tests.test_tuner.test_engines._trials import OneTrial
from tuner import LossWeightTuner, Objective
from tuner.engines import FitEngine, FusedEngine

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(40, 5, 2)).astype("float32")
STEPS, ROWS, CLASSES = X[..., :1] * 2, X[:, 0, :1] + 1, RANDOM.integers(0, 3, (40, 1))


class OwnSquares(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return keras.ops.square(y_true - y_pred)


def build(row_loss="mae", mask=False):
    inputs = keras.Input((5, 2))
    hidden = keras.layers.Masking()(inputs) if mask else inputs
    steps = keras.layers.Dense(1, name="steps")(hidden)
    flat = keras.layers.Flatten()(inputs)
    outputs = {
        "steps": steps,
        "row": keras.layers.Dense(1, name="row")(flat),
        "bare": keras.layers.Reshape((), name="bare")(keras.layers.Dense(1)(flat)),
        "kind": keras.layers.Dense(3, name="kind")(flat),
    }
    model = keras.Model(inputs, outputs)
    sparse = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.01), {"steps": "mse", "row": row_loss, "bare": "mse", "kind": sparse})
    return model


SQUEEZED = {"steps": STEPS[..., 0], "row": ROWS[:, 0], "bare": ROWS, "kind": CLASSES}
OBJECTIVES = [
    Objective("steps", "mse"),
    Objective("row", lambda t, p: np.abs(t - p), "min", name="row/error"),
    Objective("bare", "mae"),
    Objective("kind", "accuracy"),
]


def prepared(tmp_path, y=SQUEEZED, weight=None, **settings):
    tuner = LossWeightTuner(lambda: build(**settings), objectives=OBJECTIVES, directory=tmp_path)
    return tuner, tuner._preparation.search(X, y, weight, (X, y), 2, 16, 1, False)


@pytest.mark.parametrize("engine", ["fit", "fused"])
def test_keras_numbers(engine, tmp_path):
    tuner, training = prepared(tmp_path)
    trials = OneTrial(tuner.current)
    (FitEngine(training) if engine == "fit" else FusedEngine(training, tuner.space, 1, None, 0)).run(trials)
    keras.utils.set_random_seed(3)
    model = build()
    metrics = {"steps": ["mse"], "row": ["mae"], "bare": ["mae"], "kind": ["accuracy"]}
    model.compile(model.optimizer, model.loss, metrics=metrics)
    model.fit(X, SQUEEZED, epochs=2, batch_size=16, shuffle=False, verbose=0)
    measured = model.evaluate(X, SQUEEZED, return_dict=True, verbose=0)
    expected = [measured[f"{output}_{name}"] for output, (name,) in metrics.items()]
    assert trials.outcomes[0].values == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"y": SQUEEZED | {"kind": STEPS[..., 0]}}, "expected class numbers"),
        ({"y": SQUEEZED | {"steps": ROWS}}, "it does not take the targets: targets of shape"),
        ({"row_loss": OwnSquares()}, "it broadcasts targets of shape"),
        ({"mask": True}, "give the targets a last axis of size 1"),
        ({"weight": {"steps": np.ones((40, 5))}}, "give the targets a last axis of size 1"),
    ],
)
def test_what_keras_broadcasts_is_refused(changed, told, tmp_path):
    with pytest.raises(InputError, match=told):
        prepared(tmp_path, **changed)
