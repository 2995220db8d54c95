"""Hopeless trials are stopped; baselines and replicates never are."""

import optuna
import pytest

import reports
from search_spaces import InputError, names
from tuner import DominancePruner


def test_the_dominance_pruner_compares_at_the_same_epoch():
    study = optuna.create_study(directions=["maximize", "minimize"])
    for better in (0.5, 0.6, 0.7):
        outcome = {"state": "complete", "history": [[better, 1 - better], [0.0, 1.0]]}
        study.add_trial(optuna.trial.create_trial(values=[better, 0.0], user_attrs={names.OUTCOME: outcome}))
    pruner = DominancePruner(share=0.5, min_trials=3)
    assert pruner(study, 9, 1, [0.4, 0.6])
    assert not pruner(study, 9, 1, [0.65, 0.4])
    assert not pruner(study, 9, 2, [0.4, 0.6])
    with pytest.raises(InputError, match="0 < share < 1"):
        DominancePruner(share=2.0)


def test_a_pruner_stops_dominated_trials_but_no_baseline(data, make_tuner, end_states, instant):
    tuner = make_tuner(pruner=lambda study, number, epoch, values: True)
    tuner.search(**data, n_trials=2)
    assert end_states(tuner) == ["complete"] * 4 + ["pruned"] * 2
    assert tuner.ranking()["state"].tolist()[-1] == "pruned"


def test_replicates_are_never_pruned(make_tuner, data, instant):
    tuner = make_tuner()
    tuner.search(**data, n_trials=1)
    tuner.pruner = lambda *_: True
    tuner.confirm(top=1, seeds=2, verbose=0)
    assert set(reports.replicates(tuner.study)[names.STATE]) == {names.COMPLETE}
