"""Optimizers survive being plain data, and their schedules scale with the searched rate."""

import json

import keras
import numpy as np
import pytest

from search_spaces import InputError
from search_spaces._optimizers import learning_rate_of, optimizer_spec
from tests.test_search_spaces._settings import changed_settings

OPTIMIZERS = ["SGD", "RMSprop", "Adam", "AdamW", "Adamax", "Adagrad", "Adadelta", "Ftrl", "Lion", "Lamb", "Nadam"]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_keeps_every_setting(name):
    cls = getattr(keras.optimizers, name)
    for setting, value in changed_settings(cls, {"self", "name", "learning_rate", "loss_scale_factor"}):
        spec = optimizer_spec(cls(**{setting: value}))
        made = type(spec).from_dict(json.loads(json.dumps(spec.to_dict()))).build(0.25)
        assert made.get_config()[setting] == value, setting
        assert float(made.learning_rate) == 0.25


@pytest.mark.parametrize("name", ["adam", "Adam", "lamb", "muon", "rmsprop"])
def test_every_optimizer_of_keras_is_known_by_name(name):
    assert optimizer_spec(name).class_name.lower() == name.lower()


def test_an_unknown_optimizer_is_answered_with_the_nearest():
    with pytest.raises(InputError, match="did you mean 'adam'"):
        optimizer_spec("adamm")


def test_a_learning_rate_reads_as_it_was_written():
    assert learning_rate_of(keras.optimizers.Adam(0.001)) == 0.001


@pytest.mark.parametrize(
    "schedule",
    [
        keras.optimizers.schedules.ExponentialDecay(1e-3, 10, 0.5),
        keras.optimizers.schedules.CosineDecay(1e-3, 20, warmup_target=1e-2, warmup_steps=4),
        keras.optimizers.schedules.CosineDecay(0.0, 20, warmup_target=1e-2, warmup_steps=4),
        keras.optimizers.schedules.PolynomialDecay(1e-3, 20, end_learning_rate=1e-4),
        keras.optimizers.schedules.PiecewiseConstantDecay([5, 10], [1e-2, 1e-3, 1e-4]),
        keras.optimizers.schedules.InverseTimeDecay(1e-3, 10, 0.5),
        keras.optimizers.schedules.CosineDecayRestarts(1e-3, 10),
    ],
    ids=lambda schedule: type(schedule).__name__,
)
def test_a_schedule_scales_with_the_searched_rate(schedule):
    spec = optimizer_spec(keras.optimizers.SGD(schedule))
    once, twice = (spec.build(rate).get_config()["learning_rate"]["config"] for rate in (0.5, 1.0))
    cls = type(schedule)
    for step in (0, 3, 7, 15):
        np.testing.assert_allclose(cls.from_config(twice)(step), 2 * cls.from_config(once)(step), rtol=1e-6)
    own = spec.build(learning_rate_of(keras.optimizers.SGD(schedule))).get_config()["learning_rate"]["config"]
    for step in (0, 3, 7, 15):
        np.testing.assert_allclose(cls.from_config(own)(step), schedule(step), rtol=1e-6)
