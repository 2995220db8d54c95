"""Tables of refused calls: a line `>>> call`, then the exact text of the error, as in a doctest."""

from pathlib import Path

import pytest

from search_spaces import InputError

_HERE = Path(__file__).parent


def rows_of(name):
    """Each call of a table with the text that it must be refused with."""
    parts = (_HERE / name).read_text(encoding="utf-8").split("\n>>> ")[1:]
    return [pytest.param(*part.strip().split("\n", 1), id=part.split("\n", 1)[0]) for part in parts]


def assert_refused(call, text, **names):
    """The call must be refused in exactly these words."""
    with pytest.raises(InputError) as refused:
        eval(call, names)
    assert str(refused.value) == text
