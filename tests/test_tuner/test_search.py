"""A whole search: what a person gives, trained by the engines, and what comes out of it."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from tuner import load_config


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


@pytest.mark.parametrize("engine", [pytest.param("fit", marks=pytest.mark.thorough), "fused"])
def test_outputs_without_names_of_their_own_are_known_by_their_order(data, make_tuner, engine, end_states):
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
    assert set(end_states(tuner)) == {"complete"}


def test_datasets_train_as_arrays_do(data, make_tuner):
    def dataset(x, y):
        return tf.data.Dataset.from_tensor_slices((x, y)).batch(64)

    arrays = make_tuner(project_name="arrays")
    arrays.search(**(data | {"epochs": 1}), n_trials=1, shuffle=False)
    batches = make_tuner(project_name="batches")
    batches.search(
        dataset(data["x"], data["y"]),
        validation_data=dataset(*data["validation_data"]),
        epochs=1,
        n_trials=1,
        verbose=0,
    )
    np.testing.assert_allclose(arrays.study.trials[0].values, batches.study.trials[0].values, rtol=1e-6)


def test_sample_weights_reach_training_and_measuring(data, make_tuner):
    x_val, y_val = data["validation_data"]
    half = np.repeat([1.0, 0.0], [len(x_val) // 2, len(x_val) - len(x_val) // 2])
    weighted = make_tuner(project_name="weighted")
    weighted.search(**(data | {"epochs": 1, "validation_data": (x_val, y_val, half)}), n_trials=1)
    half_of_them = slice(0, len(x_val) // 2)
    cut = make_tuner(project_name="cut")
    held_out = x_val[half_of_them], {name: targets[half_of_them] for name, targets in y_val.items()}
    cut.search(**(data | {"epochs": 1, "validation_data": held_out}), n_trials=1)
    np.testing.assert_allclose(weighted.study.trials[0].values, cut.study.trials[0].values, atol=1e-6)


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
