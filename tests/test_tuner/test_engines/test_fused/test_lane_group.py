"""A trial's result depends on its candidate and its seed alone: on no lane, no neighbour, no number of lanes, no interruption.

Bit for bit with XLA; without it TensorFlow rounds the last elements of a stack in another way than the others.
"""

import threading
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from search_spaces import SearchSpace
from tests.test_tuner.test_engines._drive import difference, finished, group_of, values_of
from tests.test_tuner.test_engines._zoo import BATCH, BODIES, ODD_ROWS, OUTPUTS, candidates, training
from tuner.engines import RunningTrial
from tuner.engines._fit import compile_candidate
from tuner.engines.fused._lane_program import LaneProgram
from tuner.engines.fused._option import Option

ROUNDING = 1e-5
LOSSES = {"yes": OUTPUTS["yes"][1]}


def explodes(targets, predictions):
    return predictions[:, 0] * keras.ops.log(-1.0 - keras.ops.square(predictions[:, 0]))


SPACE = SearchSpace(outputs=LOSSES | {"size": ["mse", explodes]}, optimizer="rmsprop")


def two_outputs():
    inputs, features = BODIES["residual"]()
    units = {name: OUTPUTS[name][0] for name in SPACE.outputs}
    return keras.Model(inputs, {name: keras.layers.Dense(count, name=name)(features) for name, count in units.items()})


SHARED = training(two_outputs, SPACE, shuffle=True, rows=ODD_ROWS)
MSE, EXPLODES = SPACE.outputs["size"].losses
SOUND = [replace(c, losses={**c.losses, "size": MSE}) for c in candidates(SPACE, 5)]
TRIALS = [RunningTrial(at, candidate, 5 + at) for at, candidate in enumerate(SOUND)]
BAD = RunningTrial(9, replace(SOUND[0], losses={**SOUND[0].losses, "size": EXPLODES}), 5)
HUGE = RunningTrial(8, replace(SOUND[0], learning_rate=1e30), 5)


@pytest.fixture(scope="module")
def group():
    with group_of(SHARED, SPACE, Option(3, True)) as made:
        yield made


@pytest.fixture(scope="module")
def alone(group):
    """What each trial gives where no other one trains beside it."""
    return {trial.number: values_of(finished(group, [trial])[trial.number]) for trial in TRIALS}


def assert_same(done, alone, but=()):
    for number in set(done) - set(but):
        for ours, theirs in zip(values_of(done[number]), alone[number], strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_a_permutation_of_lanes_changes_nothing(group, alone):
    assert_same(finished(group, [TRIALS[at] for at in (2, 0, 1)]), alone)
    assert_same(finished(group, [TRIALS[at] for at in (1, 2)]), alone)


def test_a_lane_refilled_in_mid_flight_changes_nothing(group, alone):
    done = finished(group, TRIALS, stop={0: 1})
    assert done[0].epoch == 1
    assert_same(done, alone, but=[0])


def test_a_trial_that_was_interrupted_starts_again_as_if_it_had_never_run(group, alone):
    finished(group, TRIALS[:3], stop=dict.fromkeys(range(3), 2))
    assert_same(finished(group, TRIALS[:3]), alone)


@pytest.fixture(scope="module")
def threads():
    """One lane in each of two threads, without XLA."""
    with group_of(SHARED, SPACE, Option(1, False, streams=2)) as made:
        yield made


def test_threads_and_xla_change_nothing_beyond_rounding(threads, alone):
    done = finished(threads, TRIALS)
    assert max(difference(values_of(done[number]), alone[number]) for number in done) < ROUNDING


def test_the_number_of_lanes_changes_nothing_beyond_rounding(alone):
    with group_of(SHARED, SPACE, Option(2, False, streams=2)) as other:
        done = finished(other, TRIALS)
    assert max(difference(values_of(done[number]), alone[number]) for number in done) < ROUNDING


def test_a_thread_that_runs_out_of_memory_makes_no_other_train_an_epoch_twice(threads, alone, monkeypatch):
    train, trained, refused = LaneProgram.train, threading.Event(), []

    def hungry(self, lanes):
        if lanes[0].trial.number == 1 and not refused:
            trained.wait(60)
            refused.append(1)
            raise tf.errors.ResourceExhaustedError(None, None, "no memory for the lanes")
        values = train(self, lanes)
        trained.set()
        return values

    monkeypatch.setattr(LaneProgram, "train", hungry)
    done = finished(threads, TRIALS[:2])
    assert refused
    assert max(difference(values_of(done[number]), alone[number]) for number in done) < ROUNDING


def test_equal_seeds_give_equal_results_and_other_seeds_others(group, alone):
    twin, other = replace(TRIALS[0], number=6), replace(TRIALS[0], number=7, seed=99)
    done = finished(group, [other, TRIALS[0], twin])
    assert_same(done, alone | {6: alone[0]}, but=[7])
    assert difference(values_of(done[7]), alone[0]) > 0.01


@pytest.mark.parametrize("bad", [BAD, HUGE], ids=["a loss that is not a number", "a huge rate"])
def test_a_lane_that_diverges_touches_no_other(group, alone, bad):
    done = finished(group, [TRIALS[1], bad, TRIALS[2]])
    assert not all(np.isfinite(values).all() for values in values_of(done[bad.number]))
    assert_same(done, alone, but=[bad.number])


def test_each_epoch_has_an_order_of_its_own_and_a_loss_that_is_not_chosen_leaves_no_trace(alone):
    trial, arrays = TRIALS[1], SHARED.data.arrays
    model = SHARED.architecture.build({}, trial.seed)
    compile_candidate(model, trial.candidate, SHARED.outputs)
    for epoch in range(SHARED.epochs):
        order = SHARED.order.of(trial.seed, epoch)
        targets = {name: target[order] for name, target in zip(SHARED.outputs, arrays.targets, strict=True)}
        model.fit(arrays.x[order], targets, batch_size=BATCH, shuffle=False, verbose=0)
    assert difference(alone[1], model.get_weights()) < ROUNDING
