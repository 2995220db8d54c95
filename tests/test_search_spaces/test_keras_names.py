"""Names of Keras's classes."""

import keras
import pytest

from search_spaces import public_classes, snake_case


@pytest.mark.parametrize("module", [keras.losses, keras.metrics], ids=["losses", "metrics"])
def test_every_function_of_keras_has_the_name_of_its_class(module):
    functions = {name for name, thing in vars(module).items() if not isinstance(thing, type) and name.islower()}
    named = {snake_case(name) for name in public_classes(module)}
    shared = functions & {name.replace("_", "") for name in named}
    assert not shared - named, "a function that differs from its class's name by underscores alone"
    assert len(functions & named) > 5


def test_a_digit_belongs_to_the_word_before_it():
    assert [snake_case(name) for name in ("R2Score", "F1Score", "MeanIoU")] == ["r2_score", "f1_score", "mean_io_u"]
