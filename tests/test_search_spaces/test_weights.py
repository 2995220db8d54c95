"""Ways to search loss weights."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_spaces import IndependentWeights, RelativeWeights, SimplexWeights

OUTPUTS = ["a", "b", "c"]
WEIGHTS = [RelativeWeights("b", 0.1, 10.0), IndependentWeights(0.1, 10.0), SimplexWeights()]


@pytest.mark.parametrize("weights", WEIGHTS, ids=lambda weights: weights.kind)
@given(units=st.lists(st.floats(0.001, 0.999), min_size=3, max_size=3))
@settings(max_examples=30, deadline=None)
def test_weights_mean_the_same_both_ways(weights, units):
    ranges = weights.parameters(OUTPUTS)
    values = {r.name: r.low + u * (r.high - r.low) for r, u in zip(ranges, units, strict=False)}
    decoded = weights.decode(values, OUTPUTS)
    again = weights.encode(decoded, OUTPUTS)
    assert again.keys() == values.keys()
    assert all(again[name] == pytest.approx(values[name], rel=1e-6) for name in values)
    assert all(weight >= 0 for weight in decoded.values())


def test_the_simplex_is_sampled_uniformly():
    random = np.random.default_rng(0)
    names = [r.name for r in SimplexWeights().parameters(OUTPUTS)]
    drawn = np.array(
        [list(SimplexWeights().decode(dict(zip(names, u, strict=True)), OUTPUTS).values()) for u in random.random((20_000, 2))]
    )
    np.testing.assert_allclose(drawn.sum(axis=1), 1.0)
    np.testing.assert_allclose(drawn.mean(axis=0), 1 / 3, atol=0.01)
    np.testing.assert_allclose(drawn.var(axis=0), 2 / (9 * 4), atol=0.003)  # of Dirichlet(1, 1, 1)
