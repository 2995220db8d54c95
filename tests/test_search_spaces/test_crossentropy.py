"""The loss `"crossentropy"` is the one that Keras chooses by the shapes; the oracle is Keras's own choice."""

import keras
import pytest
from keras.src.trainers.compile_utils import get_loss

from search_spaces import (
    InputError,
    OutputSpace,
    SearchSpace,
    candidate_by_shapes,
    compiled_candidate,
    crossentropy_for,
    outputs_by_shapes,
    space_by_shapes,
)
from search_spaces._losses import loss_spec

ONE_HOT, CLASSES = crossentropy_for((8, 3), (8, 3)), crossentropy_for((8,), (8, 3))


@pytest.mark.parametrize(
    ("target", "prediction"),
    [
        ((8, 1), (8, 1)),
        ((8,), (8, 1)),
        ((8, 5), (8, 5, 1)),
        ((8, 5, 1), (8, 5, 1)),
        ((8,), (8, 3)),
        ((8, 1), (8, 3)),
        ((8, 3), (8, 3)),
        ((8, 5), (8, 5, 3)),
        ((8, 5, 1), (8, 5, 3)),
        ((8, 5, 3), (8, 5, 3)),
        ((8, 4, 4), (8, 4, 4, 3)),
        ((8, 4, 4, 1), (8, 4, 4, 3)),
    ],
)
def test_it_is_what_keras_chooses(target, prediction):
    chosen = get_loss("crossentropy", keras.KerasTensor(target), keras.KerasTensor(prediction)).fn
    assert loss_spec(chosen) == crossentropy_for(target, prediction)


@pytest.mark.parametrize("name", ["crossentropy", "ce", "CE", "CrossEntropy"])
def test_it_is_known_by_both_names_and_cannot_be_built_before_data_are_seen(name):
    spec = loss_spec(name)
    assert spec.by_shapes
    assert spec.predictions == "probabilities"
    with pytest.raises(InputError, match="chosen by the shapes of targets and predictions; no data were seen yet"):
        spec.build()


def test_the_space_keeps_it_until_it_is_chosen():
    space = SearchSpace({"kind": ["crossentropy", "kl_divergence"], "price": "mse"})
    assert SearchSpace.from_dict(space.to_dict()) == SearchSpace.from_toml(space.to_toml()) == space
    chosen = space_by_shapes(space, {"kind": ONE_HOT})
    assert chosen == SearchSpace({"kind": ["categorical_crossentropy", "kl_divergence"], "price": "mse"})
    assert chosen.outputs["kind"].losses[0].place == "kind/loss/0"
    assert outputs_by_shapes(space, None) == ["kind"]
    assert outputs_by_shapes(chosen, None) == []


def test_a_loss_is_not_listed_twice():
    space = SearchSpace({"kind": ["crossentropy", "categorical_crossentropy"]})
    assert space_by_shapes(space, {"kind": ONE_HOT}) == SearchSpace({"kind": "categorical_crossentropy"})


def test_logits_do_not_go_with_it():
    with pytest.raises(InputError, match="logits and probabilities are mixed"):
        OutputSpace(["crossentropy", keras.losses.CategoricalCrossentropy(from_logits=True)])


def test_todays_configuration_gets_it_too(build):
    model = build()
    model.compile("adam", loss="crossentropy")
    current = compiled_candidate(model)
    assert [loss.label for loss in current.losses.values()] == ["BinaryCrossentropy", "crossentropy"]
    assert outputs_by_shapes(SearchSpace({"urgent": "mse", "kind": "kl_divergence"}), current) == ["kind"]
    assert candidate_by_shapes(current, {"kind": CLASSES}).losses["kind"].label == "SparseCategoricalCrossentropy"
