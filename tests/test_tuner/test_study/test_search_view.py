"""What a sampler sees of a study."""

import warnings

import optuna
import pytest

from tuner.study._search_view import SearchView

pytestmark = pytest.mark.usefixtures("instant")


def test_baselines_do_not_narrow_what_a_sampler_searches_jointly(data, make_tuner):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.QMCSampler(seed=0, warn_independent_sampling=False)
    tuner = make_tuner(sampler=sampler)
    tuner.search(**(data | {"epochs": 1}), n_trials=4)
    searched = tuner.study.trials[4:]
    assert all(t.params.keys() == {"learning_rate", "weight/kind"} for t in searched)
    view = optuna.load_study(study_name="study", storage=SearchView(tuner.storage))
    assert [trial.number for trial in view.trials] == [4, 5, 6, 7]
