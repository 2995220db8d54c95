"""Every model is trained as Keras trains it, or refused in words.

The oracle is the author's own `compile` and `fit`, under the same seed and with the rows in the same order. Keras, the fit engine
and the traced program compute the same numbers in float32, where the order of sums may differ: each step rounds at 6e-8, and
adaptive optimizers divide by small gradients, so that two epochs agree to about 1e-5. Half precision rounds at 1e-3.
"""

import pytest

from tests.test_models import _studies
from tests.test_models._example import ALL_CHECKS
from tests.test_models._fails_today import FAILS_TODAY
from tests.test_models.zoo import MODELS
from tuner import InputError, load_config

_TOLERANCE = {"float32": 1e-4, "float64": 1e-9, "mixed_float16": 5e-3, "mixed_bfloat16": 2e-2}
_ROUGH = 0.5  # of models that draw other random numbers: the same size, not the same number

pytestmark = [  # of Keras and TensorFlow, about the author's model; the author's own fit gives them too
    pytest.mark.filterwarnings("ignore:Gradients do not exist:UserWarning"),
    pytest.mark.filterwarnings("ignore:.*received `from_logits=True`:UserWarning"),
    pytest.mark.filterwarnings("ignore:(?s).*structure of `inputs` doesn't match:UserWarning"),
]


def _agrees(example, values, expected):
    tolerance = _ROUGH if example.rough else _TOLERANCE[example.policy]
    assert values == pytest.approx(list(expected), rel=tolerance)


def test_rows_have_names_of_their_own_and_name_checks_that_exist():
    assert len({example.name for example in MODELS}) == len(MODELS) >= 100
    assert sum(example.core for example in MODELS) == 12
    assert {check for example in MODELS for check in example.fails_today} <= {*ALL_CHECKS, "best.json", "all"}
    assert set(FAILS_TODAY) <= {example.name for example in MODELS}


def test_keras_alone_trains_the_row(example):
    if example.data()[1] is None:
        assert _studies.fit(_studies.fresh(example), example).optimizer.iterations > 0
    else:
        assert all(value > 0 for value in _studies.oracle(example.name))


def test_current_is_what_the_author_trains(example, style, engine):
    if example.refused:
        with pytest.raises(InputError, match=example.refused):
            _studies.study(example.name, style, engine)
        return
    study = _studies.study(example.name, style, engine)
    _agrees(example, study.current_values(), _studies.oracle(example.name))
    assert study.given_weights_are_the_same(), "the given model was changed"


def test_a_study_ends_in_a_report_and_a_file_that_trains_the_same(example, tmp_path):
    if example.refused:
        pytest.skip(f"{example.name} is refused: there is no study")
    tuner = _studies.study(example.name, *example.checks[-1].split()).tuner
    assert (tuner.report() / "report.html").stat().st_size > 0
    current = int(tuner.ranking().query("baseline == 'current'")["trial"].iloc[0])
    path = tuner.best_config(trial=current).save(tmp_path / "best.json")
    again = _studies.fresh(example)
    load_config(path, custom_objects=example.custom_objects).compile(again)
    _agrees(example, _studies.measured(_studies.fit(again, example), example), _studies.oracle(example.name))
