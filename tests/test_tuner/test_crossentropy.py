"""`"crossentropy"` becomes the loss that Keras chooses as soon as a search sees the data."""

import keras
import numpy as np
import pytest

from search_spaces import InputError, SearchSpace

CHOSEN = {"number": ["SparseCategoricalCrossentropy"], "row": ["CategoricalCrossentropy"], "sold": ["BinaryCrossentropy"]}
X = np.random.default_rng(0).normal(size=(96, 6)).astype("float32")
CLASSES = np.digitize(X[:, 0], [-0.5, 0.5])
Y = {"number": CLASSES, "row": np.eye(3, dtype="float32")[CLASSES], "sold": (X[:, 1] > 0).astype("float32")}


def three_heads():
    inputs = keras.Input((6,))
    heads = {"number": (3, "softmax"), "row": (3, "softmax"), "sold": (1, "sigmoid")}
    outputs = {name: keras.layers.Dense(*head, name=name)(inputs) for name, head in heads.items()}
    model = keras.Model(inputs, outputs)
    model.compile("adam", loss="crossentropy")
    return model


def rows(first, last):
    return X[first:last], {name: target[first:last] for name, target in Y.items()}


def search(tuner, **more):
    x, y = rows(0, 64)
    tuner.search(x, y, **{"validation_data": rows(64, 96), "epochs": 1, "n_trials": 1, "verbose": 0, **more})
    return tuner


@pytest.mark.parametrize("space", [None, SearchSpace({"number": "ce", "row": ["crossentropy"], "sold": "CE"})])
def test_space_and_todays_configuration_have_the_losses_of_these_data(make_tuner, space):
    tuner = search(make_tuner(three_heads, space=space))
    assert {output: one.labels for output, one in tuner.space.outputs.items()} == CHOSEN
    assert {output: [loss.label] for output, loss in tuner.current.losses.items()} == CHOSEN
    assert {output: [loss.label] for output, loss in tuner.best_config().candidate.losses.items()} == CHOSEN
    assert [m.objective.name for m in tuner.measures] == [
        "number/accuracy",
        "row/accuracy",
        "sold/" + ("auc" if space is None else "accuracy"),
    ]


def test_the_same_call_resumes_and_says_which_losses_they_are(make_tuner, capsys):
    search(make_tuner(three_heads))
    search(make_tuner(three_heads), n_trials=2, verbose=1)
    said = capsys.readouterr().err
    assert "The loss 'crossentropy' of output 'number' is SparseCategoricalCrossentropy" in said
    assert "The loss 'crossentropy' of output 'row' is CategoricalCrossentropy" in said
    assert "'sold'" not in said


def test_replicates_and_models_have_them(make_tuner):
    tuner = search(make_tuner(three_heads))
    tuner.confirm(top=1, seeds=4, test_data=rows(64, 96), verbose=0)
    assert tuner.verdict().replicates == 2
    (model,) = tuner.get_best_models()
    assert type(model.loss["number"]).__name__ == "SparseCategoricalCrossentropy"


def test_targets_of_another_form_are_another_search(make_tuner):
    search(make_tuner(three_heads))
    x, y = rows(0, 64)
    one_hot = dict(y, number=y["row"])
    held_out = (X[64:], {name: target[64:] for name, target in dict(Y, number=Y["row"]).items()})
    with pytest.raises(InputError, match="holds trials of another search"):
        make_tuner(three_heads).search(x, one_hot, validation_data=held_out, epochs=1, n_trials=1, verbose=0)
