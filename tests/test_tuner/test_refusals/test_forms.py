"""Forms of arguments whose meaning is plain are taken, and mean the same as the long form."""

import keras
import numpy as np
import optuna
import pytest

from search_spaces import OutputSpace, SearchSpace
from tests.test_tuner.test_refusals._calls import BINARY, CATEGORICAL, named
from tuner import Objective

AUC, ACCURACY = Objective("urgent", "auc"), Objective("kind", "accuracy")


@pytest.mark.parametrize(
    ("short", "long"),
    [
        (["urgent/auc", "kind/accuracy"], [AUC, ACCURACY]),
        ("urgent/auc", [AUC]),
        (("urgent", "auc"), [AUC]),
        ([("urgent", "auc", "max"), ACCURACY], [Objective("urgent", "auc", "max"), ACCURACY]),
        (AUC, [AUC]),
        ((one for one in (AUC, ACCURACY)), [AUC, ACCURACY]),
        ({"urgent": "auc", "kind": ["accuracy", "f1"]}, [AUC, ACCURACY, Objective("kind", "f1")]),
        ({"urgent": Objective("urgent", "auc", name="mine")}, [Objective("urgent", "auc", name="mine")]),
    ],
)
def test_objectives(short, long, make_tuner):
    taken = [measure.objective for measure in make_tuner(objectives=short).measures]
    assert taken == [measure.objective for measure in make_tuner(objectives=long).measures]


def test_one_output_needs_no_name(make_tuner):
    (measure,) = make_tuner(named("size"), objectives="mae").measures
    assert measure.objective.name == "size/mae"


def test_an_output_may_have_a_slash_in_its_name(make_tuner):
    (measure,) = make_tuner(named("a", "a/b"), objectives=["a/b/mae"], space={"a": "mse", "a/b": "mse"}).measures
    assert (measure.output, measure.objective.metric) == ("a/b", "mae")


@pytest.mark.parametrize(
    "space",
    [
        {"urgent": BINARY, "kind": [CATEGORICAL]},
        {"outputs": {"urgent": OutputSpace(BINARY), "kind": CATEGORICAL}},
        SearchSpace({"urgent": BINARY, "kind": CATEGORICAL}).to_dict(),
    ],
)
def test_a_space_as_a_dictionary(space, make_tuner):
    assert make_tuner(space=space).space == SearchSpace({"urgent": BINARY, "kind": CATEGORICAL})


def test_numbers_of_numpy_and_what_fit_takes(instant, data, make_tuner):
    tuner = make_tuner(seed=np.int64(3), pruner=optuna.pruners.NopPruner(), overwrite=np.bool_(False))
    numbers = {"epochs": np.int64(2), "batch_size": np.int32(64), "n_trials": np.int8(1), "timeout": np.float32(600)}
    tuner.search(**(data | numbers | {"verbose": "auto", "shuffle": np.bool_(True)}))
    tuner.search(**(data | {"n_trials": 1}))
    tuner.confirm(top=np.int64(1), seeds=np.int64(2), verbose="auto")
    tuner.compare_policies("equal", trials=np.int64(1), verbose=2)
    assert len(tuner.ranking()) == 1 + 4 + 1
    best = tuner.best_config(prefer={"urgent": np.float32(2)}, require={"kind/accuracy": np.int64(0)})
    assert best.study["prefer"] == {"urgent": 2.0}


@pytest.mark.parametrize("engine", ["fused", pytest.param("fit", marks=pytest.mark.thorough)])
def test_an_output_called_loss_is_measured_as_any_other(engine, data, make_tuner):
    x, urgent = data["x"], data["y"]["urgent"]
    y, build = {"loss": urgent, "val_loss": 1 - urgent}, named("loss", "val_loss")
    tuner = make_tuner(build, engine=engine, objectives={"loss": "mae", "val_loss": "mae"})
    settings = {"epochs": 1, "batch_size": 60, "shuffle": False, "verbose": 0}
    tuner.search(x, y, validation_data=(x, y), n_trials=1, **settings)

    keras.utils.set_random_seed(tuner.seed)
    model = build()
    model.fit(x, y, **settings)
    errors = [np.abs(prediction - y[name]).mean() for name, prediction in model.predict(x, verbose=0).items()]
    assert tuner.study.trials[0].values == pytest.approx(errors, rel=1e-5)
