"""JSON inside a page's script."""

from __future__ import annotations

from markupsafe import Markup


def script_json(text: str) -> Markup:
    """JSON text for a script element; no name in it can end that element."""
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
