"""Several workers on one study: nothing lost, nothing counted twice, the same results as one alone."""

import os
import threading
import warnings

import optuna
import pytest
from optuna.samplers import GridSampler, QMCSampler, RandomSampler
from optuna.trial import TrialState

from benchmarks._crew import SPACE, Crew, journal, open_study, results, together, value
from search_spaces import names
from tuner import StudyStopped
from tuner.engines import Outcome
from tuner.study import Worker
from tuner.study._outcomes import hand_over, note_outcome


def random():
    return RandomSampler(seed=5)


def quasi_random():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return QMCSampler(seed=5, warn_independent_sampling=False, warn_asynchronous_seeding=False)


def grid():
    return GridSampler(
        {"learning_rate": [1e-3, 1e-2], "loss/a": ["MeanSquaredError", "MeanAbsoluteError"], "weight/b": [0.5, 1.0, 2.0]}, seed=5
    )


def expected(sampler, count, folder):
    crew = Crew(journal(folder), count, sampler)
    crew.run()
    return results(crew.study)


@pytest.mark.parametrize("sampler", [random, quasi_random])
def test_eight_workers_find_what_one_finds(sampler, tmp_path):
    (tmp_path / "one").mkdir()
    crews = [Crew(journal(tmp_path), 45, sampler(), seconds=0.01) for _ in range(8)]
    together(crews)
    found = results(crews[0].study)
    assert len(found) == 45
    assert found == expected(sampler(), 45, tmp_path / "one")
    leases = {trial.user_attrs[names.WORKER]["lease"] for trial in crews[0].study.trials}
    assert len(leases) > 1  # not always all: one that starts slowly may find none left


def test_workers_that_draw_from_history_respect_the_number_of_trials(tmp_path):
    sampler = [optuna.samplers.NSGAIISampler(seed=n) for n in range(6)]
    crews = [Crew(journal(tmp_path), 31, sampler[n], seconds=0.005) for n in range(6)]
    together(crews)
    assert len(results(crews[0].study)) == 31
    rest = [t for t in crews[0].study.trials if t.state != TrialState.COMPLETE]
    assert {t.user_attrs[names.OUTCOME]["reason"] for t in rest} <= {"other workers started the last trials"}


@pytest.mark.parametrize("dead", [1, 3])
def test_what_dead_workers_left_is_run_again(dead, tmp_path):
    (tmp_path / "one").mkdir()
    for _ in range(dead):
        lost = threading.Thread(target=Crew(journal(tmp_path), 20, random()).run, args=(2,))
        lost.start()
        lost.join()
    crews = [Crew(journal(tmp_path), 20, random(), seconds=0.01, expiry=0.5) for _ in range(2)]
    assert sum(t.state == TrialState.RUNNING for t in crews[0].study.trials) == dead
    together(crews)
    assert results(crews[0].study) == expected(random(), 20, tmp_path / "one")
    states = [t.user_attrs[names.OUTCOME]["state"] for t in crews[0].study.trials]
    assert states.count(names.INTERRUPTED) >= dead


def test_a_slow_worker_is_not_taken_for_a_dead_one(tmp_path):
    crews = [Crew(journal(tmp_path), 4, random(), seconds=0.9, expiry=0.4, renew=0.1) for _ in range(2)]
    together(crews)
    assert [t.user_attrs[names.OUTCOME]["state"] for t in crews[0].study.trials] == [names.COMPLETE] * 4


def test_a_worker_that_comes_back_too_late_is_told_and_its_result_dropped(tmp_path, capfd):
    crew = Crew(journal(tmp_path), 3, random())
    with crew.worker:
        trial = crew.trials.next()
        hand_over(crew.study, journal(tmp_path), crew.study.trials[0], "the process that ran it ended")
        crew.trials.finish(trial, Outcome(names.COMPLETE, [value(trial.candidate)]))
    assert "Trial 0 was taken over by another worker" in capfd.readouterr().err
    crew = Crew(journal(tmp_path), 3, random())
    crew.run()
    assert len(results(crew.study)) == 3


def test_an_outcome_that_was_stored_is_not_trained_again(tmp_path):
    storage = journal(tmp_path)
    crew = Crew(storage, 3, random())
    with crew.worker:
        trial = crew.trials.next()
        note_outcome(crew.study, storage, trial.number, Outcome(names.COMPLETE, [[0.25, 4.0]]).to_dict())
    Crew(journal(tmp_path), 3, random()).run()
    assert crew.study.trials[0].values == [0.25, 4.0]
    assert len(results(crew.study)) == 3


@pytest.mark.parametrize("others", [1, 2, 5])
def test_a_trial_that_several_hand_over_is_queued_once(others, tmp_path):
    crew = Crew(journal(tmp_path), 1, random())
    with crew.worker:
        crew.trials.next()
    stale = crew.study.trials[0]
    for _ in range(others):  # as if all had looked before any had written
        attributes = {names.CANDIDATE: stale.user_attrs[names.CANDIDATE], names.KEY: "again:0"}
        crew.study.enqueue_trial(stale.params, user_attrs=attributes)
    together([Crew(journal(tmp_path), 1, random()) for _ in range(3)])
    assert len(results(crew.study)) == 1
    reasons = [t.user_attrs[names.OUTCOME]["reason"] for t in crew.study.trials]
    assert reasons.count("another worker queued the same trial") == others - 1


def test_a_repetition_is_left_out_where_the_first_finished_after_all(tmp_path):
    crew = Crew(journal(tmp_path), 1, random())
    with crew.worker:
        trial = crew.trials.next()
        crew.study.enqueue_trial({}, user_attrs={names.CANDIDATE: trial.candidate.to_dict(), names.KEY: "again:0"})
        crew.trials.finish(trial, Outcome(names.COMPLETE, [value(trial.candidate)]))
    crew = Crew(journal(tmp_path), 1, random())
    crew.run()
    assert len(results(crew.study)) == 1
    assert crew.study.trials[1].user_attrs[names.OUTCOME]["reason"] == "the trial that this one was to repeat did finish"


def test_a_worker_that_died_before_it_drew_loses_no_candidate(tmp_path):
    (tmp_path / "one").mkdir()
    crew = Crew(journal(tmp_path), 6, random())
    with crew.worker:
        crew.trials._asked.ask()
    assert names.CANDIDATE not in crew.study.trials[0].user_attrs
    crew = Crew(journal(tmp_path), 6, random())
    crew.run()
    assert results(crew.study) == expected(random(), 6, tmp_path / "one")


def test_a_candidate_that_a_person_queued_is_one_of_the_trials(tmp_path):
    crew = Crew(journal(tmp_path), 5, random())
    crew.study.enqueue_trial({"learning_rate": 0.05})
    crew.run()
    assert len(results(crew.study)) == 5
    assert crew.study.trials[0].params["learning_rate"] == 0.05


def test_what_a_person_queues_after_the_last_trial_is_trained(tmp_path):
    Crew(journal(tmp_path), 3, random()).run()
    crew = Crew(journal(tmp_path), 3, random())
    crew.study.enqueue_trial({"learning_rate": 0.05})
    crew.run()
    assert len(results(crew.study)) == 4
    assert crew.study.trials[-1].params["learning_rate"] == 0.05


def test_leases(tmp_path):
    storage, now = journal(tmp_path), [0.0]
    study = open_study(storage)
    mine = Worker(study, storage, renew=20, expiry=60)
    theirs = {"host": "another machine", "pid": 1, "started": "1", "lease": "loss_weight_tuner_lease/x"}
    study.set_user_attr(theirs["lease"], theirs | {"renewed": 4})
    with pytest.MonkeyPatch.context() as patch, mine:
        patch.setattr("tuner.study._leases.time.monotonic", lambda: now[0])
        assert mine.others() == 1
        now[0] = 59.0
        assert mine.others() == 1
        study.set_user_attr(theirs["lease"], theirs | {"renewed": 5})
        now[0] = 61.0
        assert mine.others() == 1, "it was renewed"
        now[0] = 122.0
        assert mine.others() == 0, "for as long as a lease holds it was not"
    study.set_user_attr(theirs["lease"], theirs | {"renewed": 0})
    assert Worker(study, storage).others() == 0, "an ended lease needs no waiting"
    here = mine.identity | {"pid": os.getpid(), "lease": "loss_weight_tuner_lease/y"}
    study.set_user_attr(here["lease"], here | {"renewed": 1})
    assert Worker(study, storage).others() == 1
    study.set_user_attr(here["lease"], here | {"started": "long ago", "renewed": 1})
    assert Worker(study, storage).others() == 0, "a process of this machine is looked up"


def test_a_grid_ends_with_its_last_point(tmp_path):
    crew = Crew(journal(tmp_path), 50, grid())
    crew.run()
    assert 12 <= len(results(crew.study)) <= 13
    assert len({trial.params["learning_rate"] for trial in crew.study.trials}) == 2


def test_more_trials_later_go_on_with_the_same_sequence(tmp_path):
    (tmp_path / "one").mkdir()
    Crew(journal(tmp_path), 7, random()).run()
    crew = Crew(journal(tmp_path), 40, random())
    crew.run()
    assert results(crew.study) == expected(random(), 40, tmp_path / "one")
    assert {parameter.name for parameter in SPACE.parameters()} == set(crew.study.trials[0].params)


def test_a_trial_that_was_one_too_many_does_not_hide_failures(tmp_path):
    crew = Crew(journal(tmp_path), 3, random())
    with crew.worker:
        for _ in range(3):
            crew.trials.finish(crew.trials.next(), Outcome(names.FAILED, reason="no such file"))
            crew.study.enqueue_trial({}, user_attrs={names.KEY: "again:0"})  # the first of them runs, the others are too many
        with pytest.raises(StudyStopped, match="3 trials in a row failed"):
            crew.trials.next()
