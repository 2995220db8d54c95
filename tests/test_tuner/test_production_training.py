"""Production trains as the trials were trained: the reference is the value that the study stored of the same seed."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from search_spaces import InputError
from tests.conftest import make_drawing_model, make_model
from tuner import LossWeightTuner, load_config

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")


def as_found(tmp_path, data, build=make_model, production=None, **search):
    """What the study stored of its pick, and what production reaches from the same initial weights."""
    settings = data | {"epochs": 4, "n_trials": 2, "shuffle": False} | search
    tuner = LossWeightTuner(build, directory=tmp_path, seed=5, engine="fit")
    tuner.search(**settings)
    path = tuner.best_config().save(tmp_path / "best.json")
    config = load_config(path)
    keras.utils.set_random_seed(5)
    trained = config.train(
        build(), data["x"], data["y"], validation_data=data["validation_data"], verbose=0, **(production or {})
    )
    found = {objective["name"]: objective["value"] for objective in config.objectives}
    return trained, found, config


CALLS = {
    "plain": {},
    "the best epoch": {"epoch": "best", "monitor": "urgent/auc"},
    "early stopping": {"callbacks": [keras.callbacks.EarlyStopping("val_loss", patience=0, restore_best_weights=True)]},
    "a plateau": {"callbacks": [keras.callbacks.ReduceLROnPlateau("kind/accuracy", mode="max", patience=0, factor=0.1)]},
    "class weights": {"class_weight": {"kind": {0: 5.0, 2: 0.5}}},
    "steps": {"steps_per_epoch": 1, "epochs": 3},
}


@pytest.mark.parametrize("call", CALLS)
def test_production_ends_where_the_trial_ended(call, data, tmp_path):
    trained, found, _ = as_found(tmp_path, data, make_drawing_model, **CALLS[call])
    assert trained.values == pytest.approx(found, rel=1e-6)
    assert trained.model.predict(data["x"][:2], verbose=0)["kind"].shape == (2, 3)
    if call != "early stopping":
        assert len(trained.history.history["urgent/auc"]) == CALLS[call].get("epochs", 4)


def test_a_schedule_of_its_own_rates_is_taken_as_the_trials_took_it(data, tmp_path):
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch: [0.05, 0.02, 0.01, 0.005][epoch])
    trained, found, config = as_found(
        tmp_path, data, make_drawing_model, callbacks=[schedule], production={"callbacks": [schedule]}
    )
    assert trained.values == pytest.approx(found, rel=1e-6)
    rates = np.array(trained.history.history["learning_rate"]) / config.learning_rate
    assert rates == pytest.approx([1, 0.4, 0.2, 0.1], rel=1e-5)
    with pytest.raises(InputError, match="trained with the callback LearningRateScheduler, which a file cannot hold"):
        config.train(make_drawing_model(), data["x"], data["y"])


def test_lists_of_outputs_and_frames_of_weights(data, tmp_path):
    def build():
        model = make_drawing_model()
        listed = keras.Model(model.input, [model.output["urgent"], model.output["kind"]])
        listed.compile("adam", loss=list(model.loss.values()), loss_weights=[1.0, 0.2])
        return listed

    ones = np.linspace(0.5, 2, len(data["x"])).astype("float32")
    x_val, y_val = data["validation_data"]
    data = data | {
        "y": list(data["y"].values()),
        "validation_data": (x_val, list(y_val.values()), np.linspace(0.5, 2, len(x_val)).astype("float32")),
    }
    trained, found, _ = as_found(tmp_path, data, build, sample_weight=[ones, ones], production={"sample_weight": [ones, ones]})
    assert trained.values == pytest.approx(found, rel=1e-6)


def test_what_is_expected_of_one_more_seed(data, tmp_path):
    tuner = LossWeightTuner(make_model, directory=tmp_path, seed=5, engine="fit")
    tuner.search(**data, n_trials=2)
    best = load_config(tuner.best_config().save(tmp_path / "best.json"))
    trained = best.train(make_model(), data["x"], data["y"], validation_data=data["validation_data"], verbose=0)
    assert trained.as_expected is None
    assert "no replicates, so that nothing is known of other seeds" in str(trained)
    tuner.confirm(top=1, seeds=7, verbose=0)
    best = load_config(tuner.best_config().save(tmp_path / "best.json"))
    trained = best.train(make_model(), data["x"], data["y"], validation_data=data["validation_data"], verbose=0)
    runs = tuner.study.trials
    replicates = [run for run in runs if run.user_attrs.get("replicate_of") == best.study["trial"]]
    judging = [run.values[0] for run in replicates if run.user_attrs["seed"] in best.evidence["seeds"]]
    assert len(judging) == trained.expected["urgent/auc"].seeds == 4
    half = 3.182446 * np.std(judging, ddof=1) * np.sqrt(1 + 1 / 4)  # t of 3 degrees of freedom at 97.5 %
    assert trained.expected["urgent/auc"].low == pytest.approx(np.mean(judging) - half, rel=1e-5)
    assert trained.expected["urgent/auc"].high == pytest.approx(np.mean(judging) + half, rel=1e-5)
    assert set(trained.expected) == set(trained.values)
    narrow = {name: replace(among, low=0.9999, high=1.0) for name, among in trained.expected.items()}
    worse = replace(trained, values=dict.fromkeys(trained.values, 0.5), expected=narrow)
    assert worse.as_expected is False
    assert "urgent/auc 0.5, OUTSIDE 0.9999 to 1, where one more seed is expected with 95 % (4 seeds on validation" in str(worse)


def test_what_is_missing_is_said_at_once(data, tmp_path):
    stopping = keras.callbacks.EarlyStopping("val_loss", patience=3)
    _, _, config = as_found(
        tmp_path, data, callbacks=[stopping, keras.callbacks.LambdaCallback()], class_weight={"kind": {0: 2.0}},
        production={"callbacks": []},
    )  # fmt: skip
    with pytest.raises(InputError) as caught:
        config.train(make_model(), data["x"], data["y"], sample_weight=np.ones(len(data["x"])))
    assert caught.value.lines == [
        "the trials trained with EarlyStopping, which watches 'val_loss'; give validation_data, or callbacks=[...]",
        "the trials trained with the callback LambdaCallback, which a file cannot hold; give callbacks=[...] with it, or "
        "callbacks=[] to train without",
        "the study weighed rows by their classes, so that sample_weight cannot be given too; leave it out",
    ]


def test_a_function_of_ones_own_is_not_measured(data, tmp_path):
    def spread(targets, predictions):
        return float(np.mean(np.abs(predictions)))

    tuner = LossWeightTuner(
        make_model, objectives=[("urgent", "auc", "max"), ("kind", spread, "min")], directory=tmp_path, engine="fit"
    )
    tuner.search(**data, n_trials=1)
    config = load_config(tuner.best_config().save(tmp_path / "best.json"))
    trained = config.train(make_model(), data["x"], data["y"], validation_data=data["validation_data"], verbose=0)
    assert list(trained.values) == ["urgent/auc"]
    assert "kind/spread is not measured: its metric is none of Keras's own." in str(trained)
