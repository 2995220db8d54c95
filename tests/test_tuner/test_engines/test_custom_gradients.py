"""Custom gradients are dropped once nobody traces any more."""

from tuner._keras_internals import custom_gradients
from tuner.engines._custom_gradients import forgetting_custom_gradients


def test_what_another_thread_still_traces_stays_registered():
    registry, name = custom_gradients(), "CustomGradient-of-a-test"
    with forgetting_custom_gradients():
        with forgetting_custom_gradients():
            registry[name] = {}
        assert name in registry
    assert name not in registry
