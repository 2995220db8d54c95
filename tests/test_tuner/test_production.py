"""One file that production loads."""

import contextlib
import errno
from dataclasses import replace
from pathlib import Path

import keras
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_spaces import Candidate, InputError
from search_spaces._losses import loss_spec
from search_spaces._optimizers import optimizer_spec
from tuner._compile_table import compile_table
from tuner.production import BestConfig, load_config, output_shapes


def config(**changed):
    candidate = Candidate(
        2e-3,
        optimizer_spec(keras.optimizers.Adam(beta_1=0.8)),
        {
            "urgent": loss_spec(keras.losses.BinaryCrossentropy(from_logits=True)),
            "kind": loss_spec(keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)),
        },
        {"urgent": 1.0, "kind": 0.3},
        {"units": 8},
    )
    return BestConfig(**({"candidate": candidate, "epochs": 5, "batch_size": 64} | changed))


def test_a_model_is_compiled_as_it_was_tuned(build, tmp_path):
    path = config(fingerprints={"outputs": output_shapes(build())}).save(tmp_path / "best.json")
    loaded = load_config(path)
    assert loaded == config(fingerprints={"outputs": {"urgent": [1], "kind": [3]}})
    model = build()
    assert loaded.compile(model, metrics={"kind": ["accuracy"]}) is model
    assert float(model.optimizer.learning_rate) == pytest.approx(2e-3)
    assert model.optimizer.beta_1 == 0.8
    assert model.get_compile_config()["loss_weights"] == {"urgent": 1.0, "kind": 0.3}
    assert model.loss["kind"].get_config()["label_smoothing"] == 0.1
    assert loaded.hyperparameters == {"units": 8}


def test_the_evidence_goes_with_it_and_older_files_have_none(tmp_path):
    evidence = {
        "verdict": "gain",
        "text": "Trial 4 is a gain.",
        "intervals": [{"objective": "a/auc", "mean": 0.8, "p_holm": None}],
    }
    assert load_config(config(evidence=evidence).save(tmp_path / "best.json")).evidence == evidence
    old = {key: value for key, value in config().to_dict().items() if key != "evidence"}
    assert BestConfig.from_dict(old).evidence == {}
    with pytest.raises(InputError, match="evidence has the wrong type list"):
        BestConfig.from_dict(old | {"evidence": []})


def test_a_model_with_other_outputs_is_refused():
    inputs = keras.Input((3,))
    outputs = {"urgnt": keras.layers.Dense(1)(inputs), "kind": keras.layers.Dense(4)(inputs)}
    with pytest.raises(InputError) as caught:
        config(fingerprints={"outputs": {"kind": [3]}}).compile(keras.Model(inputs, outputs))
    for part in (
        "it has no output 'urgent', which was tuned; did you mean 'urgnt'",
        "its output 'urgnt' was not tuned",
        "output 'kind' has shape [4], it was tuned with [3]",
    ):
        assert part in str(caught.value)


BAD = [
    ({"schema": "other"}, "expected a configuration with schema"),
    ({"version": 99}, "upgrade loss-weight-tuner"),
    ({"learning_rate": "fast"}, "learning_rate has the wrong type str"),
    ({"learning_rate": -1.0}, "learning_rate must be above 0"),
    ({"loss_weights": {"urgent": -1, "kind": 1}}, "the weight of 'urgent' must be a number from 0 up, got -1"),
    ({"loss_weights": {"urgent": 1}}, "both must agree"),
    ({"lossweights": {}}, "unknown key 'lossweights'; did you mean 'loss_weights'"),
    ({"losses": {"urgent": "mse", "kind": "mse"}}, "urgent must be a mapping with class_name and config"),
    ({"optimizer": {"class_name": 3}}, "expected a mapping with class_name"),
    ({"learning_rate": 10**400}, "learning_rate must be above 0, got 1000"),
    ({"loss_weights": {"urgent": 10**400, "kind": float("nan")}}, "the weight of 'kind' must be a number from 0 up, got nan"),
    ({"epochs": -3}, "epochs must be a whole number from 1 up, got -3"),
    ({"batch_size": 0}, "batch_size must be a whole number from 1 up, got 0"),
    ({"fingerprints": {"outputs": [1]}}, "fingerprints.outputs must be a mapping from output to shape, got [1]"),
    ({"compile": {"run_eagerl": True}}, "compile has an unknown setting 'run_eagerl'; did you mean 'run_eagerly'"),
    ({"compile": {"steps_per_execution": 0}}, "compile.steps_per_execution has the wrong value 0"),
    ({"compile": {"metrics": {"kind": "accuracy"}}}, "compile.metrics of 'kind' must be a list of metrics"),
    ({"optimizer": {"class_name": "SGD", "config": {"learning_rate": "abc"}}}, "expected a learning-rate schedule"),
]


@pytest.mark.parametrize(("changed", "text"), BAD, ids=[text[:30] for _, text in BAD])
def test_bad_files_are_refused(changed, text):
    with pytest.raises(InputError) as caught:
        BestConfig.from_dict(config().to_dict() | changed)
    assert text in str(caught.value)


def test_all_mistakes_are_told_at_once():
    with pytest.raises(InputError) as caught:
        BestConfig.from_dict(config().to_dict() | {"epochs": 0, "learning_rate": -1, "compile": {"x": 1}, "batch_size": -1})
    assert "4 mistakes" in str(caught.value)


@pytest.mark.parametrize(
    ("schedule", "text"),
    [
        ({"class_name": "NoSuch", "config": {}}, "the learning-rate schedule 'NoSuch' is not one of Keras's own: pass it as"),
        ({"class_name": "CosineDecay", "config": {}}, "the learning-rate schedule CosineDecay refuses its settings {}"),
        ({"class_name": "CosineDecay", "config": 3}, "the learning-rate schedule CosineDecay refuses its settings 3"),
    ],
)
def test_schedules_that_cannot_be_made_are_refused(schedule, text, build):
    plain = config().to_dict() | {"optimizer": {"class_name": "SGD", "config": {"learning_rate": schedule}}}
    with pytest.raises(InputError) as caught:
        BestConfig.from_dict(plain).compile(build())
    assert text in str(caught.value)


def test_what_a_model_is_compiled_with_besides_goes_with_it(build, tmp_path):
    model = build()
    metrics = {"kind": ["accuracy", lambda t, p: p], "urgent": [keras.metrics.AUC(from_logits=True, name="area")]}
    model.compile(
        "adam", loss=model.loss, metrics=metrics, weighted_metrics={"kind": ["mae"]}, steps_per_execution=3, run_eagerly=True
    )
    path = config(compile_settings=compile_table(model)).save(tmp_path / "best.json")
    again = load_config(path).compile(build())
    assert (again.run_eagerly, again.steps_per_execution) == (True, 3)
    assert compile_table(again) == compile_table(model)
    assert compile_table(again)["metrics"]["kind"] == ["accuracy"]
    assert compile_table(again)["weighted_metrics"] == {"kind": ["mae"]}
    assert not load_config(path).compile(build(), run_eagerly=False).run_eagerly
    old = {key: value for key, value in config().to_dict().items() if key != "compile"}
    assert BestConfig.from_dict(old).compile_settings == {}


def test_variables_without_weight_decay_stay_without_it(build, tmp_path):
    optimizer, model = keras.optimizers.AdamW(weight_decay=0.1), build()
    optimizer.exclude_from_weight_decay(var_names=["bias"], var_list=[model.get_layer("hidden").kernel])
    spec = optimizer_spec(optimizer, model.trainable_variables)
    path = config(candidate=replace(config().candidate, optimizer=spec)).save(tmp_path / "best.json")
    again = load_config(path).compile(build())
    assert optimizer_spec(again.optimizer, again.trainable_variables) == spec
    other = keras.Model(model.input, {"urgent": keras.layers.Dense(1)(model.input), "kind": keras.layers.Dense(3)(model.input)})
    with pytest.raises(InputError, match="the optimizer excludes variables from weight decay that the model does not have"):
        load_config(path).compile(other)


def test_what_is_no_json_is_refused(tmp_path):
    (tmp_path / "best.json").write_text("{")
    with pytest.raises(InputError, match="is not JSON"):
        load_config(tmp_path / "best.json")


def test_classes_are_looked_up_and_never_imported(build):
    plain = config().to_dict()
    plain["optimizer"] = {"class_name": "os.system", "config": {}}
    with pytest.raises(InputError, match="Keras has no optimizer 'os.system'"):
        BestConfig.from_dict(plain).compile(build())


def test_custom_losses_come_from_the_caller(build):
    def mine(targets, predictions):
        return keras.ops.mean(keras.ops.square(targets - predictions), axis=-1)

    plain = config().to_dict()
    plain["losses"]["kind"] = {"class_name": "mine", "config": {}, "custom": True}
    with pytest.raises(InputError, match="pass it as custom_objects"):
        BestConfig.from_dict(plain).compile(build())
    model = BestConfig.from_dict(plain, {"mine": mine}).compile(build())
    assert model.loss["kind"] is mine


def test_an_interrupted_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = config().save(tmp_path / "best.json")
    before = path.read_text()

    def half(self, text, **_):
        with self.open("w") as file:
            file.write(text[: len(text) // 2])
        raise OSError(errno.ENOSPC, "disk full")

    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(OSError, match="disk full"):
        config(epochs=9).save(path)
    assert path.read_text() == before
    assert [p.name for p in tmp_path.iterdir()] == ["best.json"]


def test_whoever_may_read_the_folder_may_read_the_file(tmp_path):
    other = tmp_path / "other"
    other.touch()
    assert config().save(tmp_path / "best.json").stat().st_mode == other.stat().st_mode


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(key=st.sampled_from(sorted(config().to_dict())), value=JSON)
@settings(max_examples=150, deadline=None)
def test_whatever_stands_in_the_file_only_the_documented_error_comes(key, value):
    with contextlib.suppress(InputError):
        BestConfig.from_dict(config().to_dict() | {key: value})


def test_an_output_that_had_no_loss_gets_none_and_may_be_missing():
    inputs = keras.Input((6,))
    heads = [keras.layers.Dense(units, name=name)(inputs) for name, units in (("urgent", 1), ("shown", 2), ("kind", 3))]
    model, short = keras.Model(inputs, heads), keras.Model(inputs, [heads[0], heads[2]])
    chosen = config(fingerprints={"outputs": output_shapes(model)})
    assert [loss is None for loss in chosen.compile(model).loss] == [False, True, False]
    assert model.get_compile_config()["loss_weights"] == [1.0, None, 0.3]
    assert len(chosen.compile(short).loss) == 2
    with pytest.raises(InputError, match="its output 'shown' was not tuned"):
        config().compile(model)
