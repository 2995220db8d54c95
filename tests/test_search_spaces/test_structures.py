"""Outputs have names that hold from one model to the next."""

import keras
import pytest
from keras import layers

from search_spaces import InputError, compiled_candidate, for_compile, in_model_structure, note_outputs, output_names


def listed(names=(None, None)):
    inputs = keras.Input((3,))
    return keras.Model(inputs, [layers.Dense(1, name=names[0])(inputs), layers.Dense(2, name=names[1])(inputs)])


class Listing(keras.Model):
    def __init__(self):
        super().__init__()
        self.one, self.two = layers.Dense(1), layers.Dense(2)

    def call(self, x):
        return [self.one(x), self.two(x)]


def twice():
    inputs, head = keras.Input((3,)), keras.Sequential([layers.Dense(1)], name="head")
    return keras.Model(inputs, [head(inputs), head(inputs * 2)])


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (listed, ["output_1", "output_2"]),
        (lambda: listed(("price", "sold")), ["price", "sold"]),
        (lambda: listed(("price", None)), ["output_1", "output_2"]),
        (twice, ["output_1", "output_2"]),
        (lambda: keras.Sequential([keras.Input((3,)), layers.Dense(1, name="price")]), ["price"]),
        (lambda: keras.Sequential([keras.Input((3,)), layers.Dense(1)]), ["output_1"]),
    ],
)
def test_names_are_the_same_for_a_model_built_again(make, names):
    assert output_names(make()) == names == output_names(make())


def test_a_subclassed_model_is_named_by_its_losses_and_then_by_its_call():
    model = Listing()
    with pytest.raises(
        InputError, match="the outputs of Listing are not known before it is called: use a functional model, compile"
    ):
        output_names(model)
    model.compile("adam", ["mse", "mae"])
    assert output_names(model) == ["output_1", "output_2"]
    note_outputs(model, model(keras.ops.ones((4, 3))))
    assert output_names(model) == ["output_1", "output_2"]
    assert in_model_structure(model, ["x", "y"], output_names(model)) == ["x", "y"]


def test_losses_by_kerass_own_names_are_found_under_the_names_that_hold():
    model = listed()
    one, two = model.output_names
    model.compile("adam", {one: "mse", two: "mae"}, loss_weights={two: 3.0, one: 2.0})
    candidate = compiled_candidate(model)
    assert {name: loss.class_name for name, loss in candidate.losses.items()} == {
        "output_1": "MeanSquaredError",
        "output_2": "MeanAbsoluteError",
    }
    assert candidate.weights == {"output_1": 2.0, "output_2": 3.0}
    arguments = {
        "loss": {"output_2": "mae", "output_1": "mse"},
        "loss_weights": {"output_1": 1, "output_2": 2},
        "optimizer": "sgd",
    }
    assert for_compile(model, arguments, ["output_1", "output_2"])["loss"] == ["mse", "mae"]


def test_an_output_that_is_left_out_gets_no_loss():
    arguments = {"loss": {"sold": "mse"}, "loss_weights": {"sold": 2.0}}
    assert for_compile(listed(("price", "sold")), arguments, ["price", "sold"]) == {
        "loss": [None, "mse"],
        "loss_weights": [None, 2.0],
    }


@pytest.mark.parametrize("loss", [[None, "mse"], {"price": None, "sold": "mse"}])
def test_a_candidate_holds_the_outputs_that_are_compiled_with_a_loss(loss):
    model = listed(("price", "sold"))
    model.compile("adam", loss)
    assert list(compiled_candidate(model).losses) == list(compiled_candidate(model).weights) == ["sold"]
