"""The order of rows that every engine trains in."""

import numpy as np
import pytest

from tuner.inputs import RowOrder


def epochs(order, count, seed=3):
    return np.concatenate([order.of(seed, epoch) for epoch in range(count)])


def test_the_order_depends_on_seed_and_epoch_alone():
    order = RowOrder(50, 8, "rows")
    assert sorted(order.of(3, 0)) == list(range(50))
    assert np.array_equal(order.of(3, 1), RowOrder(50, 8, "rows").of(3, 1))
    assert not np.array_equal(order.of(3, 0), order.of(3, 1))
    assert not np.array_equal(order.of(3, 0), order.of(4, 0))
    assert np.array_equal(RowOrder(50, 8).of(3, 5), np.arange(50))


def test_batches_that_are_shuffled_stay_together_and_the_smaller_one_stays_last():
    order = RowOrder(50, 8, "batches").of(3, 0)
    full = order[:48].reshape(6, 8)
    assert np.array_equal(full - full[:, :1], np.tile(np.arange(8), (6, 1)))
    assert sorted(full[:, 0]) == list(range(0, 48, 8))
    assert not np.array_equal(full[:, 0], sorted(full[:, 0]))
    assert list(order[48:]) == [48, 49]


@pytest.mark.parametrize("shuffled", ["", "rows", "batches"])
@pytest.mark.parametrize("endless", [False, True])
@pytest.mark.parametrize("steps", [1, 2, 3, 6])
def test_epochs_of_some_steps_follow_each_other_as_passes_do(shuffled, endless, steps):
    passes = RowOrder(48, 8, shuffled)
    in_steps = RowOrder(48, 8, shuffled, steps, endless)
    assert np.array_equal(epochs(in_steps, 12 // steps), epochs(passes, 2))
    assert in_steps.is_even


def test_endless_rows_go_on_in_the_next_pass_within_a_batch():
    order = RowOrder(5, 2, "rows", steps=4, endless=True)
    in_passes = epochs(RowOrder(5, 2, "rows"), 5)
    assert np.array_equal(epochs(order, 3), in_passes[:24])
    assert {len(order.of(3, epoch)) for epoch in range(9)} == {8}


def test_the_last_batch_of_a_pass_makes_epochs_uneven():
    order = RowOrder(50, 8, steps=1)
    assert [len(order.of(3, epoch)) for epoch in (5, 6, 7)] == [8, 2, 8]
    assert not order.is_even
    assert RowOrder(50, 8, steps=7).is_even
