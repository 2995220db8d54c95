"""CSV that a spreadsheet opens without running anything."""

import io

import numpy as np
import pandas as pd
import pytest

import reports
from reports.page import write_csv
from tests.test_reports._studies import BASELINES, POINTS, make_study, meta


def written(table):
    file = io.StringIO()
    write_csv(table, file)
    return file.getvalue()


@pytest.mark.parametrize("opening", ["=", "+", "-", "@", "\t", "\r"])
def test_text_that_begins_like_a_formula_is_text(opening):
    table = pd.DataFrame({opening + "name": ["a"], "b": [opening + "cmd|' /C calc'!A0"]})
    read = pd.read_csv(io.StringIO(written(table)))
    shown = "'" + opening.replace("\r", "\n")
    assert read.columns[0] == shown + "name"
    assert read["b"][0].startswith(shown + "cmd")


def test_numbers_stay_numbers():
    table = pd.DataFrame({"a": [-1.5, np.nan], "b": ["-1e-3", "+2"], "c": [-1, None], "d": [True, False]})
    assert written(table).splitlines() == ["a,b,c,d", "-1.5,-1e-3,-1.0,True", ",+2,,False"]


def test_a_report_is_written_so(tmp_path):
    about = meta(name="=s")
    about["objectives"][0]["name"] = "=HYPERLINK(1)"
    folder = reports.write_report(make_study(POINTS, BASELINES, about), tmp_path)
    for file in folder.glob("*.csv"):
        cells = [cell for line in file.read_text().splitlines() for cell in line.split(",")]
        assert not any(cell.lstrip('"').startswith("=") for cell in cells), file.name
