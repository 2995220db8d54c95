"""Non-dominated points and hypervolumes, against slow twins and known answers."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reports


def dominates(p, q):
    return all(a <= b for a, b in zip(p, q, strict=True)) and any(a < b for a, b in zip(p, q, strict=True))


@given(costs=st.lists(st.tuples(*[st.integers(0, 5)] * 3), min_size=1, max_size=15))
@settings(max_examples=60, deadline=None)
def test_the_front_is_what_no_point_dominates(costs):
    found = reports.non_dominated(np.array(costs, float))
    assert found.tolist() == [not any(dominates(q, p) for q in costs) for p in costs]


def volume_by_inclusion_and_exclusion(costs, reference):
    total = 0.0
    for size in range(1, len(costs) + 1):
        for group in combinations(costs, size):
            corner = np.max(group, axis=0)
            total += (-1) ** (size + 1) * float(np.prod(np.maximum(reference - corner, 0)))
    return total


@given(costs=st.lists(st.tuples(*[st.floats(0, 1.2)] * 2), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_hypervolume_and_contributions_equal_their_slow_twins(costs):
    points, reference = np.array(costs), np.array([1.0, 1.0])
    assert reports.hypervolume(points, reference) == pytest.approx(volume_by_inclusion_and_exclusion(costs, reference), abs=1e-9)
    whole = reports.hypervolume(points, reference)
    front = reports.non_dominated(points)
    lost = reports.contributions(points, reference)
    for i in np.flatnonzero(front):
        rest = np.delete(points, i, axis=0)[np.delete(front, i)]
        assert lost[i] == pytest.approx(whole - (reports.hypervolume(rest, reference) if len(rest) else 0.0), abs=1e-9)
    assert (lost[~front] == 0).all()
    assert lost.sum() <= whole + 1e-9


@pytest.mark.parametrize("costs", [[3.0, 1.0, 2.0], [1.0, 1.0], [5.0]])
def test_one_objective_works_as_well(costs):
    points = np.array(costs)[:, None]
    assert reports.hypervolume(points, np.array([4.0])) == max(4.0 - min(costs), 0)
    expected = {3: [0.0, 1.0, 0.0], 2: [0.0, 0.0], 1: [0.0]}[len(costs)]
    assert reports.contributions(points, np.array([4.0])).tolist() == expected


X = np.linspace(0, 1, 200_001)
ZDT3 = 1 - np.sqrt(X) - X * np.sin(10 * np.pi * X)
FRONTS = {
    "ZDT1": (X, 1 - np.sqrt(X), 1.1, 0.8767),
    "ZDT2": (X, 1 - X**2, 1.1, 0.5433),
    "ZDT3": (X, ZDT3, 1.1, 1.3318),
    "one weight": (X**2, (1 - X) ** 2, 1.0, 5 / 6),
}


@pytest.mark.parametrize("name", FRONTS)
def test_known_hypervolumes(name):
    first, second, reference, known = FRONTS[name]
    found = reports.hypervolume(np.column_stack([first, second]), np.array([reference] * 2))
    assert found == pytest.approx(known, abs=1.5e-4)


def test_the_fonseca_front():
    x = np.linspace(-1, 1, 200_001)[:, None] / math.sqrt(3)
    first = 1 - np.exp(-(3 * (x - 1 / math.sqrt(3)) ** 2)[:, 0])
    second = 1 - np.exp(-(3 * (x + 1 / math.sqrt(3)) ** 2)[:, 0])
    assert reports.hypervolume(np.column_stack([first, second]), np.ones(2)) == pytest.approx(0.34211, abs=1e-4)
