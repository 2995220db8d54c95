"""Custom losses by name."""

import keras
import numpy as np
import pytest

from search_spaces import InputError, SearchSpace
from search_spaces._losses import loss_spec


def recursive():
    def power(value, n):
        return value if n == 1 else value * power(value, n - 1)

    def loss(targets, predictions):
        return power(targets - predictions, 2)

    return loss


class Scale:
    def __init__(self, factor):
        self.factor = factor

    def loss(self, targets, predictions):
        return self.factor * (targets - predictions) ** 2


def of_an_instance(factor):
    scale = Scale(factor)

    def loss(targets, predictions):
        return scale.loss(targets, predictions)

    return loss


def of_an_array(last):
    weights = np.append(np.ones(2000), last)

    def loss(targets, predictions):
        return weights.sum() * (targets - predictions) ** 2

    return loss


@pytest.mark.parametrize("make", [recursive, lambda: of_an_instance(2.0), lambda: of_an_array(2.0), lambda: Scale(2.0).loss])
def test_a_custom_loss_that_is_made_again_is_the_same(make):
    assert len(SearchSpace({"a": make(), "b": make()}).specs) == 3


@pytest.mark.parametrize("make", [of_an_instance, of_an_array, lambda factor: Scale(factor).loss])
def test_custom_losses_that_differ_in_what_they_hold_are_two(make):
    with pytest.raises(InputError, match="two different custom objects are called 'loss'"):
        SearchSpace({"a": make(1.0), "b": make(3.0)})


def test_a_custom_loss_needs_to_be_registered():
    def mine(targets, predictions):
        return keras.ops.mean(keras.ops.abs(targets - predictions))

    spec = loss_spec(mine)
    assert spec.custom
    assert spec.build() is mine
    with pytest.raises(InputError, match="not one of Keras's own: pass it as custom_objects=.'mine': ..."):
        type(spec).from_dict(spec.to_dict()).build()
