"""Where a study is kept: a journal file in its own folder, or any storage that Optuna knows."""

from __future__ import annotations

import json
import os
import shutil
import warnings
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import optuna
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.study import StudyDirection

from search_spaces import InputError, check_schema, names, quiet_optuna
from tuner.storage._journal import JournalFile
from tuner.storage._passwords import without_password
from tuner.storage._retrying import RetryingStorage

JOURNAL = "journal.log"
_GRPC, _SQLITE = "grpc://", "sqlite:///"
_KEYS = (
    "objectives",
    "metrics",
    "outputs",
    "model",
    "current",
    "space",
    "epochs",
    "batch_size",
    "shuffle",
    "class_weight",
    "callbacks",
    "seed",
    "data",
)


def make_writable(folder: Path) -> None:
    """Makes the study's own folder if needed.

    Raises:
        InputError: It cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".write-test-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise InputError(
            f"the study's folder {str(folder)!r} cannot be written to ({error.strerror}); give another directory="
        ) from error


def open_storage(storage: str | BaseStorage | None, folder: Path) -> BaseStorage:
    """The study's storage.

    Args:
        storage: One of Optuna's; or the URL of a database, or `grpc://host:port` of Optuna's storage proxy; a journal file in
            the study's folder where None.
        folder: The study's own folder.

    Raises:
        InputError: It cannot be opened.
    """
    if isinstance(storage, BaseStorage):
        return storage
    if storage is None:
        return JournalStorage(JournalFile(folder / JOURNAL))
    if not isinstance(storage, str):
        raise InputError(
            f"storage must be the URL of a database, grpc://host:port, one of Optuna's storages or None, got {storage!r:.80}"
        )
    try:
        if storage.startswith(_GRPC):
            return _proxy(storage.removeprefix(_GRPC))
        return _database(storage)
    except Exception as error:  # noqa: BLE001  drivers raise errors of their own
        reason = without_password(f"{type(error).__name__}: {str(error).splitlines()[0]}", storage)
        hint = "; pip install 'loss-weight-tuner[postgresql]'" if "psycopg" in reason else ""
        raise InputError(f"the storage {without_password(storage, storage)!r} cannot be opened ({reason}){hint}") from None


def _database(url: str) -> BaseStorage:
    database = RDBStorage(url, engine_kwargs={"pool_pre_ping": True})
    patient = RetryingStorage(optuna.storages.get_storage(database), url=url)  # type: ignore[abstract]
    weakref.finalize(patient, database.engine.dispose)
    return patient


def _proxy(address: str) -> BaseStorage:
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise ValueError("expected grpc://host:port")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        proxy = optuna.storages.GrpcStorageProxy(host=host, port=int(port))
    return RetryingStorage(proxy, url=f"{_GRPC}{address}")  # type: ignore[abstract]


def remove_study(folder: Path, storage: str | BaseStorage | None, name: str) -> None:
    """Deletes a study and what was written beside it, and nothing else that lies in the folder."""
    if storage is None:
        for path in [*folder.glob(f"{JOURNAL}*"), folder / "calibration.json", folder / "best.json"]:
            path.unlink(missing_ok=True)
        shutil.rmtree(folder / "report", ignore_errors=True)
    elif name in optuna.get_all_study_names(open_storage(storage, folder)):
        optuna.delete_study(study_name=name, storage=open_storage(storage, folder))


def create_or_join(storage: BaseStorage, meta: Mapping[str, Any]) -> tuple[optuna.Study, bool]:
    """The study of this name, and whether it is new.

    Raises:
        InputError: A study of this name exists and searches something else; the message lists the differences.
    """
    directions = [StudyDirection.MAXIMIZE if o["direction"] == "max" else StudyDirection.MINIMIZE for o in meta["objectives"]]
    name = meta["name"]
    with quiet_optuna():
        if name in optuna.get_all_study_names(storage):
            study = optuna.load_study(study_name=name, storage=storage)
            if names.STUDY in study.user_attrs or study.get_trials(deepcopy=False):
                _check_same(study, meta)
                return study, False
        else:
            # another worker may be faster by a moment
            study = optuna.create_study(study_name=name, storage=storage, directions=directions, load_if_exists=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study.set_metric_names([objective["name"] for objective in meta["objectives"]])
    study.set_user_attr(names.STUDY, dict(meta))
    return study, True


def load_stored(storage: str | BaseStorage | None, folder: Path, name: str) -> tuple[optuna.Study, BaseStorage]:
    """A study that was run before, and the opened storage that holds it.

    Raises:
        InputError: There is none.
    """
    if _may_exist(storage, folder):
        with quiet_optuna():
            opened = open_storage(storage, folder)
            if name in optuna.get_all_study_names(opened):
                return optuna.load_study(study_name=name, storage=opened), opened
    raise InputError(f"there is no study {name!r} in {str(folder)!r} yet; run it first")


def _may_exist(storage: str | BaseStorage | None, folder: Path) -> bool:
    """Whether there is anything to open; opening a file of a database that does not exist would make it."""
    if storage is None:
        return (folder / JOURNAL).exists()
    if isinstance(storage, str) and storage.startswith(_SQLITE):
        file = urlsplit(storage).path.removeprefix("/")
        return not file or file.startswith("file:") or Path(file).exists()
    return True


def _check_same(study: optuna.Study, meta: Mapping[str, Any]) -> None:
    stored = study.user_attrs.get(names.STUDY)
    if stored is None:
        raise InputError(
            f"the storage holds a study {study.study_name!r} that is not loss-weight-tuner's; give another project_name"
        )
    check_schema(stored)
    none: dict[str, Any] = {"class_weight": {}, "callbacks": []}  # an older release knew neither
    stored, plain = none | stored, none | json.loads(json.dumps(meta))
    compared = [key for key in _KEYS if key in stored]  # nor did it note all the others
    differences = [line for key in compared for line in _differences(key, stored[key], plain.get(key))]
    if differences:
        raise InputError(
            f"the study {study.study_name!r} already holds trials of another search, and results of the two cannot be "
            "compared. Give another project_name, or overwrite=True to start afresh. Differences:"
            + "".join(f"\n  - {line}" for line in differences),
            differences,
        )


_NOTED_SINCE = frozenset({"place", "mark", "rebuilds"})
"""What is stored of a custom loss or optimizer, and was not by earlier releases."""


def _differences(path: str, stored: Any, new: Any) -> Iterator[str]:
    """One line for each setting in which the study and this call differ."""
    if isinstance(stored, Mapping) and isinstance(new, Mapping):
        for key in sorted({*stored, *new} - (_NOTED_SINCE - stored.keys())):
            yield from _differences(f"{path}.{key}", stored.get(key), new.get(key))
    elif stored != new:
        yield f"{path}: the study has {stored!r}, this call has {new!r}"
