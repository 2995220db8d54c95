"""Draws of the true means."""

import numpy as np
import pytest

from reports.confirmation._posterior_draws import draw_means
from reports.confirmation._t_test import interval


def test_draws_have_the_margins_of_the_intervals_and_keep_what_seeds_share():
    values = np.random.default_rng(0).normal(size=(2, 8, 1)) + 5 * np.random.default_rng(1).normal(size=(1, 8, 1))
    drawn, found = draw_means(values, 200_000), interval(values[..., 0])
    assert np.quantile(drawn[..., 0], 0.025, axis=0) == pytest.approx(found.low, abs=0.1)
    assert np.quantile(drawn[..., 0], 0.975, axis=0) == pytest.approx(found.high, abs=0.1)
    assert np.std(drawn[:, 0] - drawn[:, 1]) < 0.3 * np.std(drawn[:, 0])
