"""What a lane trains on."""

import numpy as np

from tuner.engines._row_order import row_order


def test_a_lane_takes_its_order_of_rows_from_its_seed_and_epoch():
    assert sorted(row_order(3, 0, 50, True)) == list(range(50))
    assert np.array_equal(row_order(3, 1, 50, True), row_order(3, 1, 50, True))
    assert not np.array_equal(row_order(3, 0, 50, True), row_order(3, 1, 50, True))
    assert not np.array_equal(row_order(3, 0, 50, True), row_order(4, 0, 50, True))
    assert np.array_equal(row_order(3, 5, 50, False), np.arange(50))
