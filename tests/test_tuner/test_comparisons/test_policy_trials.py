"""Weighting policies as baselines of a study: trained at equal terms, compared, and never exported."""

from itertools import islice

import keras
import numpy as np
import pytest
from typer.testing import CliRunner

import reports
from search_spaces import InputError, SearchSpace, names
from tuner.cli import app
from tuner.comparisons._learning_rates import learning_rates
from tuner.policies import POLICIES


def policy_trials(tuner):
    return [trial for trial in tuner.study.trials if names.is_policy(trial.user_attrs.get(names.BASELINE, ""))]


@pytest.fixture
def searched(data, make_tuner):
    wide = make_tuner().space.to_dict() | {"learning_rate": [1e-4, 1e-1]}  # its middle is not the rate of the pick

    def make(**changed):
        tuner = make_tuner(space=SearchSpace.from_dict(wide), **changed)
        tuner.search(**(data | {"n_trials": 3}))
        return tuner

    return make


def test_policies_are_ranked_and_confirmed(instant, searched):
    tuner = searched()
    before = tuner.ranking()
    tuner.compare_policies(["dwa", "mgda"], trials=2, verbose=0)
    assert [trial.user_attrs[names.BASELINE] for trial in policy_trials(tuner)] == ["policy:dwa"] * 2 + ["policy:mgda"] * 2
    ranking, table = tuner.ranking(), reports.policies(tuner.study)
    of_policies = ranking[ranking["baseline"].str.startswith("policy:")]
    assert of_policies["rank"].isna().all()
    assert of_policies[["weight/urgent", "share/kind"]].isna().all().all()
    assert of_policies[["urgent/auc", "kind/accuracy", "delta_m"]].notna().all().all()
    assert (of_policies["delta_m"].to_numpy() == np.sort(of_policies["delta_m"])[::-1]).all()
    assert sorted(table["policy"]) == ["dwa", "mgda"]
    assert (table["trials"] == 2).all()
    assert set(table.columns) == set(reports.describe_columns(table))
    ranked = ranking[ranking["rank"].notna()]
    same = ["trial", "delta_m", "hypervolume_contribution", "front"]
    assert ranked[same].equals(before[before["rank"].notna()][same])

    tuner.confirm(top=1, seeds=4, verbose=0)
    replicated = reports.replicates(tuner.study)
    assert set(replicated[replicated["baseline"].str.startswith("policy:")]["replicate_of"]) == set(table["trial"])
    assert not reports.finalists(tuner.study)["baseline"].str.startswith("policy:").any()
    assert "Of 2 adaptive policies the best is" in str(tuner.verdict())
    assert {"policy:dwa", "policy:mgda"} <= set(tuner.best_config().objectives[0]["baselines"])
    assert (tuner.report() / "policies.csv").read_text().startswith("policy,trials,trial,learning_rate,")


def test_nothing_is_trained_twice_and_more_rates_continue(instant, searched):
    tuner = searched()
    tuner.compare_policies(["equal"], trials=2, verbose=0)
    tuner.compare_policies(["equal"], trials=2, verbose=0)
    assert len(policy_trials(tuner)) == 2
    tuner.compare_policies(["equal"], trials=3, verbose=0)
    rates = [trial.user_attrs[names.CANDIDATE]["learning_rate"] for trial in policy_trials(tuner)]
    assert len(set(rates)) == 3


def test_a_policy_cannot_be_exported(instant, searched):
    tuner = searched()
    tuner.compare_policies(["rlw"], trials=1, verbose=0)
    number = policy_trials(tuner)[0].number
    with pytest.raises(InputError, match="policy:rlw, whose weights change at every step"):
        tuner.best_config(number)
    assert not names.is_policy(tuner.ranking().iloc[0]["baseline"])


def test_the_fit_engine_trains_policies_too(instant, searched, monkeypatch):
    tuner = searched(engine="fit")
    monkeypatch.undo()
    tuner.compare_policies(["equal"], trials=1, verbose=0)
    assert [trial.user_attrs[names.OUTCOME]["engine"] for trial in policy_trials(tuner)] == ["fit"]


def test_rates_begin_with_the_pick_and_fill_the_range_evenly():
    rates = list(islice(learning_rates(0.5, (1e-4, 1e-2)), 8))
    assert rates[0] == 0.5
    np.testing.assert_allclose(np.sort(np.log10(rates[1:])), -4 + np.arange(1, 8) / 4)
    assert list(islice(learning_rates(0.5, 0.5), 3)) == [0.5]


def test_all_mistakes_at_once(make_tuner, data):
    with pytest.raises(InputError) as error:
        make_tuner().compare_policies(trials=0)
    assert "call search first" in str(error.value)
    assert "trials must be a whole number from 1 up, got 0" in str(error.value)


def test_unknown_policies_are_named(instant, searched):
    with pytest.raises(InputError, match=r"unknown policy 'dwaa'; did you mean 'dwa'"):
        searched().compare_policies(["dwaa"])


def negative():
    inputs = keras.Input((6,), name="x")
    urgent = keras.layers.Dense(1, activation="softplus", name="urgent")(inputs)
    outputs = {"urgent": urgent, "kind": keras.layers.Dense(3, name="kind")(inputs)}
    model = keras.Model(inputs, outputs)
    model.compile("sgd", {"urgent": "poisson", "kind": keras.losses.CategoricalCrossentropy(from_logits=True)})
    return model


def test_logarithms_refuse_losses_that_can_be_negative(instant, make_tuner, data, capsys):
    tuner = make_tuner(negative, project_name="negative")
    tuner.search(**(data | {"n_trials": 1, "epochs": 1}))
    with pytest.raises(InputError, match="Poisson of output 'urgent' may be negative"):
        tuner.compare_policies(["famo", "dwa", "equal"])
    tuner.compare_policies(trials=1)
    trained = {trial.user_attrs[names.BASELINE] for trial in policy_trials(tuner)}
    assert trained == {names.policy(name) for name, policy in POLICIES.items() if not policy.needs_positive_losses}
    assert "Left out: famo" in capsys.readouterr().err


def test_the_study_file_asks_for_policies(instant, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, ["init", "study.toml"]).exit_code == 0
    path = tmp_path / "study.toml"
    plain = path.read_text()
    path.write_text(plain + '\n[policies]\npolicies = ["uncertainty", "uncertanty"]\n')
    refused = CliRunner().invoke(app, ["run", "study.toml", "--trials", "2"]).output
    assert "unknown policy 'uncertanty'; did you mean 'uncertainty'" in refused
    path.write_text(plain + '\n[policies]\npolicies = ["uncertainty"]\ntrials = 2\n')
    ran = CliRunner().invoke(app, ["run", "study.toml", "--trials", "2"])
    assert ran.exit_code == 0, ran.output
    assert ran.output.count("policy:uncertainty") == 1
    assert (tmp_path / "studies/study/report/policies.csv").exists()
