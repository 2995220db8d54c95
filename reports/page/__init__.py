"""The report page: figures, tables, templates, comparison of studies."""

from reports.page._cells import cell_text
from reports.page._compare import compare, write_comparison
from reports.page._compile_call import compile_call
from reports.page._csv import write_csv
from reports.page._write import markdown, report_html, write_report
from reports.page.figures import front_data, front_figure

__all__ = [
    "cell_text",
    "compare",
    "compile_call",
    "front_data",
    "front_figure",
    "markdown",
    "report_html",
    "write_comparison",
    "write_csv",
    "write_report",
]
