"""What lived before a study is left out of the collections within it, and comes back."""

import gc

import pytest

from tuner.study._garbage import older_objects_left_out


@pytest.fixture
def unfrozen():
    gc.unfreeze()
    yield
    gc.freeze()


def looked_through(sought):
    return any(found is sought for found in gc.get_objects())


def test_older_objects_come_back_also_after_an_error(unfrozen):
    older, seen = [object()], []

    def fails():
        with older_objects_left_out():
            seen.append(looked_through(older))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert seen == [False]
    assert looked_through(older)


def test_what_the_caller_has_frozen_stays_frozen(unfrozen):
    gc.freeze()
    with older_objects_left_out():
        pass
    assert gc.get_freeze_count() > 0
