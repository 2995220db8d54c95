"""The compile call of a candidate is Python that does what was trained."""

import ast

import keras
import pytest

import reports
from search_spaces import names
from search_spaces._optimizers import optimizer_spec
from tests.test_reports._studies import make_study


def test_the_compile_call_is_python():
    candidate = make_study([(1, 1)]).trials[0].user_attrs[names.CANDIDATE]
    source = reports.compile_call(candidate)
    ast.parse(source)
    assert "keras.optimizers.Adam(learning_rate=0.001)" in source


def test_the_compile_call_has_the_schedule_that_was_trained_with():
    schedule = keras.optimizers.schedules.PolynomialDecay(1e-3, 20, end_learning_rate=1e-4)
    spec = optimizer_spec(keras.optimizers.SGD(schedule))
    plain = {
        "learning_rate": 0.5,
        "optimizer": spec.to_dict(),
        "losses": {"a": {"class_name": "MeanSquaredError"}},
        "weights": {"a": 1.0},
    }
    source = next(line for line in reports.compile_call(plain).splitlines() if "optimizer=" in line)
    pasted = eval(source.strip().removeprefix("optimizer=").removesuffix(","), {"keras": keras})
    for step in (0, 7, 25):
        assert float(pasted._learning_rate(step)) == pytest.approx(float(spec.build(0.5)._learning_rate(step)))


def test_outputs_without_a_loss_are_named():
    candidate = make_study([(1, 1)]).trials[0].user_attrs[names.CANDIDATE]
    (call,) = ast.parse(reports.compile_call(candidate, ["shown"])).body
    given = {keyword.arg: keyword.value for keyword in call.value.keywords}
    for argument in ("loss", "loss_weights"):
        named = {key.value: value for key, value in zip(given[argument].keys, given[argument].values, strict=True)}
        assert ast.unparse(named.pop("shown")) == "None"
        assert set(named) == set(candidate["losses"])
