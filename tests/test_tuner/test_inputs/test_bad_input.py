"""Nonsense is refused before anything is trained, in words that help."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from search_spaces import InputError, OutputSpace, SearchSpace
from tests.conftest import make_model
from tuner import LossWeightTuner, Objective
from tuner.inputs import default_objectives, resolve
from tuner.inputs._loss_checks import are_classes

BINARY = keras.losses.BinaryCrossentropy(from_logits=True)
CATEGORICAL = keras.losses.CategoricalCrossentropy(from_logits=True)


def space(**changed):
    return SearchSpace({"urgent": BINARY, "kind": CATEGORICAL} | changed)


def nan_at(array, row=0):
    copy = array.copy()
    copy[row] = np.nan
    return copy


def late(array, value):
    """The array, with this value in its last row."""
    copy = array.copy()
    copy[-1] = value
    return copy


def held_out(data, changed):
    x, y = data["validation_data"]
    return {"validation_data": (x, changed(y))}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"space": space(prio="mse")}, "the search space names an unknown output 'prio'"),
        ({"space": SearchSpace({"urgnt": BINARY, "kind": CATEGORICAL})}, "did you mean 'urgent'"),
        ({"space": SearchSpace({"urgent": BINARY})}, "has nothing for the model's output 'kind'"),
        ({"objectives": [Objective("urgnt", "auc")]}, "unknown output 'urgnt'; did you mean 'urgent'"),
        ({"objectives": [Objective("urgent", "val_loss")]}, "the weighted val_loss cannot be an objective"),
        ({"objectives": [Objective("val_loss", "auc")]}, "the weighted val_loss cannot be an objective"),
        ({"objectives": [Objective("urgent", "aucc")]}, "Keras has no metric 'aucc'; did you mean 'auc'"),
        ({"objectives": [Objective("urgent", lambda y, p: 0)]}, "give direction='max' or 'min'"),
        ({"objectives": [Objective("urgent", 3)]}, "expected a metric name, a keras.Metric or a function, got 3"),
        ({"objectives": [Objective("urgent", "auc")] * 2}, "two objectives are called 'urgent/auc'"),
        ({"objectives": [Objective("kind", keras.metrics.MeanIoU)]}, "MeanIoU cannot be made without arguments"),
        ({"objectives": [Objective("kind", "mean_io_u")]}, "MeanIoU cannot be made without arguments"),
        ({"objectives": []}, "no objectives; leave objectives out"),
        *[
            ({"project_name": name}, f"project_name must be a name that a folder can have, without / and \\, got {name!r:.80}")
            for name in ("", ".", "..", "a/b", "a\\b", "x" * 300, 3)
        ],
        ({"seed": -1}, "seed must be a whole number from 0 to 4294967295, got -1"),
        ({"seed": "x"}, "seed must be a whole number from 0 to 4294967295, got 'x'"),
        ({"model": 3}, "expected a build function, a keras_tuner.HyperModel or a keras.Model, got int"),
        ({"model": lambda: 3}, "the build function must return a keras.Model, it returned int"),
        ({"model": lambda a, b: 3}, "must take no argument or one (hp), it takes ['a', 'b']"),
    ],
)
def test_a_tuner_that_cannot_be_made(arguments, text, make_tuner):
    with pytest.raises(InputError) as caught:
        make_tuner(**arguments)
    assert text in str(caught.value)


def test_directions_are_checked_when_given():
    with pytest.raises(InputError, match="direction must be 'max' or 'min', got 'up'"):
        Objective("urgent", "auc", "up")


def test_an_uncompiled_model_needs_a_space(build):
    compiled = build()
    plain = keras.Model(compiled.inputs, compiled.outputs)
    with pytest.raises(InputError, match="the model is not compiled, so there is no space around it"):
        LossWeightTuner(plain)


SEARCHES = [
    (lambda d: {"validation_data": None}, "validation data are missing"),
    (lambda d: {"validation_data": (d["x"],)}, "validation_data must be (x_val, y_val)"),
    (lambda d: {"y": None}, "y is missing; give one array per output: ['urgent', 'kind']"),
    (lambda d: {"y": {"urgent": d["y"]["urgent"]}}, "y has nothing for the output 'kind'"),
    (lambda d: {"y": d["y"] | {"knd": d["y"]["kind"]}}, "y names an unknown output 'knd'; did you mean 'kind'"),
    (lambda d: {"y": [d["y"]["urgent"]]}, "one array for each of the 2 outputs"),
    (lambda d: {"x": d["x"][:-1]}, "arrays of different lengths: x has 239, y['urgent'] has 240, y['kind'] has 240"),
    (lambda d: {"x": d["x"][:0], "y": {k: v[:0] for k, v in d["y"].items()}}, "there are no rows"),
    (lambda d: {"x": nan_at(d["x"])}, "x holds NaN or infinite values in 1 of 240 rows"),
    (
        lambda d: {"y": d["y"] | {"kind": nan_at(d["y"]["kind"])}},
        "y['kind'] holds NaN or infinite values in 1 of 240 rows",
    ),
    (lambda d: {"y": d["y"] | {"kind": d["y"]["kind"].argmax(1)}}, "use SparseCategoricalCrossentropy"),
    (lambda d: {"y": d["y"] | {"urgent": d["y"]["urgent"] * 5}}, "expected targets between 0 and 1, got 0 to 5"),
    (lambda d: {"x": {"y": d["x"]}}, "the training data have no input 'x'"),
    (lambda d: {"x": d["x"][:, :3]}, "the training data: input 'x' must have the shape (rows, 6), got (rows, 3)"),
    (lambda d: {"x": d["x"][:, None]}, "the training data: input 'x' must have the shape (rows, 6), got (rows, 1, 6)"),
    (lambda d: {"sample_weight": {"urgnt": 1}}, "sample_weight names an unknown output 'urgnt'"),
    (lambda d: {"sample_weight": -np.ones(240)}, "sample_weight for 'urgent' must be finite and not negative"),
    (lambda d: {"epochs": 0}, "epochs must be a whole number from 1 up, got 0"),
    (lambda d: {"n_trials": -3}, "n_trials must be a whole number from 1 up, got -3"),
    (lambda d: {"batch_size": 2.5}, "batch_size must be a whole number from 1 up, got 2.5"),
    (lambda d: {"batch_size": 0}, "batch_size must be a whole number from 1 up, got 0"),
    (lambda d: {"timeout": "10m"}, "timeout must be a number of seconds from 0 up, or None, got '10m'"),
    (lambda d: {"timeout": -1}, "timeout must be a number of seconds from 0 up, or None, got -1"),
    (lambda d: {"y": d["y"] | {"kind": np.array(["low", "high"] * 120)}}, "y['kind'] must hold numbers, got texts or objects"),
    (lambda d: {"y": d["y"] | {"urgent": late(d["y"]["urgent"], 5)}}, "expected targets between 0 and 1, got 0 to 5"),
    (lambda d: {"x": [[1.0, 2.0], [3.0]] * 120}, "x cannot be made an array of equal rows"),
    (lambda d: {"x": d["x"][:-1].tolist()}, "arrays of different lengths: x has 239, y['urgent'] has 240"),
    (lambda d: {"sample_weight": [np.ones(240), np.ones(240)]}, "sample_weight is a list and the outputs are a dictionary"),
    (lambda d: {"sample_weight": np.array(["a"] * 240)}, "sample_weight['urgent'] must hold numbers, got texts or objects"),
    (
        lambda d: {"sample_weight": {"kind": np.ones((240, 3))}},
        "sample_weight for 'kind' must have one number for each row, (rows,), got shape (rows, 3)",
    ),
    (
        lambda d: held_out(d, lambda y: y | {"urgent": np.repeat(y["urgent"], 3, axis=1)}),
        "the validation data: targets of output 'urgent' have shape (rows, 3), those of the training data (rows, 1)",
    ),
    (
        lambda d: held_out(d, lambda y: y | {"kind": y["kind"].argmax(1)}),
        "the validation data: output 'kind', loss CategoricalCrossentropy(from_logits=True): it does not take the targets",
    ),
    (
        lambda d: {"validation_data": (d["validation_data"][0][:, :3], d["validation_data"][1])},
        "the validation data: input 'x' must have the shape (rows, 6), got (rows, 3)",
    ),
    (lambda d: held_out(d, lambda y: y | {"kind": nan_at(y["kind"])}), "the validation data: y['kind'] holds NaN"),
    (lambda d: held_out(d, lambda y: {"urgent": y["urgent"]}), "the validation data: y has nothing for the output 'kind'"),
    (lambda d: held_out(d, lambda y: y | {"urgent": y["urgent"] * 0 + 1}), "AUC needs targets of both classes, and all are 1"),
    (lambda d: {"x": tf.data.Dataset.from_tensor_slices((d["x"], d["y"])).batch(8).take(0), "y": None}, "hold no batches"),
    (lambda d: {"x": tf.data.Dataset.from_tensor_slices((d["x"], d["y"])).batch(8).repeat(), "y": None}, "never end"),
    (lambda d: {"x": tf.data.Dataset.from_tensor_slices((d["x"], d["y"])).batch(8)}, "leave out y and sample_weight"),
]


@pytest.fixture(scope="module")
def unused_tuner(tmp_path_factory):
    """One tuner for all searches that cannot start; its model predicts in one traced function."""
    return LossWeightTuner(make_model, directory=tmp_path_factory.mktemp("unused"), project_name="study", seed=3)


@pytest.mark.parametrize(("changed", "text"), SEARCHES, ids=[text[:40] for _, text in SEARCHES])
def test_a_search_that_cannot_start(changed, text, data, unused_tuner):
    with pytest.raises(InputError) as caught:
        unused_tuner.search(**(data | changed(data)))
    assert text in str(caught.value)
    assert not (unused_tuner.folder / "journal.log").exists(), "nothing may be written before the checks have passed"


def test_all_mistakes_of_a_search_are_told_at_once(data, unused_tuner):
    with pytest.raises(InputError, match="3 mistakes"):
        unused_tuner.search(data["x"], {"urgent": data["y"]["urgent"]}, epochs=0)


def test_an_unwritable_directory(data, make_tuner, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written to"):
        make_tuner(directory=tmp_path / "file").search(**data)


def test_an_unknown_engine(data, make_tuner):
    with pytest.raises(InputError, match="unknown engine 'fitt'; did you mean 'fit'"):
        make_tuner(engine="fitt").search(**data)


def test_logits_where_probabilities_are_expected(data, make_tuner):
    probabilities = space(urgent="binary_crossentropy")
    with pytest.raises(InputError, match="set from_logits=True, or give the output a sigmoid"):
        make_tuner(space=probabilities).search(**data)


def test_nothing_can_be_read_of_a_study_that_was_not_run(make_tuner):
    with pytest.raises(InputError, match="there is no study 'study'"):
        make_tuner().ranking()
    with pytest.raises(InputError, match="call search first"):
        make_tuner().get_best_models()


def test_metrics_that_do_not_fit_the_targets():
    sparse = SearchSpace({"kind": keras.losses.SparseCategoricalCrossentropy(from_logits=True)})
    with pytest.raises(InputError, match="AUC needs one-hot targets"):
        resolve([Objective("kind", "auc")], sparse)
    with pytest.raises(InputError, match="'crossentropy' is not defined for output 'kind'"):
        resolve([Objective("kind", "crossentropy")], SearchSpace({"kind": "hinge"}))
    with pytest.raises(InputError, match="which has no usual metric; pass objectives="):
        default_objectives(SearchSpace({"kind": OutputSpace("dice")}))


def test_a_metric_that_cannot_measure_is_told_before_anything_is_trained(data, make_tuner):
    class Broken(keras.metrics.Mean):
        def update_state(self, y_true, y_pred, sample_weight=None):
            raise ArithmeticError("no such thing")

    with pytest.raises(InputError, match="objective 'kind/broken' cannot be measured: ArithmeticError: no such thing"):
        make_tuner(objectives=[Objective("kind", Broken(name="broken"), "min"), Objective("urgent", "auc")]).search(**data)


def embedding_directly(words):
    return keras.layers.Flatten()(keras.layers.Embedding(5, 2, name="words")(words))


def embedding_in_a_nested_model(words):
    return keras.Sequential([keras.layers.Embedding(5, 2, name="words"), keras.layers.Flatten()])(words)


def embedding_of_what_was_computed(words):
    return embedding_in_a_nested_model(keras.layers.Lambda(lambda x: x + 0)(keras.layers.Reshape((4,))(words)))


@pytest.mark.parametrize("embedded", [embedding_directly, embedding_in_a_nested_model, embedding_of_what_was_computed])
def test_an_index_beyond_an_embedding_is_told(embedded, make_tuner):
    def build():
        inputs = keras.Input((4,), dtype="int32", name="text")
        model = keras.Model({"text": inputs}, {"size": keras.layers.Dense(1, name="size")(embedded(inputs))})
        model.compile("sgd", "mse")
        return model

    words, sizes = np.full((300, 4), 4, "int32"), {"size": np.zeros((300, 1), "float32")}
    tuner = make_tuner(build)
    told = r"the validation data: the embedding 'words' has rows 0 to 4 and is asked for 5; make its input_dim larger"
    with pytest.raises(InputError, match=told):
        tuner.search({"text": words}, sizes, validation_data=({"text": late(words, 5)}, sizes), epochs=1, verbose=0)
    tuner.search({"text": words}, sizes, validation_data=({"text": words}, sizes), epochs=1, n_trials=1, verbose=0)


def test_classes_of_a_sequence_need_no_last_axis():
    targets, logits = np.zeros((6, 4), "int32"), np.zeros((6, 4, 3), "float32")
    assert are_classes(targets, logits)
    assert are_classes(targets[..., None], logits)
    assert not are_classes(targets + 3, logits)
    assert not are_classes(targets, logits[:, 0]), "one-hot rows are no class numbers"


def few(data, **changed):
    return data | {"epochs": 1, "n_trials": 1} | changed


def test_what_keras_takes_is_taken(data, make_tuner):
    x, y = data["x"], data["y"]
    x_val, y_val = data["validation_data"]
    missing = np.arange(240) % 3 > 0
    rounded = y | {"urgent": y["urgent"].astype("float64") * (1 + 2e-16 * 2)}
    unknown = y | {"urgent": np.where(missing[:, None], y["urgent"], -1.0)}

    def of_all_rows(targets, predictions):
        return np.average(np.abs(targets - predictions).mean(-1), weights=np.ones(80))

    objectives = [Objective("urgent", "auc"), Objective("kind", of_all_rows, "min")]
    for number, (settings, changed) in enumerate((
        ({}, {"y": rounded}),
        ({}, {"y": unknown, "sample_weight": {"urgent": missing.astype("float32")}}),
        ({}, {"y": unknown, "sample_weight": {"urgent": missing.astype("float32")[:, None]}}),
        ({}, {"x": x.tolist()}),
        ({"objectives": objectives}, {"validation_data": (x_val, y_val, np.ones((80, 1)))}),
    )):  # fmt: skip
        tuner = make_tuner(project_name=f"study {number}", **settings)
        tuner.search(**few(data, **changed))
        assert [trial.state.name for trial in tuner.study.trials] == ["COMPLETE"] * 5


def sequences(activation=None):
    inputs = {"steps": keras.Input((4, 2), name="steps")}
    hidden = keras.layers.Dense(3, activation="tanh")(inputs["steps"])
    size = keras.layers.Dense(1, name="size")(hidden)
    model = keras.Model(inputs, {"size": size, "end": keras.layers.Dense(1, name="end")(keras.layers.Flatten()(hidden))})
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize("engine", ["fused", pytest.param("fit", marks=pytest.mark.thorough)])
@pytest.mark.parametrize("weights", ["rows", "steps", "steps with an axis", "the other alone"])
def test_sample_weights_of_sequences(engine, weights, make_tuner):
    random = np.random.default_rng(0)
    x = {"steps": random.normal(size=(60, 4, 2)).astype("float32")}
    y = {"size": random.normal(size=(60, 4, 1)).astype("float32"), "end": random.normal(size=(60, 1)).astype("float32")}
    rows, steps = random.uniform(size=60), random.uniform(size=(60, 4))
    given = {
        "rows": rows,
        "steps": {"size": steps, "end": rows},
        "steps with an axis": {"size": steps[..., None], "end": rows},
        "the other alone": {"end": rows},
    }[weights]
    tuner = make_tuner(sequences, engine=engine)
    held_out = (x, y, given)
    tuner.search(
        x, y, sample_weight=given, validation_data=held_out, epochs=2, n_trials=1, batch_size=16, shuffle=False, verbose=0
    )

    keras.utils.set_random_seed(tuner.seed)
    model = sequences()
    spread = given if isinstance(given, dict) else {"size": np.repeat(rows[:, None], 4, axis=1), "end": rows}
    spread = {"size": spread.get("size", np.ones((60, 4))), "end": spread["end"]}
    model.fit(x, y, sample_weight=spread, epochs=2, batch_size=16, shuffle=False, verbose=0)
    error = np.abs(model.predict(x, verbose=0)["size"] - y["size"])[..., 0]
    weight = spread["size"].reshape(60, 4)
    assert tuner.study.trials[0].values[0] == pytest.approx((error * weight).sum() / weight.sum(), rel=1e-4)


@pytest.mark.parametrize("form", [list, np.array, lambda texts: np.array(texts, dtype=object), tf.constant, "dataset"])
def test_texts_come_in_any_form(form, make_tuner):
    texts, targets = ["good day", "bad day", "fine"] * 20, {"mood": np.tile([1.0, 0.0, 1.0], 20)[:, None]}
    words = keras.layers.TextVectorization(max_tokens=9, output_sequence_length=3)
    words.adapt(texts)

    def build():
        inputs = keras.Input((), dtype="string")
        hidden = keras.layers.Flatten()(keras.layers.Embedding(9, 2)(words(inputs)))
        model = keras.Model(inputs, {"mood": keras.layers.Dense(1, name="mood")(hidden)})
        model.compile("sgd", keras.losses.BinaryCrossentropy(from_logits=True))
        return model

    tuner = make_tuner(build)
    dataset = tf.data.Dataset.from_tensor_slices((tf.constant(texts), targets)).batch(16)
    rows = (dataset, None) if form == "dataset" else (form(texts), targets)
    tuner.search(*rows, validation_data=dataset if form == "dataset" else rows, epochs=1, n_trials=1, verbose=0)
    assert {trial.state.name for trial in tuner.study.trials} == {"COMPLETE"}


def test_batches_that_are_padded_in_different_ways_are_told(data, make_tuner):
    def uneven():
        yield np.zeros((2, 6), "float32"), {"urgent": np.zeros((2, 1)), "kind": np.eye(3)[:2]}
        yield np.zeros((2, 5), "float32"), {"urgent": np.zeros((2, 1)), "kind": np.eye(3)[:2]}

    form = (tf.TensorSpec((None, None)), {"urgent": tf.TensorSpec((None, 1)), "kind": tf.TensorSpec((None, 3))})
    dataset = tf.data.Dataset.from_generator(uneven, output_signature=form)
    with pytest.raises(InputError, match="the validation data must have rows of one shape in all batches"):
        make_tuner().search(**few(data, validation_data=dataset))
