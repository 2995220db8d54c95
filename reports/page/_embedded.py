"""Data that cannot end the script they stand in."""

from __future__ import annotations

from markupsafe import Markup


def script_json(text: str) -> Markup:
    """JSON for a script element, which no name in it can end."""
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
