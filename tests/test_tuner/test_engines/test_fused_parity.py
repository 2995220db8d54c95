"""Lanes end where compile and fit end: every kind of model, every optimizer, one lane or several, with XLA and without.

Usually some cases in which every model and every optimizer meets XLA and its absence; with LOSS_WEIGHT_TUNER_ALL_PARITY=1 in the
environment every combination, which takes hours.
"""

import os
from itertools import combinations, product

import keras
import numpy as np
import pytest

from tests.test_tuner.test_engines._drive import difference_from_fit, finished, group_of, train
from tests.test_tuner.test_engines._trials import OneTrial
from tests.test_tuner.test_engines._zoo import BODIES, build, candidates, space, training
from tuner.engines import FitEngine, FusedEngine, RunningTrial
from tuner.engines.fused._calibration import Option
from tuner.engines.fused._group import Untraceable
from tuner.engines.fused._stateless_optimizer import _TENSORS
from tuner.inputs import default_objectives, resolve

EXACT = 1e-12
AXES = (tuple(BODIES), (1, 2, 3), tuple(_TENSORS), (1, 3, 8), (False, True))
RECURRENT = ("lstm", "gru")
USUAL_CASES = 27


def pairs(case):
    return set(combinations(enumerate(case), 2))


def comparable(case):
    """XLA draws other random numbers, and compiles no recurrent layer in several lanes; both have tests of their own."""
    kind, _, _, lanes, xla = case
    return not xla or (kind != "dropout" and (kind not in RECURRENT or lanes == 1))


def usual(case):
    """Recurrent layers take long to trace in several lanes, and XLA takes long over many outputs."""
    kind, outputs, _, lanes, xla = case
    return (kind not in RECURRENT or lanes == 1) and not (xla and outputs == 3)


def covering(cases, most):
    """Greedy: each next case holds the most pairs of settings that have not been together yet, XLA counting double."""
    unseen, chosen = set().union(*map(pairs, cases)), []
    while unseen and len(chosen) < most:
        chosen.append(max(cases, key=lambda case: sum(1 + (second[0] == 4) for _, second in pairs(case) & unseen)))
        unseen -= pairs(chosen[-1])
    return chosen


WHOLE = list(filter(comparable, product(*AXES)))
USUAL = covering(list(filter(usual, WHOLE)), USUAL_CASES)
CASES = WHOLE if os.environ.get("LOSS_WEIGHT_TUNER_ALL_PARITY") else USUAL


def label(case):
    kind, outputs, optimizer, lanes, xla = case
    return f"{kind}-{outputs}-{optimizer}-{lanes}-{'XLA' if xla else 'no XLA'}"


def prepared(kind, outputs, optimizer, **changed):
    searched = space(outputs, optimizer)
    return training(lambda: build(kind, outputs), searched, **changed), searched


def test_the_usual_cases_hold_every_model_and_every_optimizer_with_xla_and_without():
    assert {(kind, xla) for kind, *_, xla in USUAL} == {(kind, xla) for kind, *_, xla in filter(usual, WHOLE)}
    assert {(optimizer, xla) for _, _, optimizer, _, xla in USUAL} == set(product(_TENSORS, (False, True)))


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("case", CASES, ids=label)
def test_weights_and_states_equal_those_of_fit(case):
    kind, outputs, optimizer, lanes, xla = case
    shared, searched = prepared(kind, outputs, getattr(keras.optimizers, optimizer)())
    trained = train(shared, searched, candidates(searched, lanes), Option(lanes, xla))
    assert difference_from_fit(shared, trained[-1]) <= EXACT


@pytest.mark.usefixtures("float64")
def test_every_lane_equals_fit_though_all_differ():
    shared, searched = prepared("dense", 2, "adam")
    trained = train(shared, searched, candidates(searched, 3), Option(3, False))
    assert max(difference_from_fit(shared, lane) for lane in trained) <= EXACT


def test_what_does_not_vectorise_is_refused_and_never_wrong():
    shared, searched = prepared("lstm", 1, "sgd", epochs=1)
    with pytest.raises(Untraceable, match="unsupported operations"):
        train(shared, searched, candidates(searched, 2), Option(2, True))


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


def test_objectives_equal_those_of_fit_to_rounding():
    searched = space(2, "adam")
    measures = resolve(default_objectives(searched), searched)
    shared = training(lambda: build("batch norm", 2), searched, measures=measures)
    ours, theirs = (OneTrial(*candidates(searched, 2)) for _ in range(2))
    FusedEngine(shared, searched, expected=2, verbose=0).run(ours)
    FitEngine(shared).run(theirs)
    for mine, other in zip(ours.outcomes, theirs.outcomes, strict=True):
        assert mine.engine == "fused"
        assert np.array(mine.history) == pytest.approx(np.array(other.history), abs=1e-3)
