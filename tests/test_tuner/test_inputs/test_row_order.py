"""The order of rows that every engine trains in."""

import numpy as np

from tuner.inputs import RowOrder


def test_the_order_depends_on_seed_and_epoch_alone():
    order = RowOrder(50, 8, shuffle=True)
    assert sorted(order.of(3, 0)) == list(range(50))
    assert np.array_equal(order.of(3, 1), RowOrder(50, 8, shuffle=True).of(3, 1))
    assert not np.array_equal(order.of(3, 0), order.of(3, 1))
    assert not np.array_equal(order.of(3, 0), order.of(4, 0))
    assert np.array_equal(RowOrder(50, 8).of(3, 5), np.arange(50))
    assert (RowOrder(50, 8).steps, RowOrder(48, 8).steps) == (7, 6)
