"""Where a study is kept: a journal file, databases, and storages that forward and retry."""

from tuner.storage._forwarding import ForwardingStorage
from tuner.storage._journal import JournalFile
from tuner.storage._passwords import without_password
from tuner.storage._storage import create_or_join, load_stored, make_writable, open_storage, remove_study

__all__ = [
    "ForwardingStorage",
    "JournalFile",
    "create_or_join",
    "load_stored",
    "make_writable",
    "open_storage",
    "remove_study",
    "without_password",
]
