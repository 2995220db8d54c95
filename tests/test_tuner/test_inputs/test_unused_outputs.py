"""Targets that nothing is computed from may be left out, and are not read."""

import numpy as np
import pytest

from search_spaces import InputError, Problems, SearchSpace
from tuner import Objective
from tuner.inputs import fingerprint, read_arrays, resolve
from tuner.inputs._structures import targets_by_output
from tuner.inputs._unused_outputs import unused_outputs

X = np.arange(12.0).reshape(6, 2)
A, B = X[:, :1], X[:, 1:]
OUTPUTS = ["b", "shown", "a"]


@pytest.mark.parametrize(
    ("keyed", "y"),
    [
        (False, [B, A]),
        (True, (A, B)),
        (False, [B, None, A]),
        (True, [A, B, np.array(["text"] * 6)]),
        (True, {"a": A, "b": B}),
        (True, {"a": A, "b": B, "shown": None}),
        (False, {"a": A, "b": B, "shown": A * np.nan}),
        (False, [B, np.zeros((2, 2)), A]),
    ],
)
def test_every_form_gives_the_same_rows(keyed, y):
    rows = read_arrays(X, y, None, OUTPUTS, "the training data", keyed, ["shown"])
    assert [target.tolist() for target in rows.targets] == [B.tolist(), [0.0] * 6, A.tolist()]
    assert fingerprint(rows) == fingerprint(read_arrays(X, [B, None, A], None, OUTPUTS, "the training data", False, ["shown"]))


def test_one_used_output_takes_a_bare_array():
    assert targets_by_output(A, ["a", "shown"], True, Problems("x"), ["shown"]) == {"a": A}


@pytest.mark.parametrize(
    ("y", "sentence"),
    [
        ({"a": A, "shown": A}, "y has nothing for the output 'b'; it has ['a', 'shown']"),
        ([A], "y must hold one array for each of the 3 outputs ['b', 'shown', 'a'], got 1 arrays"),
        ({"a": A, "b": B, "shwn": A}, "y names an unknown output 'shwn'; did you mean 'shown'? Known: 'b', 'shown', 'a'"),
    ],
)
def test_what_is_used_must_be_there(y, sentence):
    with pytest.raises(InputError) as caught:
        read_arrays(X, y, None, OUTPUTS, "the training data", False, ["shown"])
    assert caught.value.lines == [sentence]


def test_losses_objectives_and_compiled_metrics_use_targets(build):
    space = SearchSpace({"urgent": "binary_crossentropy"})
    (measure,) = resolve([Objective("kind", "mae")], space, untrained=["kind"])
    model = build()
    assert unused_outputs(model, space, []) == ["kind"]
    assert unused_outputs(model, space, [measure]) == []
    model.compile("adam", model.loss, weighted_metrics={"kind": ["mae"]})
    assert unused_outputs(model, space, []) == []
