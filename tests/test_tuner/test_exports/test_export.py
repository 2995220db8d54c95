"""What is exported predicts what the model predicts, by the runtime of each format; what cannot is refused by name."""

from dataclasses import replace
from importlib.util import find_spec

import keras
import numpy as np
import pandas as pd
import pytest

from search_spaces import InputError
from tests.conftest import make_data, make_drawing_model, make_model, needs
from tuner import LossWeightTuner, load_config
from tuner.exports import FORMATS, _export

pytestmark = [  # of the converters
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


@pytest.fixture(autouse=True)
def runtimes():
    needs(all(find_spec(name) for kind in FORMATS.values() for name in kind.needs), "the extra `export`")


def two_inputs():
    numbers, words = keras.Input((6,), name="numbers"), keras.Input((5,), dtype="int32", name="words")
    hidden = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(9, 4)(words))
    hidden = keras.layers.Dropout(0.2)(keras.layers.Concatenate()([keras.layers.Dense(4)(numbers), hidden]))
    outputs = {"urgent": keras.layers.Dense(1, name="urgent")(hidden), "kind": keras.layers.Dense(3, name="kind")(hidden)}
    model = keras.Model({"words": words, "numbers": numbers}, outputs)
    model.compile("adam", loss=dict(make_model().loss), loss_weights={"urgent": 1.0, "kind": 0.2})
    return model


def listed():
    model = make_drawing_model()
    copy = keras.Model(model.input, [model.output["urgent"], model.output["kind"]])
    copy.compile("adam", loss=list(model.loss.values()), loss_weights=[1.0, 0.2])
    return copy


def recurrent():
    inputs = keras.Input((6,), name="x")
    hidden = keras.layers.LSTM(3)(keras.layers.Reshape((6, 1))(inputs))
    outputs = {"urgent": keras.layers.Dense(1, name="urgent")(hidden), "kind": keras.layers.Dense(3, name="kind")(hidden)}
    model = keras.Model(inputs, outputs)
    model.compile("adam", loss=dict(make_model().loss))
    return model


def searched(tmp_path, data, build=make_model, **settings):
    tuner = LossWeightTuner(build, directory=tmp_path, seed=5, engine="fit")
    tuner.search(**(data | {"n_trials": 1} | settings))
    return tuner


def with_words(data):
    words = np.random.default_rng(0).integers(0, 9, (400, 5)).astype("int32")
    x_val, y_val = data["validation_data"]
    held_out = {"numbers": x_val, "words": words[: len(x_val)]}, y_val
    return data | {"x": {"numbers": data["x"], "words": words[: len(data["x"])]}, "validation_data": held_out}


@pytest.mark.parametrize("build", [make_drawing_model, two_inputs, listed])
def test_every_format_predicts_what_the_model_predicts(build, data, tmp_path):
    if build is two_inputs:
        data = with_words(data)
    if build is listed:
        data = data | {"y": list(data["y"].values())}
        data["validation_data"] = data["validation_data"][0], list(data["validation_data"][1].values())
    folder = searched(tmp_path, data, build).export(formats=list(FORMATS))
    assert {file.name for file in folder.iterdir()} == {
        "best.json", "model.keras", "model.onnx", "model.tflite", "model_card.md", "saved_model", "values.csv",
    }  # fmt: skip
    model = keras.models.load_model(folder / "model.keras")
    x = data["validation_data"][0]
    expected = model.predict(x, verbose=0)
    expected = dict(zip(("urgent", "kind"), expected, strict=True)) if isinstance(expected, list) else expected
    names = [tensor.name for tensor in keras.tree.flatten(model.input)]
    for name, kind in FORMATS.items():
        if name != "keras":
            predicted = kind.predict(folder / kind.file, x, names)
            assert set(predicted) == {"urgent", "kind"}, "outputs keep their names"
            for output, values in expected.items():
                assert predicted[output] == pytest.approx(values, abs=2e-5)


def test_what_a_format_cannot_hold_is_named_and_the_others_are_written(data, tmp_path):
    tuner = searched(tmp_path, data, recurrent)
    with pytest.raises(
        InputError, match=r"what could be exported is in .*export': litert: it cannot hold the operation TensorList"
    ):
        tuner.export(formats=["saved_model", "litert", "onnx"])
    names = {file.name for file in (tmp_path / "study" / "export").iterdir()}
    assert names == {"best.json", "model.onnx", "model_card.md", "saved_model", "values.csv"}
    assert (
        "refused: it cannot hold the operation TensorListReserve" in (tmp_path / "study" / "export" / "model_card.md").read_text()
    )


def test_a_file_that_predicts_otherwise_is_not_left(data, tmp_path, monkeypatch):
    def wrong(model, path):
        model.set_weights([weight * 1.001 for weight in model.get_weights()])
        FORMATS["saved_model"].write(model, path)

    monkeypatch.setattr(_export, "FORMATS", FORMATS | {"onnx": replace(FORMATS["saved_model"], write=wrong)})
    with pytest.raises(InputError, match="onnx: its predictions differ from the model's by"):
        searched(tmp_path, data).export(formats="onnx")
    assert not (tmp_path / "study" / "export" / "saved_model").exists()


def test_the_study_s_own_seed_gives_the_trial_again(data, tmp_path):
    tuner = searched(tmp_path, data, make_drawing_model)
    folder = tuner.export(tmp_path / "out", seeds=2)
    assert sorted(file.name for file in folder.iterdir()) == ["best.json", "model_card.md", "seed_5", "seed_6", "values.csv"]
    values = pd.read_csv(folder / "values.csv")
    best = load_config(folder / "best.json")
    for objective in best.objectives:
        assert values[objective["name"]][0] == pytest.approx(objective["value"], rel=1e-6)
        assert values[objective["name"]][0] != values[objective["name"]][1]


@pytest.mark.parametrize("class_weight", [None, {"kind": {0: 5.0}}])
def test_all_rows_are_the_training_rows_and_then_the_validation_rows(class_weight, data, tmp_path):
    tuner = searched(tmp_path, data, shuffle=False, class_weight=class_weight)
    folder = tuner.export(rows="all", trial=0)
    x, y = make_data()
    keras.utils.set_random_seed(5)
    by_hand = make_model()
    weights = load_config(folder / "best.json").sample_weight(y)
    by_hand.fit(x, y, sample_weight=weights, batch_size=64, epochs=2, shuffle=False, verbose=0)
    model = keras.models.load_model(folder / "model.keras")
    for own, other in zip(model.get_weights(), by_hand.get_weights(), strict=True):
        assert own == pytest.approx(other, rel=1e-5, abs=1e-6)
    assert list(pd.read_csv(folder / "values.csv")) == ["seed"], "nothing is measured on rows that were trained on"
    card = (folder / "model_card.md").read_text()
    assert "on 320 training and validation rows" in card
    assert "trained on rows that chose the configuration" in card


def test_validation_rows_that_callbacks_watch_stay_out(data, tmp_path):
    tuner = searched(tmp_path, data, callbacks=[keras.callbacks.EarlyStopping("val_loss")])
    with pytest.raises(InputError, match="rows='all' trains on the validation rows too, and cannot here: callbacks watch the"):
        tuner.export(rows="all")


def test_the_card_says_what_speaks_for_the_model(data, tmp_path):
    tuner = searched(tmp_path, data, n_trials=2)
    card = (tuner.export() / "model_card.md").read_text()
    assert "not confirmed with further seeds, so that the gain may be noise" in card
    tuner.confirm(top=1, seeds=6, verbose=0)
    card = (tuner.export() / "model_card.md").read_text()
    best = tuner.best_config()
    assert best.evidence["text"] in card
    for part in ("`kind`, shape (rows, 3)", "keras.optimizers.RMSprop(", "2 epochs, batches of 64 rows, on 240 training rows"):
        assert part in card
    objective = best.objectives[0]
    assert f"| {objective['name']} | more | {objective['value']:.4g} |" in card


def test_mistakes_are_said_together(data, tmp_path):
    tuner = LossWeightTuner(make_model, directory=tmp_path, engine="fit")
    with pytest.raises(InputError) as caught:
        tuner.export(formats=["keras", "onx"], rows="most", seeds=0)
    assert caught.value.lines == [
        "formats: unknown format 'onx'; did you mean 'onnx'? Known: 'keras', 'saved_model', 'onnx', 'litert'",
        "seeds must be a whole number from 1 up, got 0",
        "rows must be 'training' or 'all', got 'most'",
        "the models are trained again, which needs the data: call search first",
    ]


def test_missing_packages_are_named_before_anything_trains(data, tmp_path, monkeypatch):
    tuner = searched(tmp_path, data)
    monkeypatch.setattr(_export, "find_spec", lambda name: None if name == "tf2onnx" else find_spec(name))
    with pytest.raises(InputError, match=r"'onnx' needs tf2onnx, not installed here: pip install 'loss-weight-tuner\[export\]'"):
        tuner.export(formats=["onnx"])
    assert not (tmp_path / "study" / "export").exists()
