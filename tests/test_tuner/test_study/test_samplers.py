"""The same contract for every sampler: one row of `SAMPLERS` buys all of it."""

import pytest
from optuna.samplers import GridSampler, NSGAIIISampler, NSGAIISampler, QMCSampler, RandomSampler, TPESampler
from optuna.storages import InMemoryStorage
from optuna.trial import TrialState, create_trial

from benchmarks._crew import DESIGN, SPACE, Crew, open_study, together, value
from search_spaces import names
from tuner.study import default_sampler


def ours(trials):
    return default_sampler(5, trials, 0, conditional=False)


def tree(trials):
    return TPESampler(seed=5 + trials)


def random(_):
    return RandomSampler(seed=5)


def quasi_random(_):
    return QMCSampler(seed=5, warn_independent_sampling=False, warn_asynchronous_seeding=False)


def grid(_):
    rates, weights = [1e-4, 1e-3, 1e-2, 1e-1], [0.1, 0.5, 1.0, 2.0, 10.0]
    return GridSampler({"learning_rate": rates, "loss/a": ["MeanSquaredError", "MeanAbsoluteError"], "weight/b": weights}, seed=5)


def genetic(trials):
    return NSGAIISampler(seed=5 + trials)


def genetic_by_reference_points(trials):
    return NSGAIIISampler(seed=5 + trials)


SAMPLERS = [ours, tree, random, quasi_random, grid, genetic, genetic_by_reference_points]
"""Each makes a sampler for a study with this number of trials. One that looks at history gets another seed on resuming."""

# several of Optuna's samplers are experimental
pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")


def search(make, n_trials, storage=None):
    """One worker's search; a search on the same storage resumes."""
    storage = storage or InMemoryStorage()
    crew = Crew(storage, n_trials, make(len(open_study(storage).trials)))
    crew.run()
    return crew.study


def candidates(study):
    """The candidates that the sampler chose, in order."""
    chosen = [trial for trial in study.trials if names.BASELINE not in trial.user_attrs]
    return [trial.user_attrs[names.CANDIDATE] for trial in chosen if trial.state == TrialState.COMPLETE]


def all_differ(chosen):
    return len({str(candidate) for candidate in chosen}) == len(chosen)


def add_baselines(storage):
    """Four finished baselines, better than whatever a sampler finds, and outside the space."""
    middle = SPACE.middle()
    for number in range(4):
        outside = middle.with_weights({"a": 1.0, "b": 1000.0 + number})
        outcome = {"state": names.COMPLETE, "history": [[1e6, -1e6]]}
        attributes = {names.BASELINE: f"single:{number}", names.CANDIDATE: outside.to_dict(), names.OUTCOME: outcome}
        open_study(storage).add_trial(create_trial(values=[1e6, -1e6], user_attrs=attributes))


@pytest.mark.parametrize("make", SAMPLERS, ids=lambda make: make.__name__)
class TestEverySampler:
    def test_the_same_seed_gives_the_same_trials(self, make):
        assert candidates(search(make, 16)) == candidates(search(make, 16))

    def test_no_candidate_is_tried_twice(self, make):
        chosen = candidates(search(make, 32))
        assert len(chosen) == 32
        assert all_differ(chosen)

    def test_all_parameters_are_chosen_and_lie_in_the_space(self, make):
        for trial in search(make, 16).trials:
            assert set(trial.params) == {parameter.name for parameter in DESIGN.space.parameters()}
            assert all(trial.distributions[name]._contains(trial.distributions[name].to_internal_repr(chosen))
                       for name, chosen in trial.params.items())  # fmt: skip

    def test_baselines_are_invisible(self, make):
        storage = InMemoryStorage()
        add_baselines(storage)
        alone = InMemoryStorage()
        crews = [Crew(where, 16, make(0)) for where in (storage, alone)]
        for crew in crews:
            crew.run()
        assert candidates(crews[0].study) == candidates(crews[1].study)

    def test_a_resumed_study_draws_new_candidates(self, make):
        storage = InMemoryStorage()
        first = candidates(search(make, 6, storage))
        both = candidates(search(make, 18, storage))
        assert both[:6] == first
        assert len(both) == 18
        assert all_differ(both)

    def test_the_same_call_again_draws_nothing(self, make):
        storage = InMemoryStorage()
        assert candidates(search(make, 12, storage)) == candidates(search(make, 12, storage))

    def test_a_queued_candidate_is_trained_as_it_is(self, make):
        storage = InMemoryStorage()
        open_study(storage).enqueue_trial({"learning_rate": 0.05, "loss/a": "MeanAbsoluteError", "weight/b": 3.0})
        study = search(make, 12, storage)
        assert len(candidates(study)) == 12
        assert study.trials[0].values == pytest.approx(value(DESIGN.stored_candidate(study.trials[0].user_attrs)))
        assert study.trials[0].params["learning_rate"] == 0.05
        assert study.trials[0].params["weight/b"] == 3.0

    def test_workers_together_run_exactly_the_trials_asked_for(self, make):
        storage = InMemoryStorage()
        crews = [Crew(storage, 15, make(0), seconds=0.002) for _ in range(3)]
        together(crews)
        assert len(candidates(crews[0].study)) == 15
