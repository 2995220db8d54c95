"""KerasTuner's `hp`, answered by Optuna."""

import copy

import keras_tuner
import optuna

from search_spaces.hyperparameters import TrialHyperParameters


def model(hp):
    kind = hp.Choice("kind", ["flat", "deep"])
    sizes = [hp.Int(f"units_{i}", 8, 64, step=8) for i in range(hp.Int("layers", 1, 3))]
    with hp.conditional_scope("kind", ["deep"]):
        depth = hp.Int("depth", 2, 4)
    rate = hp.Float("rate", 1e-4, 1e-1, sampling="log")
    power = hp.Int("power", 1, 64, step=2, sampling="log")
    return kind, sizes, depth, rate, power, hp.Boolean("flag"), hp.Fixed("fixed", 7)


def ask():
    return optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=5)).ask()


def test_values_come_from_the_trial_under_readable_names():
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=5))
    seen = set()
    for _ in range(40):
        trial = study.ask()
        hp = TrialHyperParameters(trial)
        kind, sizes, depth, rate, power, flag, fixed = model(hp)
        assert trial.params["hp/kind"] == kind
        assert [trial.params[f"hp/units_{i}"] for i in range(len(sizes))] == sizes
        assert all(size % 8 == 0 for size in sizes)
        assert 1e-4 <= rate <= 1e-1
        assert power in (1, 2, 4, 8, 16, 32, 64)
        assert isinstance(flag, bool)
        assert fixed == 7
        assert "hp/fixed" not in trial.params
        assert (depth is None) == (kind == "flat") == ("hp/depth" not in trial.params)
        seen.add((kind, len(sizes)))
    assert len(seen) == 6


def test_the_same_trial_answers_the_same_twice():
    hp = TrialHyperParameters(ask())
    assert model(hp) == model(hp)


def test_without_a_trial_everything_has_its_default():
    assert model(TrialHyperParameters()) == model(keras_tuner.HyperParameters())


def test_known_values_are_replayed():
    hp = TrialHyperParameters(ask())
    first = model(hp)
    assert model(TrialHyperParameters(answers=hp.values)) == first
    assert model(copy.deepcopy(hp)) == first
