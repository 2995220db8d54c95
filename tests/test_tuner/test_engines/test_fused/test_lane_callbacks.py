"""Keras's callbacks of epochs run in lanes: they see and do what they see and do in the owner's own `fit`."""

import keras
import numpy as np
import pytest
from keras import callbacks, layers

from search_spaces import InputError, OutputSpace, SearchSpace, names
from tests.conftest import compiled_by_hand, make_data, make_model
from tuner.engines.fused._lane_callbacks import LaneCallbacks

pytestmark = [
    pytest.mark.usefixtures("one_baseline"),
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),  # of Keras
]

EPOCHS, BATCH, ROWS = 6, 64, 240
EXACT = 1e-10
SEED = 3


def build():
    inputs = keras.Input((6,), name="x")
    hidden = layers.Dense(8, activation="tanh", kernel_regularizer=keras.regularizers.L2(0.01))(inputs)
    hidden = layers.Dropout(0.2)(layers.BatchNormalization()(hidden))
    model = keras.Model(inputs, {"urgent": layers.Dense(1, name="urgent")(hidden), "kind": layers.Dense(3, name="kind")(hidden)})
    model.compile(
        keras.optimizers.Adam(0.05),
        loss={"urgent": keras.losses.BinaryCrossentropy(from_logits=True), "kind": keras.losses.CategoricalCrossentropy(True)},
        loss_weights={"urgent": 1.0, "kind": 0.2},
        metrics={
            "kind": ["accuracy", keras.metrics.CategoricalCrossentropy("nats", from_logits=True)],
            "urgent": keras.metrics.AUC(from_logits=True),
        },
        weighted_metrics={"urgent": "mae"},
    )
    return model


def make_space(optimizer=None):
    return SearchSpace(
        {
            "urgent": OutputSpace(losses=[keras.losses.BinaryCrossentropy(True), keras.losses.BinaryCrossentropy(True, 0.1)]),
            "kind": OutputSpace(
                losses=[keras.losses.CategoricalCrossentropy(True), keras.losses.CategoricalCrossentropy(True, 0.1)]
            ),
        },
        learning_rate=(1e-3, 1.0),
        optimizer=optimizer or keras.optimizers.Adam(),
    )


def halved(epoch, lr):
    return lr * 0.5 if epoch else lr


GIVEN = {
    "patience": lambda: [callbacks.EarlyStopping("val_loss", patience=1)],
    "restored": lambda: [callbacks.EarlyStopping("val_kind_accuracy", mode="max", patience=2, restore_best_weights=True)],
    "of training": lambda: [callbacks.EarlyStopping("loss", patience=0, min_delta=0.05, restore_best_weights=True)],
    "plateau": lambda: [callbacks.ReduceLROnPlateau("val_urgent_loss", mode="min", factor=0.1, patience=0, min_lr=1e-3)],
    "schedule": lambda: [callbacks.LearningRateScheduler(halved)],
    "several": lambda: [
        callbacks.ReduceLROnPlateau("val_loss", factor=0.3, patience=0, min_delta=0.05, cooldown=1),
        callbacks.EarlyStopping("val_kind_nats", mode="min", patience=1, start_from_epoch=1),
        callbacks.EarlyStopping("kind_loss", mode="min", patience=3, baseline=0.1),
        callbacks.ReduceLROnPlateau("val_urgent_mae", mode="min", factor=0.9, patience=0),
        callbacks.ReduceLROnPlateau("val_urgent_auc", mode="max", factor=0.9, patience=0),
    ],
}


class Recorded(callbacks.Callback):
    def __init__(self, held_out):
        super().__init__()
        self.held_out, self.errors, self.rates = held_out, [], []

    def on_epoch_begin(self, epoch, logs=None):
        self.rates.append(float(self.model.optimizer.learning_rate))

    def on_epoch_end(self, epoch, logs=None):
        self.errors.append(errors(self.model, self.held_out))


def errors(model, held_out):
    x, y, weights = held_out
    predictions = model(x, training=False)
    return [float(np.average(np.abs(predictions[name] - y[name]).mean(-1), weights=weights[name])) for name in ("urgent", "kind")]


def absolute(targets, predictions):
    return np.mean(np.abs(np.asarray(predictions) - targets), axis=-1)


OBJECTIVES = [("urgent", absolute, "min"), ("kind", absolute, "min")]


def by_hand(candidate, given, x, y, held_out, seed=SEED, **fit):
    """A model compiled and fitted as its owner would, and what was recorded."""
    nats, auc = keras.metrics.CategoricalCrossentropy("nats", from_logits=True), keras.metrics.AUC(from_logits=True, name="auc")
    metrics = {"metrics": {"kind": ["accuracy", nats], "urgent": auc}, "weighted_metrics": {"urgent": "mae"}}
    model = compiled_by_hand(build, candidate, seed, **metrics)
    recorded = Recorded(held_out)
    settings = {"epochs": EPOCHS, "batch_size": BATCH, "shuffle": False, "verbose": 0, **fit}
    history = model.fit(x, y, validation_data=held_out, callbacks=[*given, recorded], **settings)
    return model, recorded, history.history


@pytest.fixture
def rows():
    x, y = make_data()
    x, y = x.astype("float64"), {name: target.astype("float64") for name, target in y.items()}
    weights = np.random.default_rng(0).uniform(0.5, 2.0, len(x) - ROWS)
    held_out = x[ROWS:], {name: target[ROWS:] for name, target in y.items()}, {"urgent": weights, "kind": weights}
    return x[:ROWS], {name: target[:ROWS] for name, target in y.items()}, held_out


@pytest.fixture
def logged(monkeypatch):
    """The logs that callbacks of lanes were given, and the rates that epochs began with."""
    logs, rates = {}, {}
    end, begin = LaneCallbacks.end_epoch, LaneCallbacks.begin_epoch

    def end_epoch(lane, given):
        logs.setdefault(id(lane), (lane, []))[1].append(given)
        end(lane, given)

    def begin_epoch(lane, epoch):
        begin(lane, epoch)
        rates.setdefault(id(lane), {})[epoch] = lane.rate

    monkeypatch.setattr(LaneCallbacks, "end_epoch", end_epoch)
    monkeypatch.setattr(LaneCallbacks, "begin_epoch", begin_epoch)
    return lambda: [(told, list(rates[id(lane)].values())) for lane, told in logs.values()]


def search(make_tuner, rows, given, n_trials=2, **more):
    x, y, held_out = rows
    tuner = make_tuner(build, space=make_space(), objectives=OBJECTIVES, engine="fused")
    settings = {"epochs": EPOCHS, "batch_size": BATCH, "shuffle": False, "n_trials": n_trials, "verbose": 0} | more
    tuner.search(x, y, validation_data=held_out, callbacks=given, **settings)
    return tuner


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(
    ("lanes", "make"),
    [
        pytest.param(f"{lanes} unchecked", make, id=f"{name} in {lanes}", marks=[pytest.mark.thorough] * (name not in often))
        for lanes, often in ((1, ("several",)), (3, ("restored",)))
        for name, make in GIVEN.items()
    ],
)
def test_every_trial_is_what_the_owners_own_fit_is(make, lanes, rows, make_tuner, logged, monkeypatch):
    monkeypatch.setenv("LOSS_WEIGHT_TUNER_PROGRAM", lanes)
    x, y, held_out = rows
    tuner = search(make_tuner, rows, make())
    seen = logged()
    trials = tuner.study.trials
    assert {trial.user_attrs[names.OUTCOME]["engine"] for trial in trials} == {"fused"}
    ended = set()
    for trial in trials:
        model, recorded, history = by_hand(tuner._design.stored_candidate(trial.user_attrs), make(), x, y, held_out)
        outcome = trial.user_attrs[names.OUTCOME]
        ended.add(outcome["epochs"])
        np.testing.assert_allclose(outcome["history"], recorded.errors, rtol=EXACT)
        np.testing.assert_allclose(trial.values, errors(model, held_out), rtol=EXACT)
        lanes_alike = [
            told
            for told, rates in seen
            if len(told) == len(recorded.errors) and _alike(told, history) and np.allclose(rates, recorded.rates, rtol=EXACT)
        ]
        assert lanes_alike, f"no lane was told what fit logs: {history}"


def _alike(told, history):
    return all(
        np.allclose(history[name][epoch], value, rtol=EXACT)
        for epoch, logs in enumerate(told)
        for name, value in logs.items()
        if name in history and name != "learning_rate"
    )


def test_the_weights_that_are_put_back_are_those_of_models_and_test_data(rows, make_tuner):
    x, y, held_out = rows
    early = GIVEN["restored"]
    tuner = search(make_tuner, rows, early())
    (best,) = tuner.get_best_models()
    top = tuner.ranking()["trial"].iloc[0]
    np.testing.assert_allclose(errors(best, held_out), tuner.study.trials[top].values, rtol=1e-4)
    test_data = x[:100], {name: target[:100] for name, target in y.items()}
    tuner.confirm(top=1, seeds=2, test_data=test_data, verbose=0)
    replicates = [trial for trial in tuner.study.trials if names.REPLICATE_OF in trial.user_attrs]
    with_kept = [trial for trial in replicates if "kept" in trial.user_attrs[names.OUTCOME]]
    assert with_kept, "no replicate of this test ends with other weights than its last epoch's"
    for trial in with_kept[:2]:
        candidate = tuner._design.stored_candidate(trial.user_attrs)
        model, *_ = by_hand(candidate, early(), x, y, held_out, seed=trial.user_attrs[names.SEED])
        ones = {name: np.ones(100) for name in y}
        np.testing.assert_allclose(trial.user_attrs[names.OUTCOME]["test_values"], errors(model, (*test_data, ones)), rtol=1e-3)


def test_a_schedule_that_raises_fails_its_trial_alone(rows, make_tuner):
    def schedule(epoch, lr):
        if lr < 0.04 and epoch:
            raise RuntimeError("my own mistake")
        return lr

    outcomes = [
        trial.user_attrs[names.OUTCOME]
        for trial in search(make_tuner, rows, [callbacks.LearningRateScheduler(schedule)]).study.trials
    ]
    assert {outcome["state"] for outcome in outcomes} == {names.COMPLETE, names.FAILED}
    assert all("my own mistake" in outcome["reason"] for outcome in outcomes if outcome["state"] == names.FAILED)


def test_metrics_without_names_are_watched_by_the_names_of_the_first_model(rows, make_tuner, logged):
    build()
    search(make_tuner, rows, [callbacks.EarlyStopping("val_urgent_auc", mode="max", patience=1)], n_trials=1)
    assert all(list(logs) == ["val_urgent_auc"] for told, _ in logged() for logs in told)


@pytest.mark.parametrize(
    ("callback", "error"),
    [
        (
            lambda: callbacks.EarlyStopping("val_kind_accuracy"),
            "Keras cannot tell whether less or more of 'val_kind_accuracy' is better, and EarlyStopping would end every fit with "
            "an error; say so: EarlyStopping('val_kind_accuracy', mode='max'), or mode='min'",
        ),
        (lambda: callbacks.EarlyStopping("val_acc"), "EarlyStopping watches 'val_acc', which fit does not log; known are"),
    ],
)
def test_what_no_fit_could_watch_is_refused(callback, error, rows, make_tuner):
    with pytest.raises(InputError) as raised:
        search(make_tuner, rows, [callback()])
    assert error in str(raised.value)


def test_a_rate_that_is_a_schedule_cannot_be_set(rows, make_tuner):
    x, y, held_out = rows
    decaying = keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9))
    with pytest.raises(InputError, match="LearningRateScheduler sets the learning rate, and that of SGD"):
        make_tuner(build, space=make_space(decaying)).search(
            x, y, validation_data=held_out, callbacks=[callbacks.LearningRateScheduler(halved)], verbose=0
        )


def own(epoch):
    return 0.02 * 0.5**epoch


def warm(epoch, lr):
    return 0.01 if epoch == 0 else lr * 1.5


@pytest.mark.parametrize("schedule", [own, warm])
def test_a_schedule_with_rates_of_its_own_is_taken_relative_to_the_compiled_one(schedule, rows, make_tuner, logged, capfd):
    x, y, held_out = rows
    tuner = search(make_tuner, rows, [callbacks.LearningRateScheduler(schedule)], n_trials=1, verbose=1)
    said = capfd.readouterr().err.replace("\n", " ")
    assert "times its learning rate / 0.05, which the model is compiled with" in said
    candidates = [tuner._design.stored_candidate(trial.user_attrs) for trial in tuner.study.trials]
    _, recorded, _ = by_hand(candidates[0], [callbacks.LearningRateScheduler(schedule)], x, y, held_out)
    np.testing.assert_allclose(tuner.study.trials[0].user_attrs[names.OUTCOME]["history"], recorded.errors, rtol=1e-4)
    rates = [rates for _, rates in logged()]
    for candidate, ours in zip(candidates, rates, strict=True):
        np.testing.assert_allclose(ours, np.multiply(recorded.rates, candidate.learning_rate / 0.05), rtol=1e-6)


def test_the_best_epoch_is_one_for_all_objectives(rows, make_tuner):
    tuner = search(make_tuner, rows, None, epoch="best", monitor="kind/absolute")
    trials = tuner.study.trials
    assert {trial.user_attrs[names.OUTCOME]["engine"] for trial in trials} == {"fused"}
    for trial in trials:
        history = trial.user_attrs[names.OUTCOME]["history"]
        assert len(history) == EPOCHS
        assert trial.values == min(history, key=lambda values: values[1])
    assert any(trial.values != trial.user_attrs[names.OUTCOME]["history"][-1] for trial in trials)
    by_fit = make_tuner(build, space=make_space(), objectives=OBJECTIVES, engine="fit", project_name="by fit")
    x, y, held_out = rows
    settings = {"epochs": EPOCHS, "batch_size": BATCH, "shuffle": False, "n_trials": 1, "verbose": 0}
    by_fit.search(x, y, validation_data=held_out, epoch="best", monitor="kind/absolute", **settings)
    np.testing.assert_allclose(by_fit.study.trials[0].values, trials[0].values, rtol=1e-3)


@pytest.mark.usefixtures("float64")
@pytest.mark.filterwarnings("ignore:Early stopping conditioned on metric:UserWarning")
def test_validation_frequency_and_batch_size_are_those_of_fit(rows, make_tuner, logged):
    x, y, held_out = rows
    fit = {"validation_freq": 2, "validation_batch_size": 7}
    early = [callbacks.EarlyStopping("val_urgent_loss", mode="min", patience=0, min_delta=1.0, start_from_epoch=1)]
    tuner = search(make_tuner, rows, early, n_trials=1, **fit)
    candidate = tuner._design.stored_candidate(tuner.study.trials[0].user_attrs)
    _, recorded, history = by_hand(candidate, early, x, y, held_out, **fit)
    assert tuner.study.trials[0].user_attrs[names.OUTCOME]["epochs"] == len(recorded.errors) == 4
    told = [logs["val_urgent_loss"] for logs in logged()[0][0] if "val_urgent_loss" in logs]
    np.testing.assert_allclose(told, history["val_urgent_loss"], rtol=1e-6)


class Noise(layers.Layer):
    """Draws in inference too, as the sampling of an autoencoder does."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(5)

    def call(self, x):
        return x + keras.random.normal(keras.ops.shape(x), stddev=0.1, seed=self.seed_generator)


@pytest.mark.usefixtures("float64")
def test_training_goes_on_after_the_random_numbers_of_validation(rows, make_tuner, logged):
    def noisy():
        inputs = keras.Input((6,))
        hidden = Noise()(layers.Dense(8, activation="tanh")(inputs))
        model = keras.Model(inputs, {name: layers.Dense(n, name=name)(hidden) for name, n in (("urgent", 1), ("kind", 3))})
        model.compile(keras.optimizers.Adam(0.01), loss={"urgent": "mse", "kind": "mse"})
        return model

    x, y, held_out = rows
    early = [callbacks.EarlyStopping("val_loss", patience=3)]
    tuner = make_tuner(noisy, objectives=OBJECTIVES, engine="fused")
    settings = {"epochs": 3, "batch_size": BATCH, "shuffle": False, "verbose": 0}
    tuner.search(x, y, validation_data=held_out, callbacks=early, n_trials=1, **settings)
    keras.utils.set_random_seed(SEED)
    history = noisy().fit(x, y, validation_data=held_out, callbacks=early, **settings).history
    np.testing.assert_allclose([logs["val_loss"] for logs in logged()[0][0]], history["val_loss"], rtol=1e-6)


def test_a_function_that_returns_the_same_callbacks_each_time_is_refused(rows, make_tuner):
    shared = [callbacks.EarlyStopping("val_loss", patience=1)]
    with pytest.raises(InputError, match="returns the same EarlyStopping each time, which trials that train side by side"):
        search(make_tuner, rows, lambda: shared)


def test_another_way_of_logging_is_another_search(rows, make_tuner):
    early = [callbacks.EarlyStopping("val_loss", patience=EPOCHS)]
    search(make_tuner, rows, early, n_trials=1)
    for other, error in (({"validation_freq": 2}, "validation_freq: the study has 1"), ({"validation_batch_size": 7}, "has 64")):
        with pytest.raises(InputError, match=error):
            search(make_tuner, rows, early, n_trials=1, **other)


def bare():
    """The model of the tests, not compiled."""
    compiled = make_model()
    return keras.Model(compiled.input, compiled.output)


@pytest.mark.parametrize(
    ("callback", "error"),
    [
        (
            lambda: callbacks.EarlyStopping("val_kind_accuracy", mode="max"),
            "fit does not log; known are loss, urgent_loss, kind_loss, val_loss",
        ),
        (lambda: callbacks.LearningRateScheduler(lambda epoch: 0.1 * epoch), "begins with 0, so that the others cannot be taken"),
    ],
)
def test_what_a_model_that_is_not_compiled_lacks_is_refused(callback, error, rows, make_tuner):
    x, y, held_out = rows
    with pytest.raises(InputError, match=error):
        make_tuner(bare, space=make_space()).search(x, y, validation_data=held_out, callbacks=[callback()], verbose=0)


def test_a_schedule_is_relative_to_its_first_rate_where_nothing_is_compiled(rows, make_tuner, logged):
    x, y, held_out = rows
    tuner = make_tuner(bare, space=make_space(), objectives=OBJECTIVES, engine="fused")
    tuner.baselines = dict
    schedule = [callbacks.LearningRateScheduler(own)]
    tuner.search(x, y, validation_data=held_out, callbacks=schedule, n_trials=1, epochs=3, verbose=0)
    rate = tuner._design.stored_candidate(tuner.study.trials[0].user_attrs).learning_rate
    np.testing.assert_allclose(logged()[0][1], np.multiply([1.0, 0.5, 0.25], rate), rtol=1e-6)
