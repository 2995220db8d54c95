"""Custom losses: the objects themselves, and when two of them are one."""

from functools import partial

import keras
import numpy as np
import pytest

from search_spaces import InputError, LossSpec, SearchSpace
from search_spaces._losses import loss_spec
from search_spaces._same import same_object


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


class Kept(keras.losses.Loss):
    """A loss that keeps its argument under another name."""

    def __init__(self, factor=1.0, name=None):
        super().__init__(name=name)
        self._weight = factor

    def call(self, y_true, y_pred):
        return self._weight * keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)


def power_error(targets, predictions, power=2.0):
    return keras.ops.mean(keras.ops.abs(targets - predictions) ** power, axis=-1)


@pytest.mark.parametrize("make", [recursive, lambda: of_an_instance(2.0), lambda: of_an_array(2.0), lambda: Scale(2.0).loss])
def test_a_custom_loss_that_is_made_again_is_the_same(make):
    assert same_object(make(), make())
    with pytest.raises(InputError, match="is listed 2 times"):
        SearchSpace({"a": [make(), make()]})


@pytest.mark.parametrize(
    "make",
    [of_an_instance, of_an_array, lambda factor: Scale(factor).loss, Kept, lambda power: partial(power_error, power=power)],
)
def test_custom_losses_that_differ_in_what_they_hold_are_two(make):
    assert not same_object(make(1.0), make(3.0))
    assert len(set(SearchSpace({"a": [make(1.0), make(3.0)]}).outputs["a"].labels)) == 2


def test_lambdas_of_one_output_are_told_apart_by_their_position():
    space = SearchSpace({"a": [lambda t, p: p - t, "mse", lambda t, p: t - p], "b": lambda t, p: t + p})
    assert space.outputs["a"].labels == ["<lambda> [0]", "MeanSquaredError", "<lambda> [2]"]
    assert [loss.place for loss in space.outputs["a"].losses] == ["a/loss/0", "a/loss/1", "a/loss/2"]
    assert space.outputs["b"].labels == ["<lambda> [0]"]
    with pytest.raises(InputError, match=r"pass it as custom_objects=.'b/loss/0': ..."):
        LossSpec.from_dict(space.outputs["b"].losses[0].to_dict(), {"<lambda>": lambda t, p: p}).build()


def test_a_custom_loss_is_the_object_that_was_given():
    for loss in (Kept(5.0), partial(power_error, power=1.3), Scale(2.0).loss, lambda t, p: t - p):
        assert loss_spec(loss).build() is loss


def test_a_custom_loss_read_from_plain_data_has_to_be_passed():
    def mine(targets, predictions):
        return keras.ops.mean(keras.ops.abs(targets - predictions))

    spec = loss_spec(mine)
    with pytest.raises(InputError, match="not one of Keras's own: pass it as custom_objects=.'mine': ..."):
        LossSpec.from_dict(spec.to_dict()).build()
    assert LossSpec.from_dict(spec.to_dict(), {"mine": mine}).build() is mine
    by_place = SearchSpace({"a": mine}).outputs["a"].losses[0].to_dict()
    assert LossSpec.from_dict(by_place, {"a/loss/0": mine}).build() is mine


def test_a_class_that_would_make_another_loss_is_refused():
    plain = loss_spec(Kept(5.0)).to_dict()
    with pytest.raises(InputError, match="keeps settings that its get_config does not tell: pass it as .*the object itself"):
        LossSpec.from_dict(plain, {"Kept": Kept}).build()
    assert LossSpec.from_dict(plain, {"Kept": Kept(5.0)}).build()._weight == 5.0
    assert LossSpec.from_dict(loss_spec(Kept()).to_dict(), {"Kept": Kept}).build()._weight == 1.0
