"""Lists of targets are paired with outputs as `Model.fit` pairs them."""

import keras
import numpy as np
import pytest

from tests.test_tuner.test_engines._trials import OneTrial
from tuner import LossWeightTuner, Objective
from tuner.engines import FitEngine

X = np.random.default_rng(0).normal(size=(48, 4)).astype("float32")
SMALL, LARGE = X[:, :1], 100 + X[:, 1:2]


def build(outputs=dict):
    inputs = keras.Input((4,))
    heads = {name: keras.layers.Dense(1, name=name)(inputs) for name in ("urgent", "kind")}
    model = keras.Model(inputs, heads if outputs is dict else outputs(heads.values()))
    model.compile(keras.optimizers.SGD(0.01), {"urgent": "mse", "kind": "mse"})
    return model


BY_NAME = {"urgent": LARGE, "kind": SMALL}


@pytest.mark.parametrize(
    ("outputs", "y"),
    [(dict, [SMALL, LARGE]), (dict, (SMALL, LARGE)), (list, [SMALL, LARGE]), (tuple, (SMALL, LARGE)), (list, BY_NAME)],
)
def test_lists_are_paired_as_fit_pairs_them(outputs, y, tmp_path):
    objectives = [Objective("urgent", "mae"), Objective("kind", "mae")]
    tuner = LossWeightTuner(lambda: build(outputs), objectives=objectives, directory=tmp_path)
    trials = OneTrial(tuner.current)
    FitEngine(tuner._preparation.search(X, y, None, (X, y), 1, 16, 1, False)).run(trials)
    keras.utils.set_random_seed(3)
    model = build(outputs)
    model.compile(model.optimizer, model.loss, metrics={"urgent": ["mae"], "kind": ["mae"]})
    model.fit(X, y, epochs=1, batch_size=16, shuffle=False, verbose=0)
    measured = model.evaluate(X, y, return_dict=True, verbose=0)
    assert trials.outcomes[0].values == pytest.approx([measured["urgent_mae"], measured["kind_mae"]], rel=1e-5)
