"""A whole search: baselines, candidates, resuming, interruption."""

import json
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import keras
import numpy as np
import optuna
import pytest
import tensorflow as tf
from optuna.trial import TrialState

import reports
from search_spaces import IndependentWeights, InputError, SearchSpace, names
from tests.conftest import make_model
from tuner import DominancePruner, Objective, StudyStopped, load_config
from tuner._progress import LiveProgress
from tuner.study import Study
from tuner.study._search_view import SearchView
from tuner.study._starting import start_trial


def outcomes(tuner):
    return [trial.user_attrs.get(names.OUTCOME, {}).get("state") for trial in tuner.study.trials]


def test_three_lines_on_a_compiled_model(build, data, make_tuner, tmp_path, capsys):
    model = build()
    tuner = make_tuner(model)
    tuner.search(**data, n_trials=2)
    tuner.best_config().compile(model)

    ranking = tuner.ranking()
    assert set(ranking["baseline"]) == {"", "current", "equal", "single:urgent", "single:kind"}
    assert len(ranking) == 6
    assert ranking.loc[ranking["baseline"] == "current", "weight/kind"].item() == 0.2
    assert ranking["rank"].notna().sum() == 4
    assert model.optimizer.__class__.__name__ == "RMSprop"
    tuner.search_space_summary()
    tuner.results_summary(3)
    assert "weight/kind" in capsys.readouterr().out
    folder = tuner.report()
    assert {path.name for path in folder.iterdir()} >= {"ranking.csv", "ranking.parquet", "ranking.md", "report.html"}
    assert len(tuner.get_best_models(1)) == 1
    assert tuner.get_best_hyperparameters()[0].values == {}

    path = tuner.best_config(trial=0).save(tmp_path / "best.json")
    kept = json.loads(path.read_text())
    assert kept["loss_weights"] == {"urgent": 1.0, "kind": 0.2}
    assert kept["objectives"][0]["baselines"].keys() == {"current", "equal", "single:urgent", "single:kind"}
    other = build()
    load_config(path).compile(other)
    assert float(other.optimizer.learning_rate) == pytest.approx(1e-2)


def test_the_same_call_again_adds_nothing_and_a_larger_one_goes_on(data, make_tuner):
    make_tuner().search(**data, n_trials=2)
    first = make_tuner().study.trials
    again = make_tuner()
    again.search(**data, n_trials=2)
    assert len(again.study.trials) == len(first)
    again.search(**data, n_trials=3)
    assert [t.values for t in again.study.trials][: len(first)] == [t.values for t in first]
    assert len(again.study.trials) == len(first) + 1
    drawn = [trial.params["learning_rate"] for trial in again.study.trials[4:]]
    assert len(set(drawn)) == 3, "a resumed study must not draw the same numbers again"


def test_ctrl_c_keeps_what_is_finished_and_hands_back_the_rest(data, make_tuner, monkeypatch):
    finish, seen = Study.finish, []

    def interrupt(self, trial, outcome):
        seen.append(trial.number)
        if len(seen) == 3:
            raise KeyboardInterrupt
        finish(self, trial, outcome)

    monkeypatch.setattr(Study, "finish", interrupt)
    with pytest.raises(KeyboardInterrupt):
        make_tuner().search(**data, n_trials=1)
    tuner = make_tuner()
    assert outcomes(tuner)[:3] == ["complete", "complete", "interrupted"]
    monkeypatch.undo()
    tuner.search(**data, n_trials=1)
    ranking = tuner.ranking()
    assert sorted(ranking["baseline"]) == ["", "current", "equal", "single:kind", "single:urgent"]
    assert (ranking["state"] == "complete").all()


KILLED = """
import sys, pathlib
sys.path.insert(0, {root!r})
from tests.conftest import make_data, make_model
from tuner import LossWeightTuner
x, y = make_data()
tuner = LossWeightTuner(make_model, directory={folder!r}, project_name="study", seed=3)
tuner.search(x, y, validation_data=(x, y), epochs=3, batch_size=32, n_trials=4)
"""


def test_a_killed_study_loses_no_finished_trial(tmp_path):
    root = str(Path(__file__).parents[2])
    code = KILLED.format(root=root, folder=str(tmp_path))
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    journal = tmp_path / "study" / "journal.log"
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and not (journal.exists() and journal.read_text().count('"complete"') >= 2):
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = journal.read_text().count('"complete"')
    with journal.open("a") as file:
        file.write('{"op_code": 8, "torn')  # what a kill in mid-write leaves
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "half-written line" in ended.stderr
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(journal)))
    study = optuna.load_study(study_name="study", storage=storage)
    complete = [t for t in study.trials if t.state == TrialState.COMPLETE]
    assert before >= 2
    assert len(complete) == 8
    assert len({t.user_attrs.get("baseline", t.number) for t in complete}) == 8


def test_a_timeout_starts_nothing_more(data, make_tuner):
    tuner = make_tuner()
    tuner.search(**data, n_trials=50, timeout=0.0)
    assert all(trial.state == TrialState.WAITING for trial in tuner.study.trials)


def test_several_failures_in_a_row_stop_the_study(build, data, make_tuner):
    calls = []

    def fails():
        calls.append(1)
        if len(calls) > 3:
            raise RuntimeError("no such file: vocabulary.txt")
        return build()

    tuner = make_tuner(fails)
    with pytest.raises(StudyStopped, match=r"(?s)3 trials in a row failed.*no such file: vocabulary.txt"):
        tuner.search(**data, n_trials=9)
    assert "failed" in outcomes(tuner)
    assert "vocabulary.txt" in tuner.ranking()["reason"].max()


def test_hyperparameters_of_the_build_function_are_searched(data, make_tuner):
    def searched(hp):
        inputs = keras.Input((6,), name="x")
        hidden = keras.layers.Dense(hp.Choice("units", [2, 4, 8]), activation="relu")(inputs)
        model = keras.Model(inputs, [keras.layers.Dense(1, name="urgent")(hidden), keras.layers.Dense(3, name="kind")(hidden)])
        logits = {"from_logits": True}
        losses = [keras.losses.BinaryCrossentropy(**logits), keras.losses.CategoricalCrossentropy(**logits)]
        model.compile("adam", loss=losses, loss_weights=[1.0, 0.5])
        return model

    tuner = make_tuner(searched)
    tuner.search(**data, n_trials=3)
    ranking = tuner.ranking()
    assert set(ranking["hp/units"]) <= {2, 4, 8}
    assert (ranking.loc[ranking["baseline"] != "", "hp/units"] == 2).all()
    assert all("hp/units" in trial.params for trial in tuner.study.trials[4:])


@pytest.mark.parametrize("engine", ["fit", "fused"])
def test_outputs_without_names_of_their_own_are_known_by_their_order(data, make_tuner, engine):
    def unnamed():
        inputs = keras.Input((6,))
        model = keras.Model(inputs, [keras.layers.Dense(3)(inputs), keras.layers.Dense(1)(inputs)])
        logits = {"from_logits": True}
        losses = [keras.losses.CategoricalCrossentropy(**logits), keras.losses.BinaryCrossentropy(**logits)]
        model.compile("adam", loss=losses, loss_weights=[0.3, 1.0])
        return model

    def listed(y):
        return [y["kind"], y["urgent"]]

    x_val, y_val = data["validation_data"]
    tuner = make_tuner(unnamed, engine=engine)
    changed = {"y": listed(data["y"]), "validation_data": (x_val, listed(y_val)), "epochs": 1}
    tuner.search(**(data | changed), n_trials=1)
    assert set(outcomes(tuner)) == {"complete"}


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


def test_datasets_train_as_arrays_do(data, make_tuner):
    def dataset(x, y):
        return tf.data.Dataset.from_tensor_slices((x, y)).batch(64)

    arrays = make_tuner(project_name="arrays")
    arrays.search(**data, n_trials=1, shuffle=False)
    batches = make_tuner(project_name="batches")
    batches.search(
        dataset(data["x"], data["y"]),
        validation_data=dataset(*data["validation_data"]),
        epochs=2,
        n_trials=1,
        verbose=0,
    )
    np.testing.assert_allclose(arrays.study.trials[0].values, batches.study.trials[0].values, rtol=1e-6)


def test_sample_weights_reach_training_and_measuring(data, make_tuner):
    x_val, y_val = data["validation_data"]
    half = np.repeat([1.0, 0.0], [len(x_val) // 2, len(x_val) - len(x_val) // 2])
    weighted = make_tuner(project_name="weighted")
    weighted.search(**(data | {"validation_data": (x_val, y_val, half)}), n_trials=1)
    kept = slice(0, len(x_val) // 2)
    cut = make_tuner(project_name="cut")
    cut.search(**(data | {"validation_data": (x_val[kept], {k: v[kept] for k, v in y_val.items()})}), n_trials=1)
    np.testing.assert_allclose(weighted.study.trials[0].values, cut.study.trials[0].values, atol=1e-6)


def test_a_pruner_stops_dominated_trials_but_no_baseline(data, make_tuner):
    tuner = make_tuner(pruner=lambda study, number, epoch, values: True)
    tuner.search(**data, n_trials=2)
    assert outcomes(tuner) == ["complete"] * 4 + ["pruned"] * 2
    assert tuner.ranking()["state"].tolist()[-1] == "pruned"


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


def test_one_output_is_said_and_searched(data, make_tuner, capfd):
    def single():
        inputs = keras.Input((6,))
        model = keras.Model(inputs, keras.layers.Dense(1, name="urgent")(inputs))
        model.compile("sgd", loss=keras.losses.BinaryCrossentropy(from_logits=True))
        return model

    x_val, y_val = data["validation_data"]
    tuner = make_tuner(single)
    tuner.search(data["x"], data["y"]["urgent"], validation_data=(x_val, y_val["urgent"]), epochs=1, n_trials=1)
    assert "there are no weights to trade off" in capfd.readouterr().err
    assert tuner.ranking()["rank"].max() == 3
    tuner.report()


def test_an_sqlite_storage_works_as_well(data, make_tuner, tmp_path):
    tuner = make_tuner(storage=f"sqlite:///{tmp_path}/study.db")
    tuner.search(**data, n_trials=1)
    assert len(tuner.ranking()) == 5


def test_custom_losses_and_functions_as_objectives(data, make_tuner):
    def absolute(targets, predictions):
        return keras.ops.mean(keras.ops.abs(targets - predictions), axis=-1)

    space = SearchSpace(
        {"urgent": keras.losses.BinaryCrossentropy(from_logits=True), "kind": [absolute, "mse"]}, IndependentWeights()
    )
    objectives = [Objective("urgent", "auc"), Objective("kind", absolute, "min")]
    tuner = make_tuner(space=space, objectives=objectives)
    tuner.search(**data, n_trials=2)
    assert tuner.ranking()["kind/absolute"].notna().all()
    assert tuner.best_config().candidate.losses["kind"].build() is not None


def scaled(factor, name="scaled"):
    def loss(targets, predictions):
        return factor * keras.ops.mean(keras.ops.abs(targets - predictions), axis=-1)

    loss.__name__ = name
    return loss


def with_losses(**losses):
    """A build function that makes its custom losses anew each time."""

    def build():
        inputs = keras.Input((6,))
        heads = {"urgent": keras.layers.Dense(1, name="urgent")(inputs), "kind": keras.layers.Dense(3, name="kind")(inputs)}
        model = keras.Model(inputs, heads)
        model.compile("sgd", loss={name: scaled(*made) for name, made in losses.items()})
        return model

    return build


BOTH_MAE = [Objective("urgent", "mae"), Objective("kind", "mae")]


@pytest.mark.parametrize("engine", ["fused", "fit"])
def test_custom_losses_of_today_need_not_be_in_the_space(engine, data, make_tuner):
    model = with_losses(urgent=(1.0, "one"), kind=(3.0, "three"))
    tuner = make_tuner(model, space=SearchSpace({"urgent": "mse", "kind": "mse"}), objectives=BOTH_MAE, engine=engine)
    tuner.search(**data, n_trials=1)
    assert outcomes(tuner) == ["complete"] * 5
    losses = tuner.best_config(trial=0).candidate.losses
    one, three = (losses[name].build()(np.ones((2, 1)), np.zeros((2, 1))) for name in ("urgent", "kind"))
    np.testing.assert_allclose([np.mean(one), np.mean(three)], [1.0, 3.0])


def test_one_name_means_one_custom_loss(data, make_tuner):
    twice = with_losses(urgent=(1.0,), kind=(3.0,))
    with pytest.raises(InputError, match="two different custom objects are called 'scaled'"):
        make_tuner(twice, objectives=BOTH_MAE)
    with pytest.raises(InputError, match="two different custom objects are called 'scaled'"):
        SearchSpace({"urgent": scaled(1.0), "kind": scaled(3.0)})
    once = with_losses(urgent=(3.0,), kind=(3.0,))
    tuner = make_tuner(once, space=SearchSpace.around(once()), objectives=BOTH_MAE)
    tuner.search(**data, n_trials=1)
    assert outcomes(tuner) == ["complete"] * 5


def test_ctrl_c_just_after_a_trial_is_stored_keeps_it(data, make_tuner, monkeypatch):
    class Interrupts(LiveProgress):
        def trial_finished(self, study):
            raise KeyboardInterrupt

    monkeypatch.setattr("tuner.study._runner.LiveProgress", Interrupts)
    tuner = make_tuner(engine="fit")
    with pytest.raises(KeyboardInterrupt):
        tuner.search(**(data | {"verbose": 1}), n_trials=1)
    assert outcomes(tuner) == ["complete", None, None, None]


def test_ctrl_c_between_asking_and_training_hands_back_what_was_asked(data, make_tuner, monkeypatch):
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
    assert outcomes(tuner).count("complete") == 8


def test_a_baseline_that_failed_is_tried_again(data, make_tuner, monkeypatch):
    def fails(trial, design):
        if trial.user_attrs.get(names.BASELINE) == "equal":
            raise RuntimeError("the disk was full for a moment")
        return start_trial(trial, design)

    tuner = make_tuner()
    monkeypatch.setattr("tuner.study._study.start_trial", fails)
    tuner.search(**data, n_trials=1)
    assert outcomes(tuner).count("failed") == 1
    monkeypatch.undo()
    tuner.search(**data, n_trials=1)
    tuner.search(**data, n_trials=1)
    assert [trial.user_attrs.get(names.BASELINE) for trial in tuner.study.trials].count("equal") == 2
    assert outcomes(tuner).count("complete") == 5
    assert set(tuner.best_config().objectives[0]["baselines"]) == {"current", "equal", "single:urgent", "single:kind"}


@pytest.mark.parametrize("sampler", [None, optuna.samplers.RandomSampler(seed=1)])
def test_a_build_function_that_refuses_some_values_fails_those_trials_alone(sampler, data, make_tuner):
    def build(hp):
        if hp.Int("units", 1, 6, default=6) < 2:
            raise ValueError("one unit is too few")
        return make_model()

    tuner = make_tuner(build, space=make_tuner().space, sampler=sampler)
    tuner.search(**(data | {"epochs": 1}), n_trials=10)
    ended = outcomes(tuner)[4:]
    assert ended.count("failed")
    assert ended.count("failed") + ended.count("complete") == 10
    assert "one unit is too few" in tuner.ranking()["reason"].max()


def test_a_notebook_shows_the_study(data, make_tuner):
    tuner = make_tuner(project_name="<b>study")
    assert "&lt;b&gt;study" in tuner._repr_html_()
    assert "Nothing is trained yet" in tuner._repr_html_()
    tuner.search(**(data | {"epochs": 1}), n_trials=1)
    assert "ranks first of" in tuner._repr_html_()
    assert tuner._repr_html_().count("<table") == 1


def test_overwriting_deletes_what_is_the_studys_own(make_tuner, tmp_path):
    folder = tmp_path / "study"
    (folder / "report").mkdir(parents=True)
    own = [folder / name for name in ("journal.log", "calibration.json", "best.json", "report/report.html")]
    for path in [*own, folder / "model.py"]:
        path.touch()
    make_tuner(overwrite=True).delete()
    assert [path.name for path in folder.iterdir()] == ["model.py"]


def test_replicates_are_never_pruned(make_tuner, data):
    tuner = make_tuner(engine="fit")
    tuner.search(**data, n_trials=1)
    tuner.pruner = lambda *_: True
    tuner.confirm(top=1, seeds=2, verbose=0)
    assert set(reports.replicates(tuner.study)[names.STATE]) == {names.COMPLETE}
