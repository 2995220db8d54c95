"""Losses and optimizers survive being plain data."""

import inspect
import json

import keras
import numpy as np
import pytest

import reports
from search_spaces import InputError
from search_spaces._losses import loss_spec
from search_spaces._optimizers import learning_rate_of, optimizer_spec
from search_spaces._specs import public_classes

LOSSES = [cls for name, cls in public_classes(keras.losses).items() if name != "Loss"]
OPTIMIZERS = ["SGD", "RMSprop", "Adam", "AdamW", "Adamax", "Adagrad", "Adadelta", "Ftrl", "Lion", "Lamb", "Nadam"]


def changed_settings(cls, leave_out):
    for name, parameter in inspect.signature(cls.__init__).parameters.items():
        value = parameter.default
        if name in leave_out or isinstance(value, str) or value is inspect.Parameter.empty or value is None:
            continue
        yield (
            name,
            (not value if isinstance(value, bool) else ((value * 0.5 or 0.5) if isinstance(value, float) else value)),
        )


@pytest.mark.parametrize("cls", LOSSES, ids=lambda cls: cls.__name__)
def test_every_loss_keeps_every_setting(cls):
    for name, value in changed_settings(cls, {"self", "name", "dtype", "reduction"}):
        spec = loss_spec(cls(**{name: value}))
        again = type(spec).from_dict(json.loads(json.dumps(spec.to_dict())))
        assert again == spec
        made = again.build()
        assert type(made) is cls
        held = {**vars(made), **vars(made).get("_fn_kwargs", {})}
        assert held.get(name, getattr(made, name, value)) == value, name


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_keeps_every_setting(name):
    cls = getattr(keras.optimizers, name)
    for setting, value in changed_settings(cls, {"self", "name", "learning_rate", "loss_scale_factor"}):
        spec = optimizer_spec(cls(**{setting: value}))
        made = type(spec).from_dict(json.loads(json.dumps(spec.to_dict()))).build(0.25)
        assert made.get_config()[setting] == value, setting
        assert float(made.learning_rate) == 0.25


def test_settings_that_get_config_forgets_are_kept():
    assert loss_spec(keras.losses.Huber(delta=2.0)).label == "Huber(delta=2.0)"


@pytest.mark.parametrize("identifier", ["mse", "MeanSquaredError", keras.losses.mean_squared_error])
def test_names_and_functions_become_the_class(identifier):
    assert loss_spec(identifier).to_dict() == {"class_name": "MeanSquaredError", "config": {}}


def test_a_custom_loss_needs_to_be_registered():
    def mine(targets, predictions):
        return keras.ops.mean(keras.ops.abs(targets - predictions))

    spec = loss_spec(mine)
    assert spec.custom
    assert spec.build() is mine
    with pytest.raises(InputError, match="not one of Keras's own: pass it as custom_objects=.'mine': ..."):
        type(spec).from_dict(spec.to_dict()).build()


def test_unknown_names_are_answered_with_the_nearest():
    with pytest.raises(InputError, match="did you mean 'binary_crossentropy'"):
        loss_spec("binary_crossentropi")
    with pytest.raises(InputError, match="did you mean 'adam'"):
        optimizer_spec("adamm")


@pytest.mark.parametrize("name", ["adam", "Adam", "lamb", "muon", "rmsprop"])
def test_every_optimizer_of_keras_is_known_by_name(name):
    assert optimizer_spec(name).class_name.lower() == name.lower()


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


def test_the_compile_call_has_the_schedule_that_was_trained_with():
    schedule = keras.optimizers.schedules.PolynomialDecay(1e-3, 20, end_learning_rate=1e-4)
    spec = optimizer_spec(keras.optimizers.SGD(schedule))
    plain = {
        "learning_rate": 0.5,
        "optimizer": spec.to_dict(),
        "losses": {"a": {"class_name": "MeanSquaredError"}},
        "weights": {"a": 1.0},
    }
    source = next(line for line in reports.compile_call(plain).splitlines() if "optimizer=" in line)
    pasted = eval(source.strip().removeprefix("optimizer=").removesuffix(","), {"keras": keras})
    for step in (0, 7, 25):
        assert float(pasted._learning_rate(step)) == pytest.approx(float(spec.build(0.5)._learning_rate(step)))
