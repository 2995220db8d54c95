"""A storage before another storage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from optuna.storages import BaseStorage


class ForwardingStorage(BaseStorage):
    """Passes every call on; what differs, a class that inherits from it says.

    Args:
        storage: Where the calls go.
    """

    def __init__(self, storage: BaseStorage) -> None:
        self._storage = storage

    def _call(self, name: str, *arguments: Any, **named: Any) -> Any:
        return getattr(self._storage, name)(*arguments, **named)


def _passed_on(name: str) -> Callable[..., Any]:
    def call(self: ForwardingStorage, *arguments: Any, **named: Any) -> Any:
        return self._call(name, *arguments, **named)

    call.__name__ = name
    return call


for _name in dir(BaseStorage):
    if not _name.startswith("_"):
        setattr(ForwardingStorage, _name, _passed_on(_name))
ForwardingStorage.__abstractmethods__ = frozenset()
