"""Whole searches by the fused engine."""

import json
import threading

import keras
import numpy as np
import pytest
import tensorflow as tf

from search_spaces import SearchSpace, names
from tuner import StudyStopped
from tuner.engines import FusedEngine, RunningTrial
from tuner.engines.fused._ask_ahead import AskAhead
from tuner.engines.fused._lane_program import LaneProgram
from tuner.engines.fused._option import Option


def searched(hp):
    inputs = keras.Input((6,), name="x")
    hidden = keras.layers.Dense(hp.Choice("units", [2, 4]), activation="relu")(inputs)
    model = keras.Model(
        inputs, {"urgent": keras.layers.Dense(1, name="urgent")(hidden), "kind": keras.layers.Dense(3, name="kind")(hidden)}
    )
    logits = {"from_logits": True}
    losses = {
        "urgent": keras.losses.BinaryCrossentropy(**logits),
        "kind": keras.losses.CategoricalCrossentropy(**logits),
    }
    model.compile("adam", loss=losses, loss_weights={"urgent": 1.0, "kind": 0.5})
    return model


def two_optimizers(build):
    return SearchSpace.from_dict(SearchSpace.around(build()).to_dict() | {"optimizer": ["rmsprop", "adam"]})


def engines(tuner):
    return {trial.user_attrs[names.OUTCOME]["engine"] for trial in tuner.study.trials}


def told(tuner):
    return [(trial.params, trial.values) for trial in tuner.study.trials]


def test_architectures_and_optimizers_train_each_in_their_program_with_the_results_of_fit(data, make_tuner):
    space = SearchSpace.from_dict(
        SearchSpace.around(make_tuner(searched)._example).to_dict() | {"optimizer": ["rmsprop", "adam"]}
    )
    tuner = make_tuner(searched, space=space)
    tuner.search(**data, n_trials=8, shuffle=False)
    assert engines(tuner) == {"fused"}
    kept = json.loads((tuner.folder / "calibration.json").read_text())
    tried = {(t.user_attrs[names.CANDIDATE]["optimizer"]["class_name"], t.params.get("hp/units", 2)) for t in tuner.study.trials}
    assert len(kept) == len(tried) > 2

    by_fit = make_tuner(searched, space=space, engine="fit", project_name="fit")
    by_fit.search(**data, n_trials=1, shuffle=False)
    for ours, theirs in zip(tuner.study.trials[:5], by_fit.study.trials[:5], strict=True):
        assert ours.params == theirs.params
        assert ours.values == pytest.approx(theirs.values, abs=1e-3)


def test_programs_that_were_not_used_for_longest_are_dropped(data, make_tuner, monkeypatch):
    monkeypatch.setattr("tuner.engines.fused._programs._LIVE_GROUPS", 1)
    tuner = make_tuner(searched)
    training = tuner._preparation.search(*(data[key] for key in ("x", "y")), None, data["validation_data"], 1, 64, 1, True)
    engine = FusedEngine(training, tuner.space, 1, tuner.folder, 0)
    for number, units in enumerate((2, 4, 2)):
        trial = RunningTrial(number, tuner.current.with_hyperparameters({"units": units}), 3)
        assert engine._programs.group_of(trial) is not None
        assert len(engine._programs._groups) == len(engine._programs._models) == 1


def test_the_same_seed_gives_the_same_study_though_trials_are_asked_for_beside_training(build, data, make_tuner):
    studies = []
    for name in ("first", "second"):
        tuner = make_tuner(space=two_optimizers(build), project_name=name)
        tuner.search(**data, n_trials=14)
        studies.append(told(tuner))
    assert studies[0] == studies[1]


def test_a_resumed_study_starts_with_what_was_measured(data, make_tuner, monkeypatch):
    make_tuner().search(**data, n_trials=4)
    compiled = []
    compile_it = LaneProgram.compile
    monkeypatch.setattr(LaneProgram, "compile", lambda self, lane: compiled.append(self.option) or compile_it(self, lane))
    again = make_tuner()
    again.search(**data, n_trials=12)
    assert compiled == [Option(8, True)]
    assert len(again.study.trials) == 16


def test_out_of_memory_goes_on_with_fewer_lanes(data, make_tuner, monkeypatch):
    train, refused = LaneProgram.train, []

    def hungry(self, lanes):
        if self.option.lanes > 1:
            refused.append(self.option)
            raise tf.errors.ResourceExhaustedError(None, None, "no memory for the lanes")
        return train(self, lanes)

    monkeypatch.setattr(LaneProgram, "train", hungry)
    tuner = make_tuner()
    tuner.search(**data, n_trials=2)
    assert refused == [Option(4, True), Option(2, True)]
    assert {trial.state.name for trial in tuner.study.trials} == {"COMPLETE"}
    assert "out of memory: no memory for the lanes" in (tuner.folder / "calibration.json").read_text()


def test_the_best_models_are_those_that_were_measured(data, make_tuner):
    tuner = make_tuner()
    tuner.search(**data, n_trials=3)
    best = tuner.ranking().iloc[0]
    (model,) = tuner.get_best_models()
    x_val, y_val = data["validation_data"]
    measured = keras.metrics.AUC(from_logits=True)
    measured.update_state(y_val["urgent"], model.predict(x_val, verbose=0)["urgent"])
    assert float(measured.result()) == pytest.approx(best["urgent/auc"], abs=1e-6)


class Numbers:
    """Gives whole numbers for trials, and says in which thread it was asked."""

    def __init__(self, count):
        self.left, self.threads = list(range(count)), set()

    def next(self):
        self.threads.add(threading.current_thread().name)
        if self.left and self.left[0] == 7:
            raise StudyStopped("enough")
        return self.left.pop(0) if self.left else None


def test_trials_are_asked_for_beside_training_and_come_in_order():
    trials = Numbers(5)
    ahead = AskAhead(trials)
    with ahead.asking(3):
        pass
    assert "MainThread" not in trials.threads
    assert trials.left == [3, 4]
    assert [ahead.next() for _ in range(6)] == [0, 1, 2, 3, 4, None]
    with ahead.asking(2):
        pass
    assert ahead.next() is None


def test_what_stops_the_asking_stops_the_study():
    ahead = AskAhead(Numbers(9))
    with pytest.raises(StudyStopped, match="enough"), ahead.asking(8):
        pass


def test_a_lane_takes_its_order_of_rows_from_its_seed_and_epoch():
    from tuner.engines.fused._lanes import row_order

    assert sorted(row_order(3, 0, 50, True)) == list(range(50))
    assert np.array_equal(row_order(3, 1, 50, True), row_order(3, 1, 50, True))
    assert not np.array_equal(row_order(3, 0, 50, True), row_order(3, 1, 50, True))
    assert not np.array_equal(row_order(3, 0, 50, True), row_order(4, 0, 50, True))
    assert np.array_equal(row_order(3, 5, 50, False), np.arange(50))
