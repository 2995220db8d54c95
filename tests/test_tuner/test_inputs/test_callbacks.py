"""Each trial has callbacks of its own, which see and do what they see and do in the owner's own `fit`."""

from typing import ClassVar

import keras
import numpy as np
import pytest
from keras import callbacks

from search_spaces import InputError, names
from tests.conftest import make_model

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)  # of Keras

EPOCHS = 5


def build():
    model = make_model()
    model.compile(
        keras.optimizers.Adam(0.3), loss=model.loss, loss_weights={"urgent": 1.0, "kind": 0.2}, metrics={"kind": ["accuracy"]}
    )
    return model


class Watching(callbacks.Callback):
    """Keeps what it was told, in a list that all copies share."""

    told: ClassVar = []

    def on_epoch_end(self, epoch, logs=None):
        self.told.append({**logs, "rate": float(self.model.optimizer.learning_rate)})


def halved(epoch, lr):
    return lr * 0.5 if epoch else lr


GIVEN = {
    "early stopping": lambda: [callbacks.EarlyStopping("val_kind_accuracy", mode="max", patience=1, restore_best_weights=True)],
    "plateau": lambda: [callbacks.ReduceLROnPlateau("val_loss", factor=0.1, patience=0, min_delta=10.0)],
    "schedule": lambda: [callbacks.LearningRateScheduler(halved)],
    "several": lambda: [
        callbacks.EarlyStopping("val_urgent_loss", mode="min", patience=0, start_from_epoch=1),
        callbacks.LearningRateScheduler(halved),
    ],
}


def by_hand(given, data):
    """The logs of each epoch, and the error of each output with the weights that are left."""
    Watching.told.clear()
    keras.utils.set_random_seed(3)
    model = build()
    held_out = data["validation_data"]
    model.fit(
        data["x"], data["y"], validation_data=held_out, epochs=EPOCHS, batch_size=64, shuffle=False, verbose=0,
        callbacks=[*given, Watching()],
    )  # fmt: skip
    return list(Watching.told), error(model, *held_out)


def error(model, x, y):
    predictions = model.predict(x, verbose=0)
    return [float(np.mean(np.abs(predictions[name] - y[name]))) for name in ("urgent", "kind")]


def absolute(targets, predictions):
    return np.mean(np.abs(np.asarray(predictions) - targets), axis=-1)


@pytest.fixture
def searched(data, make_tuner, one_baseline):
    """Trains the baseline `current` and one candidate."""

    def search(given, **more):
        tuner = make_tuner(build, objectives=[("urgent", absolute, "min"), ("kind", absolute, "min")], **more)
        settings = {"epochs": EPOCHS, "batch_size": 64, "shuffle": False, "n_trials": 1, "verbose": 0}
        tuner.search(data["x"], data["y"], validation_data=data["validation_data"], callbacks=given, **settings)
        return tuner

    return search


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(make, id=name, marks=[pytest.mark.thorough] * (name in ("plateau", "schedule")))
        for name, make in GIVEN.items()
    ],
)
def test_current_sees_and_does_what_the_owners_own_fit_does(make, data, searched):
    logs, values = by_hand(make(), data)
    Watching.told.clear()
    tuner = searched([*make(), Watching()])
    trials = tuner.study.trials
    current = trials[0]
    assert current.user_attrs[names.BASELINE] == names.CURRENT
    epochs = current.user_attrs[names.OUTCOME]["epochs"]
    assert epochs == len(logs)
    for ours, theirs in zip(Watching.told[:epochs], logs, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-4)
    assert current.values == pytest.approx(values, rel=1e-4)
    assert {trial.user_attrs[names.OUTCOME]["engine"] for trial in trials} == {"fit"}
    assert len(Watching.told) == sum(trial.user_attrs[names.OUTCOME]["epochs"] for trial in trials), (
        "none is shared by two trials"
    )


def test_the_values_are_those_of_the_weights_that_are_restored(data, searched):
    tuner = searched(lambda: [callbacks.EarlyStopping("val_loss", patience=EPOCHS, restore_best_weights=True)])
    for trial in tuner.study.trials:
        outcome = trial.user_attrs[names.OUTCOME]
        assert trial.values in outcome["history"]
        assert trial.values == outcome.get("kept", outcome["history"][-1])
    (best,) = tuner.get_best_models()
    assert error(best, *data["validation_data"]) == pytest.approx(
        tuner.study.trials[int(tuner.ranking()["trial"].iloc[0])].values, rel=1e-4
    )
    assert (tuner.report() / "report.html").exists()


def test_other_callbacks_are_another_search(searched):
    searched([callbacks.EarlyStopping("val_loss", patience=2)])
    with pytest.raises(InputError, match="callbacks"):
        searched([callbacks.EarlyStopping("val_loss", patience=3)])


class Ends(callbacks.Callback):
    def on_train_begin(self, logs=None):
        raise RuntimeError("my own mistake")


def test_a_callback_that_raises_fails_its_trial(searched):
    outcomes = [trial.user_attrs[names.OUTCOME] for trial in searched([Ends()]).study.trials]
    assert [outcome["state"] for outcome in outcomes] == [names.FAILED] * 2
    assert "my own mistake" in outcomes[0]["reason"]


def test_what_is_left_out_is_said_and_leaves_trials_in_lanes(data, make_tuner, tmp_path, capfd):
    tuner = make_tuner(build)
    given = [
        callbacks.ModelCheckpoint(tmp_path / "{epoch}.keras"),
        callbacks.CSVLogger(tmp_path / "log.csv"),
        callbacks.TerminateOnNaN(),
    ]
    tuner.search(**(data | {"verbose": 1, "epochs": 1}), n_trials=1, callbacks=given)
    said = capfd.readouterr().err
    assert "Left out of the trials, which would overwrite one another's files: CSVLogger, ModelCheckpoint." in said
    assert tuner.study.trials[0].user_attrs[names.OUTCOME]["engine"] == "fused"
    assert list(tmp_path.glob("*.keras")) == []
