"""A storage that forwards every call to another storage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from optuna.storages import BaseStorage


class ForwardingStorage(BaseStorage):
    """Forwards every call to another storage; subclasses change single calls.

    Args:
        storage: Gets the calls.
    """

    def __init__(self, storage: BaseStorage) -> None:
        self._storage = storage

    def _call(self, name: str, *arguments: Any, **named: Any) -> Any:
        return getattr(self._storage, name)(*arguments, **named)


def _forwarded(name: str) -> Callable[..., Any]:
    def call(self: ForwardingStorage, *arguments: Any, **named: Any) -> Any:
        return self._call(name, *arguments, **named)

    call.__name__ = name
    return call


for _name in dir(BaseStorage):
    if not _name.startswith("_"):
        setattr(ForwardingStorage, _name, _forwarded(_name))
ForwardingStorage.__abstractmethods__ = frozenset()
