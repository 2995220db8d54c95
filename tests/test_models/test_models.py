"""Every model is trained as Keras trains it, or refused in words.

The oracle is the author's own `compile` and `fit`, under the same seed and with the rows in the same order. Keras, the fit engine
and the traced program compute the same numbers in float32, where the order of sums may differ: each step rounds at 6e-8, and
adaptive optimizers divide by small gradients, so that two epochs agree to about 1e-5. Half precision rounds at 1e-3.
"""

import pytest

from tests.test_models import _studies
from tuner import InputError, LossWeightTuner, load_config

_TOLERANCE = {"float32": 1e-4, "float64": 1e-9, "mixed_float16": 5e-3, "mixed_bfloat16": 2e-2}
_ROUGH = 0.5  # of models that draw other random numbers: the same size, not the same number

pytestmark = pytest.mark.filterwarnings(  # of Keras and TensorFlow, about the author's model
    "ignore:Gradients do not exist:UserWarning", "ignore:.*received `from_logits=True`:UserWarning"
)


def _agrees(example, values, expected):
    tolerance = _ROUGH if example.rough else _TOLERANCE[example.policy]
    assert values == pytest.approx(list(expected), rel=tolerance)


def check(name):
    """Under this name a row says that the test fails today."""

    def named(test):
        test.checks = name
        return test

    return named


def test_keras_alone_trains_the_row(example):
    model = _studies.fit(_studies.fresh(example), example)
    assert model.optimizer.iterations > 0


def test_current_is_what_the_author_trains(example, style, engine, tmp_path):
    if example.refused:
        with pytest.raises(InputError, match=example.refused):
            _studies.search(_studies.make_tuner(example, style, engine, tmp_path), example)
        return
    tuner = _studies.make_tuner(example, style, engine, tmp_path)
    given = tuner.architecture.source if style == "model" else None
    before = [value.copy() for value in given.get_weights()] if given is not None else []
    _studies.search(tuner, example)
    _agrees(example, _studies.current_values(tuner), _studies.oracle(example.name))
    if given is not None:
        assert all((one == other).all() for one, other in zip(before, given.get_weights(), strict=True))


@check("best.json")
def test_a_whole_study_ends_in_a_report_and_a_file_that_trains_the_same(example, tmp_path):
    if example.refused:
        pytest.skip("refused: there is no study")
    tuner = _studies.make_tuner(example, "function", "auto", tmp_path, LossWeightTuner)
    _studies.search(tuner, example)
    assert (tuner.report() / "report.html").stat().st_size > 0
    current = int(tuner.ranking().query("baseline == 'current'")["trial"].iloc[0])
    path = tuner.best_config(trial=current).save(tmp_path / "best.json")
    again = _studies.fresh(example)
    load_config(path, custom_objects=example.custom_objects).compile(again)
    _agrees(example, _studies.measured(_studies.fit(again, example), example), _studies.oracle(example.name))
