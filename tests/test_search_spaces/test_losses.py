"""Losses survive being plain data."""

import json

import keras
import pytest

from search_spaces import InputError, public_classes
from search_spaces._losses import loss_spec
from tests.test_search_spaces._settings import changed_settings

LOSSES = [cls for name, cls in public_classes(keras.losses).items() if name != "Loss"]


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


def test_settings_that_get_config_forgets_are_kept():
    assert loss_spec(keras.losses.Huber(delta=2.0)).label == "Huber(delta=2.0)"


@pytest.mark.parametrize("identifier", ["mse", "MeanSquaredError", keras.losses.mean_squared_error])
def test_names_and_functions_become_the_class(identifier):
    assert loss_spec(identifier).to_dict() == {"class_name": "MeanSquaredError", "config": {}}


def test_an_unknown_loss_is_answered_with_the_nearest():
    with pytest.raises(InputError, match="did you mean 'binary_crossentropy'"):
        loss_spec("binary_crossentropi")
