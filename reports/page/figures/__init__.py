"""The pictures of the report: data first, then a drawing of them."""

from reports.page.figures._compared import compared_figure
from reports.page.figures._curves import curves_data, curves_figure
from reports.page.figures._front import SHOWN, front_figure
from reports.page.figures._front_data import front_data
from reports.page.figures._hypervolume import hypervolume_figure
from reports.page.figures._importances import importances_figure
from reports.page.figures._parallel import parallel_figure
from reports.page.figures._weights import weights_data, weights_figure

__all__ = [
    "SHOWN",
    "compared_figure",
    "curves_data",
    "curves_figure",
    "front_data",
    "front_figure",
    "hypervolume_figure",
    "importances_figure",
    "parallel_figure",
    "weights_data",
    "weights_figure",
]
