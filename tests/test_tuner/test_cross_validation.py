"""A trial of a cross-validation trains a model on each fold, as its owner would, and is worth the mean over folds."""

import keras
import numpy as np
import pytest
from keras import callbacks, layers

from search_spaces import InputError, names
from tests.conftest import compiled_by_hand, make_data
from tests.conftest import make_drawing_model as build
from tuner import LossWeightTuner, Objective
from tuner.inputs.fixed_part import _computed

pytestmark = pytest.mark.usefixtures("one_baseline")

EPOCHS, BATCH, ROWS, SEED = 3, 32, 122, 3


class Groups:
    """A splitter as scikit-learn has them."""

    def split(self, x, y=None, groups=None):
        if groups is None:
            raise ValueError("The 'groups' parameter should not be None.")
        for group in np.unique(groups):
            yield np.flatnonzero(groups != group), np.flatnonzero(groups == group)


def forward(rows):
    """Folds of a time series: what is trained on grows."""
    return [(np.arange(end), np.arange(end, end + 20)) for end in range(40, rows - 20, 30)]


@pytest.fixture
def rows():
    x, y = make_data()
    return x[:ROWS].astype("float64"), {name: target[:ROWS].astype("float64") for name, target in y.items()}


def mean_error(targets, predictions):
    return np.mean(np.abs(np.asarray(predictions) - targets), axis=-1)


OBJECTIVES = [Objective("urgent", "auc"), Objective("kind", mean_error, "min")]


def by_hand(candidate, x, y, weights, train, held_out, make=build):
    """The objectives on the rows held out, after each epoch, of a model that is compiled and fitted as its owner would."""
    model, history = compiled_by_hand(make, candidate, SEED), []

    def measure(epoch, logs):
        predictions = model(x[held_out], training=False)
        auc = keras.metrics.AUC(from_logits=True)
        auc.update_state(y["urgent"][held_out], predictions["urgent"], sample_weight=weights[held_out])
        errors = np.abs(predictions["kind"] - y["kind"][held_out]).mean(-1)
        history.append([float(auc.result()), float(np.average(errors, weights=weights[held_out]))])

    model.fit(
        x[train],
        {name: target[train] for name, target in y.items()},
        sample_weight=dict.fromkeys(y, weights[train]),
        epochs=EPOCHS,
        batch_size=BATCH,
        shuffle=False,
        verbose=0,
        callbacks=[callbacks.LambdaCallback(on_epoch_end=measure)],
    )
    return history


def search(tuner, x, y, **given):
    weights = np.random.default_rng(1).uniform(0.5, 2.0, len(x))
    settings = {"epochs": EPOCHS, "batch_size": BATCH, "shuffle": False, "n_trials": 1, "verbose": 0} | given
    tuner.search(x, y, sample_weight=weights, **settings)
    return weights


def folds_of(cv, groups=None):
    if isinstance(cv, int):
        parts = np.array_split(np.random.default_rng(SEED).permutation(ROWS), cv)
        return [(np.setdiff1d(np.arange(ROWS), part), np.sort(part)) for part in parts]
    return list(cv.split(None, None, groups)) if hasattr(cv, "split") else cv


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(
    ("engine", "lanes", "cv", "groups"),
    [
        pytest.param("fused", "3 unchecked", 3, None, id="folds of two sizes in lanes"),
        pytest.param("fused", "1", forward(ROWS), None, id="a time series, checked", marks=pytest.mark.thorough),
        pytest.param("fit", "1", Groups(), np.arange(ROWS) % 3, id="groups by fit"),
    ],
)
def test_every_fold_is_trained_and_measured_as_by_hand(engine, lanes, cv, groups, rows, make_tuner, monkeypatch):
    monkeypatch.setenv("LOSS_WEIGHT_TUNER_PROGRAM", lanes)
    tuner = make_tuner(build, objectives=OBJECTIVES, engine=engine)
    weights = search(tuner, *rows, cv=cv, groups=groups)
    for trial in tuner.study.trials[:2]:
        candidate, outcome = tuner._design.stored_candidate(trial.user_attrs), trial.user_attrs[names.OUTCOME]
        assert outcome["engine"] == engine
        expected = [by_hand(candidate, *rows, weights, *fold) for fold in folds_of(cv, groups)]
        np.testing.assert_allclose(outcome["folds"], [history[-1] for history in expected], rtol=1e-6)
        np.testing.assert_allclose(outcome["history"], np.mean(expected, axis=0), rtol=1e-6)
        np.testing.assert_allclose(trial.values, np.mean([history[-1] for history in expected], axis=0), rtol=1e-6)


def settled(tuner, rows, **given):
    """A study that was searched, confirmed and reported."""
    x, y = rows
    search(tuner, x, y, **given)
    tuner.confirm(top=1, seeds=2, test_data=(x[:50], {name: target[:50] for name, target in y.items()}), verbose=0)
    return tuner


def test_seeds_are_the_replicates_and_the_spread_over_folds_is_a_column(rows, make_tuner):
    tuner = settled(make_tuner(build, objectives=OBJECTIVES), rows, cv=2)
    ranking = tuner.ranking()
    columns = list(ranking.columns)
    assert columns[columns.index("urgent/auc") + 1] == "fold_sd/urgent/auc"
    top = tuner.study.trials[int(ranking["trial"].iloc[0])].user_attrs[names.OUTCOME]
    assert ranking["fold_sd/urgent/auc"].iloc[0] == pytest.approx(np.std([fold[0] for fold in top["folds"]], ddof=1))
    replicates = [trial for trial in tuner.study.trials if names.REPLICATE_OF in trial.user_attrs]
    assert {len(trial.user_attrs[names.OUTCOME]["folds"]) for trial in replicates} == {2}
    assert all(len(trial.user_attrs[names.OUTCOME]["test_values"]) == 2 for trial in replicates)
    assert (tuner.report() / "report.html").exists()
    (best,) = tuner.get_best_models()
    everything = np.arange(ROWS)
    weights = np.random.default_rng(1).uniform(0.5, 2.0, ROWS)
    candidate = tuner._design.stored_candidate(tuner.study.trials[int(ranking["trial"].iloc[0])].user_attrs)
    expected = by_hand(candidate, *rows, weights, everything, everything)[-1]
    errors = np.abs(best(rows[0], training=False)["kind"] - rows[1]["kind"]).mean(-1)
    assert np.average(errors, weights=weights) == pytest.approx(expected[1], rel=1e-3)
    search(tuner, *rows, cv=2)
    with pytest.raises(InputError, match=r"data.fold_rows"):
        search(tuner, *rows, cv=[(np.arange(61), np.arange(61, ROWS)), (np.arange(61, ROWS), np.arange(61))])
    with pytest.raises(InputError, match=r"data.folds: the study has 2, this call has 4"):
        search(tuner, *rows, cv=4)


def test_callbacks_watch_the_rows_of_their_fold(rows, make_tuner):
    tuner = make_tuner(build, objectives=OBJECTIVES)
    early = [callbacks.EarlyStopping("val_loss", patience=0, min_delta=9.0, restore_best_weights=True)]
    search(tuner, *rows, cv=2, callbacks=early)
    outcome = tuner.study.trials[0].user_attrs[names.OUTCOME]
    assert (outcome["engine"], outcome["epochs"]) == ("fit", 2)
    assert outcome["kept"] == tuner.study.trials[0].values == pytest.approx(outcome["history"][0])
    with pytest.raises(InputError, match="leaves callbacks none to watch"):
        tuner.get_best_models()


def test_callbacks_that_watch_nothing_train_the_best_model_on_all_rows(rows, make_tuner):
    tuner = make_tuner(build, objectives=OBJECTIVES)
    halved = [callbacks.LearningRateScheduler(lambda epoch, lr: lr * 0.5 if epoch else lr)]
    search(tuner, *rows, cv=2, callbacks=halved)
    assert tuner.study.trials[0].user_attrs[names.OUTCOME]["engine"] == "fused"
    assert len(tuner.get_best_models()) == 1


def test_a_policy_is_trained_on_each_fold(rows, make_tuner):
    of_policy = []
    for engine in ("fused", "fit"):
        tuner = make_tuner(build, objectives=OBJECTIVES, engine=engine, project_name=engine)
        search(tuner, *rows, cv=2)
        tuner.compare_policies(["dwa"], trials=1, verbose=0)
        of_policy.append(tuner.study.trials[-1])
    rates = [trial.user_attrs[names.CANDIDATE]["learning_rate"] for trial in of_policy]
    assert rates[0] == rates[1]
    lanes, by_fit = (trial.user_attrs[names.OUTCOME]["folds"] for trial in of_policy)
    np.testing.assert_allclose(lanes, by_fit, rtol=1e-3)


def frozen():
    inputs = keras.Input((6,), name="x")
    hidden = layers.Dense(8, activation="tanh", kernel_initializer=keras.initializers.GlorotUniform(1), trainable=False)(inputs)
    model = keras.Model(inputs, {"urgent": layers.Dense(1, name="urgent")(hidden), "kind": layers.Dense(3, name="kind")(hidden)})
    model.compile(
        keras.optimizers.Adam(0.05),
        loss={"urgent": keras.losses.BinaryCrossentropy(from_logits=True), "kind": keras.losses.CategoricalCrossentropy(True)},
        loss_weights={"urgent": 1.0, "kind": 0.2},
    )
    return model


@pytest.mark.usefixtures("float64")
def test_what_never_changes_is_computed_once_for_all_folds(rows, make_tuner, monkeypatch):
    monkeypatch.setattr(_computed, "_pays", lambda *_: True)
    computed = []
    tuner = make_tuner(frozen, objectives=OBJECTIVES, engine="fused")
    original = _computed._on_results
    monkeypatch.setattr(_computed, "_on_results", lambda *given: computed.append(1) or original(*given))
    weights = search(tuner, *rows, cv=2)
    assert computed, "nothing was computed once"
    trial = tuner.study.trials[0]
    candidate = tuner._design.stored_candidate(trial.user_attrs)
    expected = [by_hand(candidate, *rows, weights, *fold, make=frozen)[-1] for fold in folds_of(2)]
    np.testing.assert_allclose(trial.user_attrs[names.OUTCOME]["folds"], expected, rtol=1e-6)


def test_a_trial_that_is_stopped_is_stopped_in_all_folds(rows, make_tuner):
    asked = []

    def stop(study, number, epoch, values):
        asked.append((number, epoch, values))
        return epoch == 2

    tuner = make_tuner(build, objectives=OBJECTIVES, pruner=stop)
    search(tuner, *rows, cv=3, n_trials=2)
    drawn = [trial for trial in tuner.study.trials if not trial.user_attrs.get(names.BASELINE)]
    assert [trial.user_attrs[names.OUTCOME]["state"] for trial in drawn] == [names.PRUNED] * 2
    for trial in drawn:
        told = [values for number, _, values in asked if number == trial.number]
        assert told == trial.user_attrs[names.OUTCOME]["history"][:2], "the pruner is asked with means, once an epoch"


def test_a_fold_that_diverges_ends_its_trial(rows, make_tuner):
    def far(targets, predictions):
        return float("nan") if len(targets) == 40 else 0.5

    x, y = rows
    folds = [(np.arange(60), np.arange(60, 120)), (np.arange(40, 120), np.arange(40))]
    tuner = make_tuner(build, objectives=[Objective("urgent", "auc"), Objective("kind", far, "min")])
    tuner.search(x, y, epochs=1, n_trials=1, verbose=0, cv=folds)
    outcomes = [trial.user_attrs[names.OUTCOME] for trial in tuner.study.trials]
    assert {outcome["state"] for outcome in outcomes} == {names.DIVERGED}
    assert outcomes[0]["reason"] == "fold 2: epoch 1: objective kind/far is not finite"
    assert tuner.study.trials[0].values is None


REFUSED = [
    ({"cv": 1}, "cv must be a number of folds from 2 to the number of rows, 122, got 1"),
    ({"cv": "5"}, "cv must be a number of folds, a splitter of scikit-learn, or a list of (train, validate), got '5'"),
    ({"cv": 2, "groups": np.arange(ROWS)}, "groups is for a splitter, as in cv=GroupKFold(5); cv is 2"),
    (
        {"cv": Groups()},
        "cv: Groups does not split these rows: ValueError: The 'groups' parameter should not be None.; where it needs labels or "
        "inputs, give the folds that it makes of them: cv=list(Groups(...).split(x, labels))",
    ),
    (
        {"cv": 2, "validation_split": 0.2},
        "cv holds out rows of x in turn: leave out validation_data, validation_split and validation_steps, or cv",
    ),
    ({"cv": [(range(9), range(9, 18))]}, "cv gives one fold; a cross-validation needs two or more"),
    ({"cv": [(range(9), range(5, 18)), 5]}, "cv: fold 2 must be a pair (train, validate) of positions of rows, got 5"),
    ({"cv": [(range(9), range(5, 18)), (range(3), [])]}, "cv: fold 1 validates with 4 rows that it trains on, 5 for one"),
    ({"cv": [(range(9), range(9, 18)), (range(3), [0.5])]}, "whole numbers in one dimension"),
    ({"cv": [(range(9), [200]), (range(3), [-1])]}, "cv: fold 1 names the row 200; there are 122, from 0 up"),
    (
        {"cv": [(np.arange(61), np.arange(61, ROWS)), (np.arange(20, ROWS), np.arange(2))]},
        "cv: fold 2: objective 'urgent/auc': every candidate would have the same value, since AUC needs targets of both classes",
    ),
]


@pytest.mark.parametrize(("given", "error"), REFUSED, ids=[f"{number}" for number in range(len(REFUSED))])
def test_folds_that_cannot_be_are_refused(given, error, rows, make_tuner):
    x, y = rows
    y["urgent"][:2] = 1.0
    tuner = make_tuner(build, objectives=OBJECTIVES)
    with pytest.raises(InputError) as raised:
        tuner.search(x, y, verbose=0, **given)
    assert error in str(raised.value)


def test_the_folds_of_scikit_learn_are_taken(rows, make_tuner):
    selection = pytest.importorskip("sklearn.model_selection")
    x, y = rows
    folds = list(selection.StratifiedKFold(3).split(x, y["urgent"][:, 0]))
    tuner = make_tuner(build, objectives=OBJECTIVES)
    tuner.search(x, y, epochs=1, n_trials=1, verbose=0, cv=selection.TimeSeriesSplit(2))
    assert len(tuner.study.trials[0].user_attrs[names.OUTCOME]["folds"]) == 2
    other = LossWeightTuner(build, objectives=OBJECTIVES, directory=tuner.directory, project_name="stratified")
    other.search(x, y, epochs=1, n_trials=1, verbose=0, cv=folds)
    assert len(other.study.trials[0].user_attrs[names.OUTCOME]["folds"]) == 3
