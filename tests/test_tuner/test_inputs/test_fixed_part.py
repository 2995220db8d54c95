"""The part of a model that never changes is found, computed once, and the rest trains as the whole model does by `fit`."""

import dataclasses
import re

import keras
import keras_tuner
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from search_spaces import InputError, SearchSpace
from tuner import LossWeightTuner, Objective
from tuner._keras_internals import standardized_inputs
from tuner.engines import FitEngine
from tuner.inputs import (
    Architecture,
    OtherFixedPart,
    Preparation,
    candidate_from_compile,
    read_arrays,
    resolve,
    with_fixed_part_computed,
)
from tuner.inputs.fixed_part import _computed
from tuner.inputs.fixed_part._graph import lay_out
from tuner.inputs.fixed_part._plan import find_fixed_calls
from tuner.study import StudyDesign

pytestmark = [
    pytest.mark.filterwarnings("ignore:Gradients do not exist:UserWarning"),
]

ROWS, HELD_OUT, EPOCHS, BATCH = 80, 40, 2, 32
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(ROWS + HELD_OUT, 6)).astype("float32")
Y = {"a": X[:, :1] * 2 + X[:, 1:2], "b": (X[:, 2:3] > 0).astype("float32")}
WORDS = np.array(["red", "green", "blue", "grey"])
TEXT = np.array([" ".join(row) for row in WORDS[RANDOM.integers(0, 4, (ROWS + HELD_OUT, 5))]])[:, None]
IDS = RANDOM.integers(0, 9, (ROWS + HELD_OUT, 5)).astype("int32")


def dense(units, seed, **settings):
    return layers.Dense(units, kernel_initializer=keras.initializers.GlorotUniform(seed), **settings)


def frozen(layer):
    layer.trainable = False
    return layer


def heads(inputs, hidden):
    outputs = {"a": dense(1, 2, name="a")(hidden), "b": dense(1, 3, activation="sigmoid", name="b")(hidden)}
    return keras.Model(inputs, outputs)


def backbone(name="backbone"):
    inputs = keras.Input((6,))
    hidden = layers.BatchNormalization(name="norm")(dense(8, 11, activation="relu", name="first")(inputs))
    return keras.Model(inputs, dense(8, 12, activation="relu", name="second")(hidden), name=name)


def nested_backbone():
    inputs = keras.Input((6,))
    return heads(inputs, dense(8, 1, activation="relu")(frozen(backbone())(inputs, training=False)))


def flat_backbone_with_open_layers():
    base = backbone()
    for layer in base.layers[:-1]:
        layer.trainable = False
    return heads(base.input, base.output)


def nested_backbone_with_open_layers():
    base, inputs = backbone(), keras.Input((6,))
    for layer in base.layers[:-1]:
        layer.trainable = False
    return heads(inputs, dense(8, 1, activation="relu")(base(inputs)))


def backbone_in_a_nested_model():
    inputs, base = keras.Input((6,)), frozen(backbone())
    middle = keras.Model(inputs, dense(4, 5, name="open")(base(inputs)), name="middle")
    outer = keras.Input((6,))
    return heads(outer, middle(outer))


def fixed_tensor_is_an_output():
    inputs = keras.Input((6,))
    hidden = frozen(dense(4, 7, name="embedding"))(inputs)
    b = dense(1, 3, activation="sigmoid", name="b")(dense(8, 1, activation="relu")(hidden))
    return keras.Model(inputs, {"a": frozen(dense(1, 8, name="a"))(hidden), "b": b})


def frozen_layer_is_called_again():
    inputs, shared = keras.Input((6,)), frozen(dense(6, 7, activation="tanh", name="shared"))
    return heads(inputs, shared(dense(6, 1)(shared(inputs))))


def normalisation_that_updates():
    inputs = keras.Input((6,))
    hidden = layers.BatchNormalization(center=False, scale=False, name="updates")(frozen(dense(6, 7, name="fixed"))(inputs))
    return heads(inputs, dense(8, 1)(hidden))


def siamese():
    left, right, encoder = keras.Input((6,), name="left"), keras.Input((6,), name="right"), frozen(backbone("encoder"))
    return heads([left, right], dense(8, 1)(layers.Subtract(name="difference")([encoder(left), encoder(right)])))


def an_input_beside():
    image, table = keras.Input((6,), name="image"), keras.Input((6,), name="table")
    return heads({"image": image, "table": table}, layers.Concatenate()([frozen(backbone())(image), dense(3, 1)(table)]))


def text():
    vectorize = layers.TextVectorization(max_tokens=10, output_sequence_length=5, name="vectorize")
    vectorize.adapt(TEXT[:ROWS])
    inputs = keras.Input((1,), dtype="string")
    words = layers.Embedding(10, 4, embeddings_initializer=keras.initializers.RandomUniform(seed=3))(vectorize(inputs))
    return heads(inputs, layers.GlobalAveragePooling1D()(words))


def lookup_and_normalisation():
    lookup, normalize = layers.StringLookup(name="lookup", output_mode="one_hot"), layers.Normalization(name="normalize")
    lookup.adapt(np.array([row.split()[0] for row in TEXT[:ROWS, 0]]))
    normalize.adapt(X[:ROWS])
    first, numbers = keras.Input((1,), dtype="string", name="word"), keras.Input((6,), name="numbers")
    return heads(
        [first, numbers], dense(8, 1, activation="relu")(layers.Concatenate(name="joined")([lookup(first), normalize(numbers)]))
    )


def frozen_words_with_a_mask():
    inputs = keras.Input((5,), dtype="int32")
    words = frozen(layers.Embedding(9, 4, mask_zero=True, name="words"))(inputs)
    initial = {
        "kernel_initializer": keras.initializers.GlorotUniform(1),
        "recurrent_initializer": keras.initializers.Orthogonal(seed=2),
    }
    return heads(inputs, layers.LSTM(4, **initial)(words))


def dropout_in_front():
    inputs = keras.Input((6,))
    return heads(inputs, dense(8, 1)(frozen(backbone())(layers.Dropout(0.3, seed=5)(inputs))))


class Tied(layers.Layer):
    """Uses the kernel of a layer that Keras does not see."""

    def __init__(self, other):
        super().__init__(name="tied")
        self._hidden = lambda: other.kernel

    def call(self, x):
        return ops.matmul(x, ops.transpose(self._hidden()))


def kernel_of_another_layer():
    inputs, first = keras.Input((6,)), dense(6, 1)
    hidden = first(inputs)
    return heads(inputs, layers.Add()([hidden, Tied(first)(inputs)]))


class Centered(layers.Layer):
    """Depends on the other rows of the batch."""

    def call(self, x):
        return x - ops.mean(x, axis=0, keepdims=True)


def mixes_rows():
    inputs = keras.Input((6,))
    return heads(inputs, dense(8, 1)(Centered(name="centered")(frozen(dense(6, 7, name="fixed"))(inputs))))


def frozen_with_a_penalty():
    inputs = keras.Input((6,))
    penalised = frozen(dense(6, 7, name="penalised", activity_regularizer="l2"))
    return heads(inputs, dense(8, 1)(penalised(frozen(dense(6, 8, name="fixed"))(inputs))))


ONE, TWO = X, [X, X[:, ::-1].copy()]
MODELS = [
    (nested_backbone, ONE, ["backbone"]),
    (flat_backbone_with_open_layers, ONE, ["first", "norm"]),
    (nested_backbone_with_open_layers, ONE, ["first", "norm"]),
    (backbone_in_a_nested_model, ONE, ["backbone"]),
    (fixed_tensor_is_an_output, ONE, ["embedding", "a"]),
    (frozen_layer_is_called_again, ONE, ["shared"]),
    (normalisation_that_updates, ONE, ["fixed"]),
    (siamese, TWO, ["encoder", "encoder", "difference"]),
    (an_input_beside, {"image": X, "table": X[:, ::-1].copy()}, ["backbone"]),
    (text, TEXT, ["vectorize"]),
    (lookup_and_normalisation, [np.array([[row.split()[0]] for row in TEXT[:, 0]]), X], ["lookup", "normalize", "joined"]),
    (frozen_words_with_a_mask, IDS, ["not_equal"]),
    (dropout_in_front, ONE, []),
    (kernel_of_another_layer, ONE, []),
    (mixes_rows, ONE, ["fixed"]),
    (frozen_with_a_penalty, ONE, ["fixed"]),
]
each_model = pytest.mark.parametrize(("build", "x", "fixed"), MODELS, ids=[build.__name__ for build, *_ in MODELS])


def rows(x, part):
    return keras.tree.map_structure(lambda array: array[part], x)


def in_tensors(x):
    return keras.tree.map_structure(
        lambda array: array if array.dtype.kind != "U" else ops.convert_to_tensor(array.astype(object)), x
    )


def compiled(build):
    return lambda: compiled_hp(lambda _: build())(None)


def compiled_hp(build):
    def compiled_model(hp):
        model = build(hp)
        model.compile(
            optimizer=keras.optimizers.Adam(1e-2),
            loss={"a": "mse", "b": "binary_crossentropy"},
            loss_weights={"a": 1.0, "b": 0.5},
            metrics={"a": ["mae"], "b": ["accuracy"]},
        )
        return model

    return compiled_model


TRAIN, HELD = slice(0, ROWS), slice(ROWS, None)
SETTINGS = {"epochs": EPOCHS, "batch_size": BATCH, "n_trials": 1, "shuffle": False, "verbose": 0}


def by_hand(build, x, seed=0, **settings):
    """The owner's own fit."""
    keras.utils.set_random_seed(seed)
    model = build()
    arguments = {"epochs": EPOCHS, "batch_size": BATCH, "shuffle": False, "verbose": 0} | settings
    model.fit(in_tensors(rows(x, TRAIN)), rows(Y, TRAIN), **arguments)
    return model


def measured(model, x):
    values = model.evaluate(in_tensors(rows(x, HELD)), rows(Y, HELD), batch_size=HELD_OUT, verbose=0, return_dict=True)
    return [values["a_mae"], values["b_accuracy"]]


def search(build, x, folder, engine="fit", **settings):
    tuner = LossWeightTuner(build, directory=folder, engine=engine)
    held_out = rows(x, HELD), rows(Y, HELD)
    tuner.search(rows(x, TRAIN), rows(Y, TRAIN), validation_data=held_out, **(SETTINGS | settings))
    return tuner


def current(tuner):
    row = tuner.ranking().query("baseline == 'current'").iloc[0]
    return [row["a/mae"], row["b/accuracy"]]


def training_of(build, x, seed=0):
    """The training of whole models, without a study."""
    architecture = Architecture(build)
    model = architecture.build({}, seed)
    space = SearchSpace.around(model)
    measures = resolve([Objective("a", "mae", "min"), Objective("b", "accuracy", "max")], space)
    preparation = Preparation(architecture, model, seed, space, measures)
    data = rows(x, TRAIN), rows(Y, TRAIN), None, (rows(x, HELD), rows(Y, HELD))
    candidate = candidate_from_compile(model, {})
    specs = StudyDesign(space, architecture, candidate, seed).specs
    return preparation.search(*data, EPOCHS, BATCH, 1, False), specs, candidate


@pytest.fixture
def always(monkeypatch):
    """The fixed part is computed once, however small it is."""
    monkeypatch.setattr(_computed, "_pays", lambda *_: True)


@each_model
def test_what_is_fixed_is_found(build, x, fixed):
    model = build()
    flat = standardized_inputs(model, in_tensors(rows(x, slice(0, 4))))
    before = [variable.numpy() for variable in model.variables]
    graph = lay_out(model, find_fixed_calls(model, flat))
    found = [re.sub(r"^not_equal_\d+$", "not_equal", call.operation.name) for call in graph.fixed_calls]  # Keras numbers it
    assert sorted(found) == sorted(fixed)
    assert all(np.array_equal(one, variable.numpy()) for one, variable in zip(before, model.variables, strict=True))


@each_model
def test_the_rest_trains_as_the_whole_model_does(build, x, fixed, always):
    build = compiled(build)
    training, specs, candidate = training_of(build, x)
    rest = with_fixed_part_computed(training, specs, 0, verbose=0)
    assert (rest.whole is training) == (fixed not in ([], ["not_equal"]))
    trained, expected = FitEngine(rest).fit(candidate, 0), by_hand(build, x)
    assert type(trained) is type(expected)
    assert measured(trained, x) == pytest.approx(measured(expected, x), rel=1e-6)
    for ours, theirs in zip(trained.variables, expected.variables, strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.thorough
@pytest.mark.as_shipped
@each_model
def test_trials_in_lanes_are_those_of_the_whole_model(build, x, fixed, tmp_path, always):
    tuner = search(compiled(build), x, tmp_path, "auto")
    assert {trial.user_attrs["outcome"]["engine"] for trial in tuner.study.trials} == {"fused"}
    assert current(tuner) == pytest.approx(measured(by_hand(compiled(build), x), x), rel=1e-5)


@pytest.mark.as_shipped
@pytest.mark.parametrize("given", [pytest.param(True, marks=pytest.mark.thorough), False])
def test_text_trains_in_lanes(given, tmp_path, always, capsys):
    build = compiled(text)
    keras.utils.set_random_seed(0)
    source = build() if given else build
    before = source.get_weights() if given else []
    tuner = search(source, TEXT, tmp_path, "auto", verbose=1)
    said = capsys.readouterr().err
    assert "The same in all trials, computed once instead of at every step: vectorize (about 1 s)." in said
    assert "Engine: fused" in said
    assert "Left to compile and fit" not in said
    assert {trial.user_attrs["outcome"]["engine"] for trial in tuner.study.trials} == {"fused"}
    expected = by_hand(build, TEXT)
    assert current(tuner) == pytest.approx(measured(expected, TEXT), rel=1e-5)
    assert not given or all(map(np.array_equal, before, source.get_weights()))
    if given:
        with pytest.raises(InputError, match="the model cannot be copied"):
            tuner.get_best_models()
    else:
        (best,) = tuner.get_best_models()
        assert best.compiled
        best_row = tuner.ranking().iloc[0]
        assert measured(best, TEXT)[0] == pytest.approx(best_row["a/mae"], rel=1e-5)


def test_a_frozen_part_that_differs_from_seed_to_seed_trains_whole(always):
    def build():
        inputs = keras.Input((6,))
        return heads(inputs, dense(8, 1)(frozen(layers.Dense(8, name="drawn"))(inputs)))

    build = compiled(build)
    training, specs, candidate = training_of(build, X)
    rest = with_fixed_part_computed(training, specs, 0, verbose=0)
    for seed in (0, 5):
        trained, expected = FitEngine(rest).fit(candidate, seed), by_hand(build, X, seed)
        assert measured(trained, X) == pytest.approx(measured(expected, X), rel=1e-6)
    with pytest.raises(OtherFixedPart, match="differs from one build to the other"):
        rest.architecture.build({}, 5)


@pytest.mark.thorough
def test_other_hyperparameters_may_have_other_layers_in_front(tmp_path, always):
    def build(hp):
        inputs = keras.Input((6,))
        body = frozen(dense(8, 7, activation=hp.Choice("activation", ["relu", "tanh"])))(inputs)
        if hp.get("activation") == "tanh":
            body = frozen(dense(8, 9))(body)
        return heads(inputs, dense(hp.Int("units", 2, 4), 1)(body))

    tuner = search(compiled_hp(build), X, tmp_path, n_trials=4)
    trials = tuner.ranking()
    assert set(trials["hp/activation"]) == {"relu", "tanh"}
    for _, trial in trials[trials["rank"].notna()].iterrows():
        hp = keras_tuner.HyperParameters()
        hp.values = {"activation": trial["hp/activation"], "units": int(trial["hp/units"])}
        candidate = tuner.best_config(trial=int(trial["trial"]))

        def by_person(hp=hp, candidate=candidate):
            model = compiled_hp(build)(hp)
            candidate.compile(model, metrics={"a": ["mae"], "b": ["accuracy"]})
            return model

        assert [trial["a/mae"], trial["b/accuracy"]] == pytest.approx(measured(by_hand(by_person, X), X), rel=1e-5)


def test_replicates_train_on_what_was_computed_for_the_search(tmp_path, always, monkeypatch, capsys):
    computed = []
    compute = _computed._FixedPart.__call__
    monkeypatch.setattr(_computed._FixedPart, "__call__", lambda self, rows: computed.append(rows.rows) or compute(self, rows))
    keras.utils.set_random_seed(0)
    model = compiled(nested_backbone)()
    tuner = search(model, X, tmp_path, shuffle=True)
    assert sorted(computed) == [HELD_OUT, ROWS]
    tuner.confirm(top=1, seeds=2)
    assert "computed once" not in capsys.readouterr().err
    assert sorted(computed) == [HELD_OUT, ROWS]
    model.get_layer("backbone").get_layer("first").kernel.assign_add(ops.ones((6, 8)))
    tuner.get_best_models()
    assert sorted(computed) == [HELD_OUT, HELD_OUT, ROWS, ROWS]


def test_callbacks_see_the_rest_as_they_see_the_whole(tmp_path, always):
    def stopping():
        return keras.callbacks.EarlyStopping("val_a_mae", patience=0, mode="min", min_delta=10.0, restore_best_weights=True)

    tuner = search(compiled(nested_backbone), X, tmp_path, callbacks=stopping(), epochs=6)
    held_out = rows(X, HELD), rows(Y, HELD)
    expected = by_hand(compiled(nested_backbone), X, callbacks=[stopping()], epochs=6, validation_data=held_out)
    assert current(tuner) == pytest.approx(measured(expected, X), rel=1e-5)


def test_an_earlier_cut_where_memory_is_short(monkeypatch, always):
    def build():
        inputs = keras.Input((6,))
        wide = frozen(dense(1000, 8, name="wide"))(frozen(dense(5, 7, name="narrow"))(inputs))
        return heads(inputs, dense(2, 1)(wide))

    training, specs, _ = training_of(compiled(build), X)
    monkeypatch.setattr(_computed, "available_bytes", lambda: 4 * (ROWS + HELD_OUT) * 100 * 4)
    rest = with_fixed_part_computed(training, specs, 0, verbose=0)
    assert [tensor.shape for tensor in rest.architecture.example.inputs] == [(None, 5)]
    monkeypatch.setattr(_computed, "available_bytes", lambda: 100)
    assert with_fixed_part_computed(training, specs, 0, verbose=0) is training


class Calls(layers.Layer):
    """Counts its calls where Keras does not see it."""

    def build(self, shape):
        self.calls = tf.Variable(0.0, trainable=False)

    def call(self, x):
        self.calls.assign_add(1.0)
        return x + 0.0 * self.calls


def test_what_has_effects_is_not_computed_apart(always, capsys):
    def build():
        inputs = keras.Input((6,))
        return heads(inputs, dense(2, 1)(Calls()(frozen(dense(5, 7))(inputs))))

    training, specs, _ = training_of(compiled(build), X)
    assert with_fixed_part_computed(training, specs, 0) is training
    assert "trained as a whole: its fixed part cannot be computed apart (a layer assigns a tf.Variable" in capsys.readouterr().err


class Distance(keras.losses.Loss):
    """Holds a variable of the model."""

    def __init__(self, kernel):
        super().__init__(name="distance")
        self.kernel = kernel

    def call(self, y_true, y_pred):
        return ops.mean(ops.abs(y_true - y_pred) * ops.mean(ops.square(self.kernel)), axis=-1)


def test_a_model_whose_loss_holds_variables_is_trained_as_a_whole(always):
    def build():
        model = nested_backbone()
        kernel = model.get_layer("backbone").get_layer("first").kernel
        model.compile("adam", {"a": Distance(kernel), "b": "binary_crossentropy"}, metrics={"a": ["mae"], "b": ["accuracy"]})
        return model

    training, specs, candidate = training_of(build, X)
    assert with_fixed_part_computed(training, specs, 0) is training
    trained, expected = FitEngine(training).fit(candidate, 0), by_hand(build, X)
    np.testing.assert_allclose(trained.predict(X, verbose=0)["a"], expected.predict(X, verbose=0)["a"], rtol=1e-4, atol=1e-5)


def test_a_small_fixed_part_is_left_where_it_is():
    training, specs, _ = training_of(compiled(nested_backbone), X)
    assert with_fixed_part_computed(training, specs, 0) is training


def test_a_frozen_part_that_takes_time_is_computed_once(capsys):
    def build():
        inputs = hidden = keras.Input((6,))
        for at in range(3):
            hidden = frozen(dense(2000, at, activation="relu", name=f"large_{at}"))(hidden)
        return heads(inputs, dense(2, 1)(hidden))

    big = np.repeat(X, 60, axis=0)
    training, specs, _ = training_of(compiled(build), X)
    arrays = read_arrays(big, [np.repeat(target, 60, axis=0) for target in Y.values()], None, list(Y), "the training data")
    training = dataclasses.replace(training, data=dataclasses.replace(training.data, arrays=arrays))
    rest = with_fixed_part_computed(training, specs, 0)
    assert rest.data.arrays.x[0].shape == (60 * len(X), 2000)
    assert "3 layers and operations, large_0 to large_2" in capsys.readouterr().err
