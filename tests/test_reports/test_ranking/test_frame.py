"""A study as tables."""

import optuna
import pandas as pd
import pytest

import reports
from search_spaces import InputError


def test_what_is_not_a_study_is_refused():
    with pytest.raises(InputError, match="expected an optuna.Study that loss-weight-tuner ran"):
        reports.rank(optuna.create_study())
    with pytest.raises(InputError, match="lacks attrs"):
        reports.rank(pd.DataFrame())
