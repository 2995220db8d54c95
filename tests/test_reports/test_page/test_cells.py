"""Values as the text of a table's cell."""

import numpy as np
import pandas as pd
import pytest

from reports.page import cell_text, markdown


@pytest.mark.parametrize(
    ("value", "text"),
    [(1 / 3, "0.3333"), (12345.6, "1.235e+04"), (12345, "12345"), (True, "yes"), (False, ""), ("a|b", "a|b")]
    + [(missing, "") for missing in (None, float("nan"), pd.NA, pd.NaT)],
)
def test_a_value_has_four_digits_and_a_missing_one_no_text(value, text):
    assert cell_text(value) == text


def test_markdown_escapes_what_would_end_a_cell():
    table = pd.DataFrame({"a|b": ["<i>", "two\nlines"], "n": [0.123456, np.nan]})
    assert markdown(table).splitlines()[2:] == ["| &lt;i> | 0.1235 |", "| two |  |"]
