"""Lanes end where compile and fit end: every kind of model, every optimizer, one lane or several, with XLA and without.

Usually every kind of model trains as a tower of one model with XLA and without, and every optimizer on a model of its own without
it; test_stateless_optimizer.py has every optimizer under XLA. With LOSS_WEIGHT_TUNER_ALL_PARITY=1 in the environment every
combination trains, which takes hours.
"""

import os
from itertools import product

import keras
import numpy as np
import pytest

from tests.conftest import double_precision
from tests.test_tuner.test_engines._drive import difference_from_fit, differences_by_output, finished, group_of, train
from tests.test_tuner.test_engines._zoo import BODIES, ODD_ROWS, bodies, bodies_space, build, candidates, space, training
from tuner.engines import RunningTrial
from tuner.engines.fused._option import Option
from tuner.engines.fused._stateless_optimizer import _TENSORS
from tuner.engines.fused._unusable import Untraceable

EXACT = 1e-12
RECURRENT = ("lstm", "gru")
VECTORISED = tuple(kind for kind in BODIES if kind not in RECURRENT)
ALL = list(product(BODIES, (1, 2, 3), _TENSORS, (1, 3, 8), (False, True)))


def comparable(case):
    """XLA draws other random numbers, and compiles no recurrent layer in several lanes; both have tests of their own."""
    kind, _, _, lanes, xla = case
    return not xla or (kind != "dropout" and (kind not in RECURRENT or lanes == 1))


USUAL = [("dense", 1, optimizer, 2, False) for optimizer in _TENSORS]
CASES = list(filter(comparable, ALL)) if os.environ.get("LOSS_WEIGHT_TUNER_ALL_PARITY") else USUAL


def label(case):
    kind, outputs, optimizer, lanes, xla = case
    return f"{kind}-{outputs}-{optimizer}-{lanes}-{'XLA' if xla else 'no XLA'}"


def prepared(kind, outputs, optimizer, **changed):
    searched = space(outputs, optimizer)
    return training(lambda: build(kind, outputs), searched, **changed), searched


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("case", CASES, ids=label)
def test_weights_and_states_equal_those_of_fit(case):
    kind, outputs, optimizer, lanes, xla = case
    shared, searched = prepared(kind, outputs, getattr(keras.optimizers, optimizer)())
    trained = train(shared, searched, candidates(searched, lanes), Option(lanes, xla))
    assert difference_from_fit(shared, trained[-1]) <= EXACT


TOGETHER = [
    (VECTORISED, "adam", Option(3, False)),
    ([kind for kind in VECTORISED if kind != "dropout"], "rmsprop", Option(3, True)),
    (RECURRENT, "sgd", Option(1, False)),
    (RECURRENT, "adam", Option(1, True)),
]


@pytest.fixture(scope="module")
def of_kinds():
    """How far each kind of model ends from compile and fit, by kind and XLA: the last lane of several, all of which differ."""
    differences = {}
    for kinds, optimizer, option in TOGETHER:
        with double_precision():
            searched = bodies_space(kinds, optimizer)
            shared = training(lambda kinds=kinds: bodies(kinds), searched, epochs=2)
            trained = train(shared, searched, candidates(searched, option.lanes), option)
            *ended, states = differences_by_output(shared, trained[-1]).values()
        differences |= {(kind, option.xla): max(end, states) for kind, end in zip(kinds, ended, strict=True)}
    return differences


KINDS = [(kind, xla) for kind, xla in product(BODIES, (False, True)) if comparable((kind, 1, "", 1, xla))]


@pytest.mark.thorough
@pytest.mark.parametrize(("kind", "xla"), KINDS)
def test_every_kind_of_model_equals_fit(kind, xla, of_kinds):
    assert of_kinds[kind, xla] <= EXACT


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("xla", [False, True], ids=["no XLA", "XLA"])
def test_every_lane_equals_fit_though_all_differ_and_the_last_batch_is_smaller(xla):
    shared, searched = prepared("batch norm", 2, "adam", rows=ODD_ROWS)
    trained = train(shared, searched, candidates(searched, 3), Option(3, xla))
    assert max(difference_from_fit(shared, lane) for lane in trained) <= EXACT


def test_what_does_not_vectorise_is_refused_and_never_wrong(capfd):
    shared, searched = prepared("lstm", 1, "sgd", epochs=1)
    with pytest.raises(Untraceable, match="unsupported operations"):
        train(shared, searched, candidates(searched, 2), Option(2, True))
    assert "pfor" not in capfd.readouterr().err


def test_random_layers_draw_from_the_same_distribution_under_xla():
    """Other bits, so that single trials differ, and the mean over seeds does not."""
    shared, searched = prepared("dropout", 1, "sgd", epochs=1)
    (candidate,) = candidates(searched, 1)
    trials = [RunningTrial(seed, candidate, seed) for seed in range(8)]
    ends = {}
    for xla in (False, True):
        with group_of(shared, searched, Option(8, xla)) as group:
            done = finished(group, trials)
        ends[xla] = np.array([np.concatenate([w.ravel() for w in done[seed].state.trainable]) for seed in range(8)])
    assert not np.array_equal(ends[False], ends[True])
    np.testing.assert_allclose(ends[False], ends[True], atol=0.05)
    np.testing.assert_allclose(ends[False].mean(0), ends[True].mean(0), atol=0.01)
