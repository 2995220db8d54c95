"""Whatever raises while a program is made, traced, checked or run leaves its trials to compile and fit, in one sentence."""

from dataclasses import replace

import pytest

from search_spaces import names
from tests.test_tuner.test_engines._trials import OneTrial
from tests.test_tuner.test_engines._zoo import build, candidates, space, training
from tuner.engines import FitEngine, Outcome, choose_engine

FUSED = "tuner.engines.fused"
STAGES = [
    f"{FUSED}._supported.call_effects",
    f"{FUSED}._programs.training_tensors",
    f"{FUSED}._programs.ProgramKey.of",
    f"{FUSED}._programs.candidate_refusal",
    f"{FUSED}._programs.starting_calibration",
    f"{FUSED}._programs.LaneGroup",
    f"{FUSED}._lane_group.new_lane",
    f"{FUSED}._program_choice.LaneProgram",
    f"{FUSED}._program_choice.LaneProgram.compile",
    f"{FUSED}._agreement.first_steps",
    f"{FUSED}._agreement.new_lane",
    f"{FUSED}._program_choice.LaneProgram.train",
    f"{FUSED}._lane_group.LaneGroup.train",
    f"{FUSED}._lane_group.LaneGroup.test",
]


@pytest.fixture(scope="module")
def prepared():
    searched = space(1, "sgd")
    shared = training(lambda: build("dense", 1), searched, epochs=1)
    return replace(shared, test=shared.validation), searched


@pytest.mark.parametrize("stage", STAGES)
def test_an_error_leaves_the_trials_to_fit(stage, prepared, monkeypatch, capfd):
    def planted(*_, **__):
        raise RuntimeError("planted")

    def by_fit(self, trial, trials):
        return Outcome(names.COMPLETE, [[0.5]], engine="fit", test_values=[0.5])

    monkeypatch.setenv("LOSS_WEIGHT_TUNER_PROGRAM", "1")
    monkeypatch.setattr(FitEngine, "train", by_fit)
    monkeypatch.setattr(stage, planted)
    shared, searched = prepared
    trials = OneTrial(*candidates(searched, 3))
    choose_engine("auto", shared, searched, 2).run(trials)
    assert [(outcome.state, outcome.engine) for outcome in trials.outcomes] == [(names.COMPLETE, "fit")] * 3
    said = [line for line in capfd.readouterr().err.splitlines() if "RuntimeError: planted" in line]
    assert len(said) == 1
    assert said[0].startswith(("Left to compile and fit, one trial after the other: ", "Engine: fit, "))


def test_an_error_of_the_study_is_no_error_of_a_program(prepared, monkeypatch):
    class Stopped(RuntimeError):
        pass

    class Study(OneTrial):
        def report(self, trial, epoch, values):
            raise Stopped

    monkeypatch.setenv("LOSS_WEIGHT_TUNER_PROGRAM", "1")
    shared, searched = prepared
    with pytest.raises(Stopped):
        choose_engine("auto", shared, searched, 1).run(Study(*candidates(searched, 1)))
