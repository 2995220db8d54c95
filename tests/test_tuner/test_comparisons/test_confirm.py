"""Replicates: who gets them, that they disturb nothing, and that nothing is trained twice."""

import json

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState
from typer.testing import CliRunner

import reports
from search_spaces import InputError, names
from tests.test_tuner._instant import Instant
from tuner import StudyStopped, load_config
from tuner.cli import app
from tuner.comparisons._judging import fresh_seeds
from tuner.comparisons._replicates import choose_finalists, enqueue_replicates, trials_to_replicate
from tuner.study._search_view import SearchView

pytestmark = pytest.mark.usefixtures("instant")


@pytest.fixture
def searched(data, make_tuner):
    def make(**changed):
        tuner = make_tuner()
        tuner.search(**(data | {"n_trials": 6} | changed))
        return tuner

    return make


@pytest.fixture
def test_data(data):
    x, y = data["validation_data"]
    return x[:40], {name: target[:40] for name, target in y.items()}


def replicas(tuner):
    return [trial for trial in tuner.study.trials if names.REPLICATE_OF in trial.user_attrs]


def test_finalists_and_baselines_get_the_same_fresh_seeds(searched, test_data):
    tuner = searched()
    ranking = tuner.ranking()
    tuner.confirm(top=2, seeds=6, test_data=test_data, verbose=0)
    table = reports.replicates(tuner.study)
    seeds = table.groupby("replicate_of")["seed"].apply(tuple)
    judged = [0, tuner.verdict().trial]
    assert (seeds[judged].map(sorted).map(tuple) == (4, 5, 6, 7, 8, 9)).all()
    assert (seeds.drop(judged) == (4, 5, 6)).all()
    assert set(table["baseline"]) == {"", "current", "equal", "single:urgent", "single:kind"}
    assert table["replicate_of"].nunique() == 6
    assert int(ranking.iloc[0]["trial"]) in set(table["replicate_of"])
    assert table[["test/urgent/auc", "test/kind/accuracy"]].notna().all().all()
    assert all("test_values" not in t.user_attrs[names.OUTCOME] for t in tuner.study.trials if t not in replicas(tuner))
    assert set(reports.intervals(tuner.study)["data"]) == {"validation", "test"}


def test_replicates_disturb_neither_ranking_nor_search(searched, data):
    tuner = searched()
    before = tuner.ranking()
    tuner.confirm(top=2, seeds=2, verbose=0)
    assert tuner.ranking().equals(before)
    number = len(tuner.study.trials)
    tuner.search(**data, n_trials=6)
    assert len(tuner.study.trials) == number, "replicates are none of the n_trials, and none of their room is free"
    tuner.search(**data, n_trials=7)
    assert len(tuner.study.trials) == number + 1
    view = optuna.load_study(study_name="study", storage=SearchView(tuner.storage))
    assert len(view.trials) == 7


def test_the_same_call_adds_only_what_is_missing(searched, data, test_data):
    tuner = searched()
    tuner.confirm(top=2, seeds=4, verbose=0)
    tuner.confirm(top=2, seeds=4, verbose=0)
    assert len(replicas(tuner)) == 6 * 2 + 2 * 2
    pick = tuner.verdict().trial
    tuner.confirm(top=1, seeds=2, verbose=0)
    assert len(replicas(tuner)) == 16, "what was confirmed once stays in"
    tuner.confirm(top=3, seeds=2, verbose=0)
    chosen = tuner.verdict().trial
    assert len(replicas(tuner)) == 16 + 2 + (2 if chosen != pick else 0), "a new finalist gets the seeds that choose"
    number = len(replicas(tuner))
    tuner.confirm(top=3, seeds=4, test_data=test_data, verbose=0)
    assert len(replicas(tuner)) == number + 2 * 2, "test data are a judgment of their own"
    assert tuner.verdict().data == names.TEST
    seen = reports.replicates(tuner.study)["test/urgent/auc"].notna()
    assert seen.sum() == 4


def test_an_interruption_loses_nothing_and_a_search_leaves_replicates_alone(searched, data, test_data, interrupted):
    tuner = searched()
    with interrupted(8):
        tuner.confirm(top=2, seeds=6, test_data=test_data, verbose=0)
    assert (reports.intervals(tuner.study)["replicates"] == 1).all(), "seed by seed: all candidates have the first one"
    waiting = [trial.number for trial in tuner.study.trials if trial.state == TrialState.WAITING]
    tuner.search(**data, n_trials=7)
    assert [trial.number for trial in tuner.study.trials if trial.state == TrialState.WAITING] == waiting
    tuner.confirm(top=2, seeds=6, test_data=test_data, verbose=0)
    table = reports.replicates(tuner.study)
    assert (table["state"] == names.COMPLETE).all()
    assert len(table) == len(set(zip(table["replicate_of"], table["seed"], strict=True))) == 6 * 3 + 2 * 3
    assert table["test/urgent/auc"].notna().all()


def test_failed_replicates_run_again(searched, monkeypatch):
    tuner = searched()
    monkeypatch.setattr(Instant, "bad_seed", 4)
    with pytest.raises(StudyStopped, match="3 trials in a row failed"):
        tuner.confirm(top=1, seeds=2, verbose=0)
    monkeypatch.setattr(Instant, "bad_seed", None)
    tuner.confirm(top=1, seeds=2, verbose=0)
    assert (reports.replicates(tuner.study)["state"] == names.COMPLETE).all()
    assert len(reports.replicates(tuner.study)) == 5 + 2


def test_replicates_that_two_workers_queue_at_once_are_trained_once(searched):
    tuner = searched()
    ranking = tuner.ranking()
    numbers = trials_to_replicate(tuner.study, ranking, choose_finalists(ranking, 1, int(ranking.iloc[0]["trial"])))
    enqueue_replicates(tuner.study, tuner.space, numbers, fresh_seeds(tuner.seed, (), 1), False)
    for trial in replicas(tuner):
        tuner.study.enqueue_trial({}, user_attrs=dict(trial.user_attrs))
    tuner.confirm(top=1, seeds=2, verbose=0)
    states = [trial.user_attrs[names.OUTCOME]["state"] for trial in replicas(tuner)]
    assert sorted(states) == [names.COMPLETE] * 7 + [names.WITHDRAWN] * 5
    assert tuner.verdict().replicates == 1


def test_the_choice_rests_on_the_means_and_carries_its_evidence(searched, tmp_path):
    tuner = searched()
    assert tuner.best_config().evidence == {}
    assert tuner.verdict() is None
    tuner.confirm(top=2, seeds=4, verbose=0)
    best = tuner.best_config()
    assert best.study["trial"] == reports.finalists(tuner.study)["trial"].iloc[0]
    assert best.evidence["text"] == str(tuner.verdict())
    assert best.evidence["seeds"] == [6, 7]
    assert load_config(best.save(tmp_path / "best.json")) == best
    other = next(n for n in tuner.ranking()["trial"].dropna() if n not in set(reports.replicates(tuner.study)["replicate_of"]))
    assert "has no replicates" in tuner.best_config(trial=int(other)).evidence["text"]


def test_the_report_tells_the_verdict(searched):
    tuner = searched()
    tuner.confirm(top=2, seeds=3, verbose=0)
    folder = tuner.report(prefer={"urgent": 3})
    assert {"replicates.csv", "replicates.parquet", "intervals.csv", "finalists.csv"} <= {p.name for p in folder.iterdir()}
    page, columns = (folder / "report.html").read_text(), (folder / "columns.md").read_text()
    verdict = tuner.verdict(prefer={"urgent": 3})
    assert verdict.text.split(":")[0] in page
    assert "With other seeds" in page
    assert "single runs" not in page
    assert "# Columns of intervals" in columns
    unmet = tuner.report(require={"urgent": 0.99}) / "report.html"
    assert "no confirmed trial meets everything" in unmet.read_text()


def test_mistakes_are_told_together(searched, make_tuner, data, test_data):
    with pytest.raises(InputError, match="call search first"):
        make_tuner(project_name="other").confirm()
    tuner = searched()
    x, y = test_data
    with pytest.raises(InputError, match=r"(?s)3 mistakes.*top must .* got 0.*seeds must .* 2 up, got 1.*output 'kind'"):
        tuner.confirm(top=0, seeds=1, test_data=(x, {"urgent": y["urgent"]}))
    with pytest.raises(InputError, match=r"test_data must be \(x_test, y_test\)"):
        tuner.confirm(test_data=x)
    tuner.confirm(top=1, seeds=2, test_data=test_data, verbose=0)
    with pytest.raises(InputError, match=r"measured on other test data \(40 rows"):
        tuner.confirm(top=1, seeds=2, test_data=data["validation_data"], verbose=0)


def test_what_would_be_picked_is_always_a_finalist(searched):
    ranking = searched(n_trials=9).ranking()
    searched_rows = ranking[(ranking["baseline"] == "")]
    last = int(searched_rows["trial"].iloc[-1])
    chosen = choose_finalists(ranking, 3, last)
    assert chosen[0] == last
    rest = ranking.set_index("trial").loc[chosen[1:]]
    assert rest["front"].tolist() == sorted(rest["front"], reverse=True)
    assert len(choose_finalists(ranking, 100, last)) == 9


def test_replicates_that_would_all_be_the_same_are_refused(build, data, make_tuner):
    def fixed():
        model = build()
        return fill(model)

    def fill(model):
        for variable in model.trainable_variables:
            variable.assign(np.full(variable.shape, 0.1))
        return model

    for number, source in enumerate((build(), fixed)):
        tuner = make_tuner(source, project_name=f"study {number}")
        tuner.search(**data, n_trials=1, shuffle=False)
        with pytest.raises(InputError, match="replicates would all be the same"):
            tuner.confirm(top=1, seeds=2, verbose=0)
        assert not replicas(tuner)
    tuner = make_tuner(build, project_name="built")
    tuner.search(**data, n_trials=1, shuffle=False)
    tuner.confirm(top=1, seeds=2, verbose=0)
    assert len(replicas(tuner)) == 5 + (2 if tuner.best_config().study["trial"] else 0)


def test_a_verdict_says_that_all_replicates_start_alike(build, searched, data, make_tuner):
    built = searched()
    built.confirm(top=2, seeds=6, verbose=0)
    given = make_tuner(build(), project_name="given")
    given.search(**data, n_trials=6)
    given.confirm(top=2, seeds=6, verbose=0)
    told = "All replicates start from the same weights"
    assert told in given.verdict().text
    assert told not in built.verdict().text


def test_seeds_follow_the_study_s_own():
    assert fresh_seeds(3, (), 3) == [4, 5, 6]
    assert fresh_seeds(3, {4, 6}, 3) == [5, 7, 8]
    assert fresh_seeds(2**32 - 1, (), 2) == [0, 1]


def test_the_command_confirms_and_shows_the_evidence(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, ["init", "study.toml"]).exit_code == 0
    path = tmp_path / "study.toml"
    path.write_text(path.read_text() + "\n[confirm]\ntop = 1\nseeds = 3\n")
    ran = CliRunner().invoke(app, ["run", "study.toml", "--trials", "3"])
    assert ran.exit_code == 0, ran.output
    best = json.loads((tmp_path / "studies/study/best.json").read_text())
    assert best["evidence"]["text"] in ran.output
    assert best["evidence"]["text"] in CliRunner().invoke(app, ["best", "study.toml"]).output
    assert CliRunner().invoke(app, ["report", "study.toml"]).exit_code == 0
    path.write_text(path.read_text().replace("seeds = 3", "seeds = 1\nsedes = 3"))
    refused = CliRunner().invoke(app, ["run", "study.toml"]).output
    assert "confirm.seeds: input should be greater than or equal to 2, got 1" in refused
    assert "unknown setting 'confirm.sedes'; did you mean 'seeds'" in refused
