"""Fewer draws, for properties that hold for any number of them."""

from functools import partial

import pytest

from reports.confirmation import _results


@pytest.fixture(scope="module")
def few_draws():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_results, "draw_means", partial(_results.draw_means, draws=500))
        yield
