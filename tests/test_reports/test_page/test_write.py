"""The files of a report."""

import openpyxl
import pandas as pd

import reports
from tests.test_reports._studies import BASELINES, EVIL, make_study, meta, searched_study


def test_the_files_hold_the_ranking(tmp_path):
    study = make_study([(0.8, 2.5), (0.7, 2.1)], BASELINES)
    ranking = reports.rank(study)
    folder = reports.write_report(study, tmp_path / "report")
    assert (folder / "report.html").read_text() == reports.report_html(study)
    parquet = pd.read_parquet(folder / "ranking.parquet")
    pd.testing.assert_frame_equal(parquet, ranking, check_dtype=False)
    csv = pd.read_csv(folder / "ranking.csv", keep_default_na=False, na_values=[""])
    assert csv["a/m"].tolist() == ranking["a/m"].tolist()
    table = (folder / "ranking.md").read_text().splitlines()
    assert len(table) == 2 + len(ranking)
    assert len(pd.read_parquet(folder / "history.parquet")) == 2 * len(ranking)
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_names_are_inert_in_the_page():
    about = meta(outputs=(EVIL, "b"), name=EVIL)
    study = make_study([(0.8, 2.5)], {"current": (0.7, 3.0)}, about)
    page = reports.report_html(study)
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "http://" not in page.split("<main>")[0]


def test_the_page_says_what_came_out():
    page = reports.report_html(make_study([(0.8, 2.5)], BASELINES))
    assert "a/m 0.8000 against 0.7000 (+0.1000, better)" in page
    assert "b/m 2.5000 against 3.0000 (-0.5000, better)" in page
    assert "keras.losses.Huber(delta=2.0)" in page


def test_every_table_is_written_twice_and_documented(tmp_path):
    folder = reports.write_report(searched_study(), tmp_path)
    tables = {path.stem for path in folder.glob("*.csv")}
    assert tables == {"ranking", "front", "history", "compromise", "hypervolume", "weights", "choices", "importances"}
    columns = (folder / "columns.md").read_text()
    for name in tables:
        text, exact = pd.read_csv(folder / f"{name}.csv"), pd.read_parquet(folder / f"{name}.parquet")
        assert list(text.columns) == list(exact.columns)
        assert len(text) == len(exact) > 0
        own = columns.split(f"# Columns of {name}\n")[1].split("\n# ")[0]
        assert all(f"- `{column}`: " in own for column in exact.columns)


def test_the_workbook_holds_the_tables_and_no_formula(tmp_path):
    study = make_study([(0.8, 2.5)], BASELINES, meta(outputs=("=1+1", "https://b")))
    book = openpyxl.load_workbook(reports.write_report(study, tmp_path) / "ranking.xlsx")
    assert {"ranking", "front", "history", "columns"} <= set(book.sheetnames)
    sheet = book["ranking"]
    assert sheet.max_row == 1 + len(reports.rank(study))
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "b"}
    assert sheet.cell(1, sheet.max_column).hyperlink is None
    assert any(cell.value == "=1+1/m" for cell in sheet[1])
