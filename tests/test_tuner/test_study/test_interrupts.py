"""Ctrl-C and kills: what is finished stays, what was running runs again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from optuna.trial import TrialState

from tests.conftest import small_search
from tuner._progress import LiveProgress
from tuner.study._starting import start_trial

pytestmark = pytest.mark.usefixtures("instant")


def test_ctrl_c_keeps_what_is_finished_and_hands_back_the_rest(data, make_tuner, interrupted, end_states):
    with interrupted(3):
        make_tuner().search(**data, n_trials=1)
    tuner = make_tuner()
    assert end_states(tuner)[:3] == ["complete", "complete", "interrupted"]
    tuner.search(**data, n_trials=1)
    ranking = tuner.ranking()
    assert sorted(ranking["baseline"]) == ["", "current", "equal", "single:kind", "single:urgent"]
    assert (ranking["state"] == "complete").all()


def test_ctrl_c_just_after_a_trial_is_stored_keeps_it(data, make_tuner, monkeypatch, end_states):
    class Interrupts(LiveProgress):
        def trial_finished(self, study):
            raise KeyboardInterrupt

    monkeypatch.setattr("tuner.study._runner.LiveProgress", Interrupts)
    tuner = make_tuner()
    with pytest.raises(KeyboardInterrupt):
        tuner.search(**(data | {"verbose": 1}), n_trials=1)
    assert end_states(tuner) == ["complete", None, None, None]


def test_ctrl_c_between_asking_and_training_hands_back_what_was_asked(data, make_tuner, monkeypatch, end_states):
    def interrupted(trial, design):
        if trial.number == 5:
            raise KeyboardInterrupt
        return start_trial(trial, design)

    tuner = make_tuner()
    monkeypatch.setattr("tuner.study._study.start_trial", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tuner.search(**data, n_trials=4)
    assert not tuner.study.get_trials(states=(TrialState.RUNNING,))
    monkeypatch.undo()
    tuner.search(**data, n_trials=4)
    assert end_states(tuner).count("complete") == 8


KILLED = """
import sys, time
sys.path.insert(0, {root!r})
import tuner.study._runner
from tests.conftest import make_model, small_search
from tests.test_tuner._instant import Instant
from tuner import LossWeightTuner

class Slow(Instant):
    def outcome(self, trial, trials):
        time.sleep(0.3)
        return super().outcome(trial, trials)

tuner.study._runner.choose_engine = lambda name, training, *rest: Slow(training)
LossWeightTuner(make_model, directory={folder!r}, project_name="study", seed=3).search(**small_search(), n_trials=40)
"""


def test_a_killed_study_loses_no_finished_trial(make_tuner, tmp_path, capfd):
    code = KILLED.format(root=str(Path(__file__).parents[3]), folder=str(tmp_path))
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    journal = tmp_path / "study" / "journal.log"
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and not (journal.exists() and journal.read_text().count('"complete"') >= 2):
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = journal.read_text().count('"complete"')
    assert 2 <= before < 44
    with journal.open("a") as file:
        file.write('{"op_code": 8, "torn')  # what a kill in mid-write leaves
    tuner = make_tuner()
    tuner.search(**small_search(), n_trials=40)
    assert "half-written line" in capfd.readouterr().err
    complete = [trial for trial in tuner.study.trials if trial.state == TrialState.COMPLETE]
    assert len(complete) == 44
    assert len({trial.user_attrs.get("baseline", trial.number) for trial in complete}) == 44
    interrupted = [trial for trial in tuner.study.trials if trial.state == TrialState.FAIL]
    assert len(interrupted) <= 1, "the one that ran when the kill came, unless it came between two"
