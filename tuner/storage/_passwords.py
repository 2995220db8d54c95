"""URLs and errors without the passwords in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, unquote_plus

_MASK = "***"
_SECRET = re.compile(r"pass|pwd|secret|token|key", re.IGNORECASE)
_MARKS = re.compile(r"[@#/?:]")
_LEAST_PART = 3


def without_password(text: str, url: str) -> str:
    """The text, in which the URL's passwords read `***`.

    Args:
        text: The URL itself, or what a driver says of it.
        url: Any URL, also one that is not well formed: of a password with `#`, `/` or `@` in it, parts are hidden too.
    """
    written = {form for secret in _secrets(url) for form in (secret, unquote(secret), unquote_plus(secret))}
    for secret in sorted(filter(None, written), key=len, reverse=True):
        text = text.replace(secret, _MASK)
    return text


def _secrets(url: str) -> Iterator[str]:
    _, _, rest = url.partition("://")
    password = _of_user(rest)
    yield password
    if _MARKS.search(password):
        yield from (part for part in _MARKS.split(password) if len(part) >= _LEAST_PART)
    for setting in re.split(r"[?&;]", rest)[1:]:
        name, _, value = setting.partition("=")
        if _SECRET.search(name):
            yield value


def _of_user(rest: str) -> str:
    """What stands between the user's name and the host."""
    user, at, host = rest.partition("@")
    _, colon, password = user.partition(":")
    if not at or not colon:
        return ""
    authority, _, _ = host.partition("/")
    inner, at, _ = authority.rpartition("@")
    return f"{password}@{inner}" if at else password
