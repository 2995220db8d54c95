"""What a Keras mask leaves out of a loss, an objective leaves out too, in every engine."""

import keras
import numpy as np
import pytest

from tuner import Objective
from tuner.engines._evaluation import Evaluation
from tuner.inputs import Arrays
from tuner.inputs._masks import with_masks

WORDS, STEPS = 9, 7


def sentences(rows, seed):
    """Each word tells its own tag; sentences end early, and the padding's tags are wrong."""
    random = np.random.default_rng(seed)
    words = random.integers(1, WORDS, (rows, STEPS))
    tags, mood = words % 3, (words[:, :1] > 4).astype("float32")
    padding = np.arange(STEPS) >= random.integers(1, STEPS, (rows, 1))
    return np.where(padding, 0, words).astype("int32"), {"tag": np.where(padding, 2, tags), "mood": mood}


def build():
    words = keras.Input((STEPS,), dtype="int32")
    hidden = keras.layers.Dense(6, activation="tanh")(keras.layers.Embedding(WORDS, 4, mask_zero=True)(words))
    last = keras.layers.SimpleRNN(4)(hidden)
    model = keras.Model(
        words, {"tag": keras.layers.Dense(3, name="tag")(hidden), "mood": keras.layers.Dense(1, name="mood")(last)}
    )
    model.compile(
        keras.optimizers.Adam(0.02),
        loss={
            "tag": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            "mood": keras.losses.BinaryCrossentropy(from_logits=True),
        },
    )
    return model


@pytest.mark.parametrize("engine", ["fused", pytest.param("fit", marks=pytest.mark.thorough)])
def test_objectives_are_what_keras_itself_measures(engine, make_tuner):
    held_out = sentences(60, 1)
    tuner = make_tuner(build, engine=engine, objectives=[Objective("tag", "accuracy"), Objective("mood", "auc")])
    tuner.search(*sentences(120, 0), validation_data=held_out, epochs=3, n_trials=1, shuffle=False, verbose=0)
    current = tuner.study.trials[0]

    keras.utils.set_random_seed(tuner.seed)
    model = build()
    model.compile(keras.optimizers.Adam(0.02), loss=model.loss, metrics={"tag": "accuracy"})
    model.fit(*sentences(120, 0), epochs=3, shuffle=False, verbose=0)
    measured = model.evaluate(*held_out, return_dict=True, verbose=0)["tag_accuracy"]
    np.testing.assert_allclose(current.values[0], measured, atol=1e-6)
    everywhere = (model.predict(held_out[0], verbose=0)["tag"].argmax(-1) == held_out[1]["tag"]).mean()
    assert abs(everywhere - measured) > 0.05, "the padding would change the number"


def test_masks_multiply_the_weights_that_were_given():
    words, targets = sentences(5, 2)
    rows = Arrays(words, (targets["tag"], targets["mood"]), (np.arange(5.0), None))
    tag, mood = with_masks(build(), ["tag", "mood"], rows).weights
    np.testing.assert_array_equal(tag, (words > 0) * np.arange(5.0)[:, None])
    assert mood is None


def test_a_function_is_given_the_steps_that_count(make_tuner):
    def wrong(targets, predictions):
        return (predictions.argmax(-1) != targets).mean()

    tuner, (words, targets) = make_tuner(build, objectives=[Objective("tag", wrong, "min")]), sentences(20, 1)
    training = tuner._preparation.search(*sentences(40, 0), None, (words, targets), 1, 32, 1, True)
    model = build()
    (value,) = Evaluation(model, training.measures, training.outputs)(training.validation)
    counted = words > 0
    predicted = model.predict(words, verbose=0)["tag"].argmax(-1)
    assert value == pytest.approx((predicted != targets["tag"])[counted].mean())


def test_what_a_loss_ignores_no_objective_counts(make_tuner):
    def ignoring():
        model = build()
        tag = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
        model.compile("sgd", {"tag": tag, "mood": model.loss["mood"]})
        return model

    def right(targets, predictions):
        return predictions.argmax(-1) == targets

    words, targets = sentences(60, 1)
    words, unknown = np.maximum(words, 1), np.random.default_rng(0).random((60, STEPS)) < 0.4
    targets = targets | {"tag": np.where(unknown, -1, targets["tag"])}
    objectives = [Objective("tag", "accuracy"), Objective("tag", "crossentropy"), Objective("tag", right, "max")]
    tuner = make_tuner(ignoring, objectives=objectives)
    training = tuner._preparation.search(words, targets, None, (words, targets), 1, 32, 1, True)
    model = ignoring()
    values = Evaluation(model, training.measures, training.outputs)(training.validation)
    predictions, counted = model.predict(words, verbose=0)["tag"], ~unknown
    accuracy = (predictions.argmax(-1) == targets["tag"])[counted].mean()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(targets["tag"][counted], predictions[counted])
    assert values == pytest.approx([accuracy, float(loss), accuracy], abs=1e-5)
