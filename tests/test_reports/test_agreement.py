"""The page says whether the programs of a study train as compile and fit do."""

from types import SimpleNamespace

from reports import agreement
from search_spaces import names

AGREES = {"agrees": True, "sentence": "trained as compile + fit: largest difference 2e-07 after 4 steps", "difference": 2e-7}
MORE = {"agrees": True, "sentence": "trained as compile + fit: largest difference 3e-06 after 4 steps", "difference": 3e-6}
DIFFERS = {"agrees": False, "sentence": "after 4 steps the traced program differs from compile and fit", "difference": 0.1}


def said(*outcomes):
    stored = {f"{names.AGREEMENT_PREFIX}{at}": outcome for at, outcome in enumerate(outcomes)}
    return agreement(SimpleNamespace(user_attrs={"other": 1, **stored}))


def test_the_largest_difference_speaks_for_all_programs_that_agree():
    assert said() == []
    assert said(AGREES) == ["Trained as compile + fit: largest difference 2e-07 after 4 steps."]
    assert said(MORE, AGREES) == ["Trained as compile + fit: largest difference 3e-06 after 4 steps (2 programs)."]


def test_what_differs_is_said_once():
    left = "Left to compile and fit: after 4 steps the traced program differs from compile and fit."
    assert said(DIFFERS, DIFFERS) == [left]
    assert said(AGREES, DIFFERS)[1:] == [left]
