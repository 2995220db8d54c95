"""Several programs, several runs, and too little memory."""

import json
from dataclasses import replace

import keras
import pytest
import tensorflow as tf

import reports
from search_spaces import SearchSpace, names
from tests.test_tuner.test_engines import _zoo as zoo
from tests.test_tuner.test_engines._trials import OneTrial
from tuner.engines import FitEngine, FusedEngine, RunningTrial
from tuner.engines.fused._calibration import Calibration
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


@pytest.fixture
def few_lanes(monkeypatch):
    """Programs that compile in a second, for tests of what stands around them."""
    monkeypatch.setenv("LOSS_WEIGHT_TUNER_PROGRAM", "2 unchecked")


def choices(tuner):
    return [(trial.params, trial.values) for trial in tuner.study.trials]


def test_architectures_and_optimizers_train_each_in_their_program_with_the_results_of_fit(data, make_tuner, few_lanes):
    tuner = make_tuner(searched, space=two_optimizers(lambda: make_tuner(searched)._example))
    shared = tuner._preparation.search(data["x"], data["y"], None, data["validation_data"], 1, 80, 1, False)
    candidates = [
        replace(tuner.current, optimizer=optimizer, hyperparameters={"units": units})
        for optimizer in tuner.space.optimizer
        for units in (2, 4)
    ]
    ours, theirs = OneTrial(*candidates), OneTrial(*candidates)
    tuner.folder.mkdir(parents=True)
    FusedEngine(shared, tuner.space, 4, tuner.folder, 0).run(ours)
    FitEngine(shared).run(theirs)
    assert len(json.loads((tuner.folder / "calibration.json").read_text())) == 4
    by_fit = {number: values for number, _, values in theirs.reported}
    assert {outcome.engine for outcome in ours.outcomes} == {"fused"}
    for number, _, values in ours.reported:
        assert values == pytest.approx(by_fit[number], abs=1e-3)


def test_programs_that_were_not_used_for_longest_are_dropped(data, make_tuner, monkeypatch):
    monkeypatch.setattr("tuner.engines.fused._programs._LIVE_GROUPS", 1)
    tuner = make_tuner(searched)
    training = tuner._preparation.search(*(data[key] for key in ("x", "y")), None, data["validation_data"], 1, 64, 1, True)
    engine = FusedEngine(training, tuner.space, 1, tuner.folder, 0)
    for number, units in enumerate((2, 4, 2)):
        trial = RunningTrial(number, tuner.current.with_hyperparameters({"units": units}), 3)
        assert engine._programs.group_of(trial) is not None
        assert len(engine._programs._groups) == len(engine._programs._models) == 1


def test_the_same_seed_gives_the_same_study_though_trials_are_asked_for_beside_training(build, data, make_tuner, few_lanes):
    studies = []
    for name in ("first", "second"):
        tuner = make_tuner(space=two_optimizers(build), project_name=name)
        tuner.search(**data, n_trials=14)
        studies.append(choices(tuner))
    assert studies[0] == studies[1]


@pytest.fixture
def engine(tmp_path):
    """Makes engines of small trials that share a folder, and two such trials."""
    space = zoo.space(1, "sgd")
    shared = zoo.training(lambda: zoo.build("dense", 1), space, epochs=1)
    return lambda: (FusedEngine(shared, space, 2, tmp_path, verbose=0), OneTrial(*zoo.candidates(space, 2)))


def test_a_resumed_study_starts_with_what_was_measured(engine, monkeypatch):
    compiled, compile_it = [], LaneProgram.compile
    monkeypatch.setattr(LaneProgram, "compile", lambda self, *given: compiled.append(self.option) or compile_it(self, *given))
    for _ in range(2):
        fused, trials = engine()
        fused.run(trials)
        assert len(trials.outcomes) == 2
    assert compiled == [Option(1, False)] * 2
    (group,) = fused._programs._groups.values()
    assert group.calibration.closed


def test_out_of_memory_goes_on_with_fewer_lanes(engine, tmp_path, monkeypatch):
    train, refused = LaneProgram.train, []

    def hungry(self, lanes):
        if self.option.lanes > 1:
            refused.append(self.option)
            raise tf.errors.ResourceExhaustedError(None, None, "no memory for the lanes")
        return train(self, lanes)

    options = (Option(2, True), Option(1, True))
    monkeypatch.setattr(Calibration, "first", lambda self, _: next((one for one in options if one not in self.failed), None))
    monkeypatch.setattr(LaneProgram, "train", hungry)
    fused, trials = engine()
    fused.run(trials)
    assert refused == [Option(2, True)]
    assert [outcome.state for outcome in trials.outcomes] == [names.COMPLETE] * 2
    assert "out of memory: no memory for the lanes" in (tmp_path / "calibration.json").read_text()


def test_the_best_models_are_those_that_were_measured(data, make_tuner, few_lanes):
    tuner = make_tuner()
    tuner.search(**data, n_trials=1)
    best = tuner.ranking().iloc[0]
    (model,) = tuner.get_best_models()
    x_val, y_val = data["validation_data"]
    measured = keras.metrics.AUC(from_logits=True)
    measured.update_state(y_val["urgent"], model.predict(x_val, verbose=0)["urgent"])
    assert float(measured.result()) == pytest.approx(best["urgent/auc"], abs=1e-6)


def test_what_the_check_against_fit_said_stands_in_the_study_in_best_json_and_on_the_page(data, make_tuner):
    tuner = make_tuner()
    tuner.search(**data, n_trials=1)
    (said,) = reports.agreement(tuner.study)
    assert said.startswith("Trained as compile + fit: largest difference ")
    assert said.endswith(" after 4 steps, on this model.")
    assert tuner.best_config().study["agreement"] == [said]
    assert said in (tuner.report() / "report.html").read_text(encoding="utf-8").replace("&#43;", "+")
