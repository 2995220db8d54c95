"""The plotting library that a page carries: plotly.js with bars, pies and scatters alone."""

from __future__ import annotations

from importlib.resources import files

from markupsafe import Markup

TRACES = ("bar", "pie", "scatter")
"""Types of traces that the library can draw; a figure with any other stays empty in the page."""


def plotly_script() -> Markup:
    """Source of the library, for a script element.

    It is embedded as plain text, not compressed: so every browser reads it, at once and without a script that unpacks it.

    Example:
        >>> print(plotly_script().splitlines()[1])
        * plotly.js (basic - minified) v4.1.1
    """
    return Markup(files("reports.page").joinpath("plotly/plotly-basic.min.js").read_text(encoding="utf-8"))
